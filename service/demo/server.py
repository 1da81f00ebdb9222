"""The child process of the embedded AWS: `python -m service.demo.server --port 0 --world cloudmart`.

Prints one line, `ready http://127.0.0.1:PORT`, to standard output once its world is seeded; its log goes to standard
error. It ends on SIGTERM, and by itself when the process given by `--parent` is gone.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, make_server

from service.demo.accounts import Accounts
from service.demo.child import HOST, RequestHandler, follow, leave
from service.demo.clock import DemoClock
from service.demo.cloudwatch import cloudwatch_handlers
from service.demo.cloudwatch.library import Library
from service.demo.cloudwatch.limits import Limits
from service.demo.cloudwatch.overlay import Overlay
from service.demo.control import PREFIX, Control
from service.demo.faults import Faults
from service.demo.frontdoor import FrontDoor
from service.demo.meter import Meter
from service.demo.money.closed import closed_handlers
from service.demo.power.handlers import PowerDesk
from service.demo.source import World, WorldOptions
from service.demo.synthetic import parse_synthetic
from service.demo.upstream import Moto, forget_cache
from service.demo.wire import Models

if TYPE_CHECKING:
    from service.demo.upstream import Upstream


def front_door(
    world: World, clock: DemoClock, upstream: Upstream, ready: Callable[[], bool], power: PowerDesk
) -> FrontDoor:
    """Put the application together."""
    faults, meter, accounts, limits = Faults(), Meter(), Accounts(), Limits(clock.elapsed)
    overlay = Overlay()
    control = Control(world.name, clock, faults, meter, limits, overlay, world.incidents, ready, power, world.money)
    handlers = {
        ("sts", "AssumeRole"): accounts.assume_role,
        ("iam", "CreateAccessKey"): accounts.create_access_key,
        **cloudwatch_handlers(Library(world.sources, overlay, faults), limits),
        **closed_handlers(),
        **world.handlers,
    }
    sites = {PREFIX: control.application(), **world.sites}
    return FrontDoor(upstream, power.around(handlers), sites, clock, faults, meter, accounts, Models())


def build_world(name: str, options: WorldOptions) -> World:
    """The world that `--world` names. Raises ValueError."""
    kind, _, spec = name.partition(":")
    if kind == "empty":
        return World("empty")
    if kind == "synthetic":
        return World(name, (parse_synthetic(spec),))
    if kind == "cloudmart":
        # By name, so that this module needs no world to be importable.
        world: World = import_module("service.demo.world").build(options)
        return world
    raise ValueError(f"there is no world {name!r}: take cloudmart, synthetic:N or empty")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM."""
    wish = _options(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN if wish.parent else leave)
    if wish.parent:
        threading.Thread(target=follow, args=(wish.parent,), daemon=True).start()
    clock = DemoClock()
    seeded = threading.Event()
    try:
        world = build_world(wish.world, WorldOptions(clock, wish.replay, wish.seed))
    except ValueError as wrong:
        print(wrong, file=sys.stderr)  # noqa: T201 - the operator's message
        return 2
    power = PowerDesk(forget=forget_cache)
    server = _listen(wish.port, front_door(world, clock, Moto(), seeded.is_set, power))
    power.url = f"http://{HOST}:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    world.seed(power.url)
    seeded.set()
    print(f"ready {power.url}", flush=True)  # noqa: T201 - the parent waits for this line
    while True:
        signal.pause()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="service.demo.server", description="The embedded AWS of Lamplighter.")
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--world", default="cloudmart", help="cloudmart, synthetic:N, synthetic:N,gaps or empty")
    parser.add_argument("--replay", type=Path, help="a directory of CSV series to replay")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other numbers")
    parser.add_argument("--parent", type=int, help="end when this process is no longer the parent")
    return parser.parse_args(arguments)


def _listen(port: int, application: FrontDoor) -> BaseWSGIServer:
    return make_server(HOST, port, application, threaded=True, request_handler=RequestHandler)


if __name__ == "__main__":
    sys.exit(main())
