"""CloudMart in three environments, alive: what `lamplighter demo` shows and many tests run against."""

from __future__ import annotations

import os

from service.demo.source import World, WorldOptions


def build(options: WorldOptions) -> World:
    """The world for the embedded AWS. Raises ValueError where a file to be replayed cannot be read."""
    from service.demo.world.cloudmart import CloudMart  # noqa: PLC0415 - its parts import this package

    # moto then leaves out 1,300 machine images that nobody here looks at, and EC2 is ready sooner.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    return CloudMart(options).world()
