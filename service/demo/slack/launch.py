"""Starts Demo Slack as a child process and talks to its control API."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Self

ON_CALL = "U0ONCALL01"
_TAIL_BYTES = 4096
_STOP_SECONDS = 5.0


class DemoSlackError(Exception):
    """Demo Slack did not start, or refused what its control API was asked."""


@dataclass(frozen=True, slots=True)
class SlackControl:
    """Speaks to the control API (see `service.demo.slack.control`). Raises DemoSlackError when it refuses."""

    url: str
    timeout: float = 60.0

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """One call, for instance `call("GET", "messages/ops")`; its JSON answer."""
        encoded = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - always the loopback URL of our own child
            f"{self.url}/_demo/{path}", data=encoded, method=method, headers={"Content-Type": "application/json"}
        )
        # No proxy of the environment may come between us and our own child.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=self.timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                message = json.load(refused).get("error", "")
            raise DemoSlackError(f"{method} /_demo/{path}: {message} ({refused.code})") from refused
        except (OSError, ValueError) as broken:
            raise DemoSlackError(f"{method} /_demo/{path}: Demo Slack does not answer: {broken}") from broken

    def reset(self) -> None:
        """Everything as at the start."""
        self.call("POST", "reset")

    def fault(self, kind: str, **options: Any) -> int:  # noqa: ANN401 - JSON values, see service.demo.slack.control
        """Put a fault in force; returns its id."""
        return int(self.call("POST", "faults", {"kind": kind, **options})["id"])

    def clear_faults(self) -> None:
        """Nothing goes wrong on purpose any more."""
        self.call("DELETE", "faults")

    def limits(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values, see service.demo.slack.limits
        """Change some limits; returns all of them. All buckets are full afterwards."""
        return dict(self.call("POST", "limits", changes))

    def advance(self, seconds: float) -> None:
        """Let its clock jump forward; buckets refill and addresses expire through the jump."""
        self.call("POST", "clock", {"advance": seconds})

    def messages(self, channel: str = "") -> list[dict[str, Any]]:
        """All messages (of one channel, by id or name without #), oldest first, with versions, threads and metadata."""
        return list(self.call("GET", f"messages/{channel}" if channel else "messages"))

    def calls(self, method: str = "") -> list[dict[str, Any]]:
        """The log of the apps' calls, oldest first."""
        return list(self.call("GET", f"calls/{method}" if method else "calls"))

    def click(self, message: Mapping[str, Any], action_id: str, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
        """Click on a message (one of `messages()`) as `user` (the on-call engineer if left out); how it went."""
        wish = {"user": ON_CALL, "channel": message["channel"], "ts": message["ts"], "action_id": action_id, **more}
        return list(self.call("POST", "click", wish))

    def command(self, line: str, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
        """Give a slash command as `user` in `channel` (the on-call engineer in #ops if left out); how it went."""
        wish = {"user": ON_CALL, "channel": "#ops", "line": line, **more}
        return list(self.call("POST", "command", wish))

    def revoke(self, token: str = "bot") -> None:  # noqa: S107 - which one, not a token
        """Revoke a token: bot, app or hook."""
        self.call("POST", "tokens", {"revoke": token})

    def channel(self, name: str, **changes: bool) -> None:
        """Change a channel: `archived`, `joined`."""
        self.call("POST", "channels", {"channel": name, **changes})

    def connections(self) -> int:
        """How many Socket Mode connections there are."""
        return int(self.call("GET", "sockets")["count"])

    def disconnect(self, reason: str = "refresh_requested") -> int:
        """Ask all connections to come again and close them; how many there were."""
        return int(self.call("POST", "sockets", {"disconnect": reason})["closed"])

    def request_url(self, url: str) -> None:
        """Send clicks and commands by signed HTTP; an empty address: by Socket Mode."""
        self.call("POST", "interactivity", {"request_url": url})


@dataclass(frozen=True, slots=True)
class EmbeddedSlack:
    """A running Demo Slack. Stop it, or use it as a context manager; it also ends when this process does."""

    url: str
    process: subprocess.Popen[str] = field(repr=False)
    log: IO[bytes] = field(repr=False)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def api_url(self) -> str:
        """`base_url` of slack_sdk's WebClient; ends with a slash."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """An xoxb- token."""
        return self.keys["bot_token"]

    @property
    def app_token(self) -> str:
        """An xapp- token, for Socket Mode."""
        return self.keys["app_token"]

    @property
    def signing_secret(self) -> str:
        """What x-slack-signature is made with."""
        return self.keys["signing_secret"]

    @property
    def webhook_url(self) -> str:
        """An incoming webhook into #ops."""
        return self.keys["webhook_url"]

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self.process.pid

    @property
    def control(self) -> SlackControl:
        """Its control API."""
        return SlackControl(self.url)

    def running(self) -> bool:
        """Whether the child is there."""
        return self.process.poll() is None

    def log_tail(self) -> str:
        """The end of the child's log."""
        return _tail(self.log)

    def stop(self) -> None:
        """End the child: SIGTERM, and SIGKILL when that took too long. Safe to call twice."""
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_slack(port: int = 0, *, timeout: float = 30.0) -> EmbeddedSlack:
    """Start the child and wait until it listens on the loopback.

    Raises DemoSlackError, with the end of its log, when it ends early or is not ready within `timeout` seconds.
    """
    command = [sys.executable, "-m", "service.demo.slack.server", "--port", str(port), "--parent", str(os.getpid())]
    # The child's log: a file without a name that goes away with both processes.
    log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the child
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
    )
    try:
        keys = json.loads(_await_line(process, log, "keys ", timeout))
        url = _await_line(process, log, "ready ", timeout)
    except BaseException:
        EmbeddedSlack("", process, log).stop()
        raise
    return EmbeddedSlack(url, process, log, keys)


def _await_line(process: subprocess.Popen[str], log: IO[bytes], word: str, timeout: float) -> str:
    """Wait for a line that begins with a word; what stands behind it."""
    deadline = time.monotonic() + timeout
    stdout = process.stdout
    if stdout is None:
        raise DemoSlackError("Demo Slack was started without a pipe to its output")
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            # What came with an earlier line waits in Python's buffer, where no selector sees it.
            if not selector.select(timeout=0.05) and process.poll() is None and word == "keys ":
                continue
            line = stdout.readline()
            if line.startswith(word):
                return line.removeprefix(word).strip()
            if not line:
                code = process.wait()
                raise DemoSlackError(f"Demo Slack ended with status {code} before it was ready:\n{_tail(log)}")
    raise DemoSlackError(f"Demo Slack was not ready within {timeout:g} s; its log ends:\n{_tail(log)}")


def _tail(log: IO[bytes]) -> str:
    """The end of a log; os.pread leaves the place where the child goes on writing alone."""
    size = os.fstat(log.fileno()).st_size
    return os.pread(log.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES)).decode(errors="replace")
