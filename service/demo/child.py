"""What the demo's child processes share: where they listen, how they answer HTTP, and how they end."""

from __future__ import annotations

import os
import time
from typing import NoReturn

from werkzeug.serving import WSGIRequestHandler

HOST = "127.0.0.1"
_PARENT_CHECK_SECONDS = 0.5


class RequestHandler(WSGIRequestHandler):
    """Keeps connections open, sends small answers at once, and logs only what fails."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Without it an idle connection keeps its thread for ever.
    timeout = 120

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Be silent about requests that were answered."""


def leave(_signal: int, _frame: object) -> NoReturn:
    """End at once: taking moto's objects apart takes seconds, and nothing of a child is on disk."""
    os._exit(0)


def follow(parent: int) -> None:
    """End with the parent. Polled, because PR_SET_PDEATHSIG watches the thread that forked, not its process."""
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os._exit(0)
