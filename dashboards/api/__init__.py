"""The read API under /api/v1: the same facts that the pages show, as JSON that an OpenAPI document describes."""
