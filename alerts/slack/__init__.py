"""Slack: notices as messages that are edited in place, and what people click and type there."""
