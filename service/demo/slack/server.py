"""The child process of Demo Slack: `python -m service.demo.slack.server --port 0`.

Prints two lines to standard output once it listens: `keys {…}` with the tokens, and `ready http://127.0.0.1:PORT`. It
ends on SIGTERM, and by itself when the process given by `--parent` is gone.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from wsgiref.types import WSGIApplication

from werkzeug.serving import make_server

from service.demo.child import HOST, RequestHandler, follow, leave
from service.demo.clock import DemoClock
from service.demo.slack.application import SlackApplication
from service.demo.slack.calls import Calls
from service.demo.slack.control import PREFIX, Control
from service.demo.slack.desk import Desk
from service.demo.slack.faults import Faults
from service.demo.slack.interactions import Interactions
from service.demo.slack.limits import Limits
from service.demo.slack.page import Page, is_page
from service.demo.slack.sockets import Sockets
from service.demo.slack.workspace import Secrets, Workspace


def build(sockets: Sockets) -> tuple[SlackApplication, Desk]:
    """Put the application together."""
    clock = DemoClock()
    limits, faults, calls = Limits(clock.elapsed), Faults(), Calls()
    desk = Desk(Workspace(Secrets(), clock), limits, sockets.ticket)
    interactions = Interactions(desk, sockets)
    control = Control(desk, clock, faults, calls, sockets, interactions).application()
    page = Page(desk, interactions, sockets).application()

    def others(path: str) -> WSGIApplication | None:
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            return control
        return page if is_page(path) else None

    return SlackApplication(desk, faults, calls, others), desk


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM."""
    wish = _options(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN if wish.parent else leave)
    if wish.parent:
        threading.Thread(target=follow, args=(wish.parent,), daemon=True).start()
    sockets = Sockets()
    sockets.start()
    application, desk = build(sockets)
    server = make_server(HOST, wish.port, application, threaded=True, request_handler=RequestHandler)
    desk.url = f"http://{HOST}:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    webhooks = [f"{desk.url}/services/{address}" for address in desk.workspace.hooks]
    keys = asdict(desk.workspace.secrets) | {"webhook_url": webhooks[0]}
    print(f"keys {json.dumps(keys)}", flush=True)  # noqa: T201 - the parent waits for these lines
    print(f"ready {desk.url}", flush=True)  # noqa: T201 - the same
    while True:
        signal.pause()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="service.demo.slack.server", description="Demo Slack of Lamplighter.")
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--parent", type=int, help="end when this process is no longer the parent")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
