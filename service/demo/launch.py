"""Starts the embedded AWS as a child process and talks to it."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from service.demo.accounts import access_key
from service.demo.upstream import DEFAULT_ACCOUNT

DEFAULT_REGION = "ap-northeast-2"
_TAIL_LINES = 20
_STOP_SECONDS = 5.0


class EmbeddedAwsError(Exception):
    """The embedded AWS did not start, or refused what its control API was asked."""


@dataclass(frozen=True, slots=True)
class ControlClient:
    """Speaks to the control API (see `service.demo.control`). Raises EmbeddedAwsError when it refuses."""

    url: str
    timeout: float = 30.0

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """One call, for instance `call("GET", "meter")`; its JSON answer."""
        encoded = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - always the loopback URL of our own child
            f"{self.url}/_demo/{path}", data=encoded, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            # No proxy of the environment may come between us and our own child.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(request, timeout=self.timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                message = json.load(refused).get("error", "")
            raise EmbeddedAwsError(f"{method} /_demo/{path}: {message} ({refused.code})") from refused
        except (OSError, ValueError) as broken:
            raise EmbeddedAwsError(f"{method} /_demo/{path}: the embedded AWS does not answer: {broken}") from broken

    def now(self) -> float:
        """The clock of the embedded AWS, in epoch seconds."""
        return float(self.call("GET", "clock")["now"])

    def freeze(self, at: float) -> None:
        """Let its clock stand still at an instant."""
        self.call("POST", "clock", {"now": at})

    def advance(self, seconds: float) -> None:
        """Let its clock jump forward."""
        self.call("POST", "clock", {"advance": seconds})

    def reset_clock(self) -> None:
        """Let it follow the machine's clock."""
        self.call("POST", "clock", {})

    def fault(self, kind: str, **options: Any) -> int:  # noqa: ANN401 - JSON values, see service.demo.control
        """Put a fault in force; returns its id."""
        return int(self.call("POST", "faults", {"kind": kind, **options})["id"])

    def clear_faults(self) -> None:
        """Nothing goes wrong on purpose any more."""
        self.call("DELETE", "faults")

    def meter(self) -> dict[str, Any]:
        """The bill so far."""
        return dict(self.call("GET", "meter"))

    def reset_meter(self) -> None:
        """Start a new bill."""
        self.call("DELETE", "meter")

    def limits(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values, see cloudwatch/limits.py
        """Change some of CloudWatch's limits; returns all of them."""
        return dict(self.call("POST", "limits", changes))

    def money(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values, see money/desk.py
        """Change how Cost Explorer behaves, `refresh=True` to take in new data now; returns its settings."""
        return dict(self.call("POST", "money", changes))

    def power(self, **troubles: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values, see power/troubles.py
        """Change how starting and stopping goes; returns all of it."""
        return dict(self.call("POST", "power", troubles))

    def reset(self) -> None:
        """Clock, faults, power, meter, limits and put data as at the start; resources and incidents stay."""
        self.call("POST", "reset")

    def incidents(self) -> dict[str, Any]:
        """What can go wrong in this world, and what does."""
        return dict(self.call("GET", "incidents"))

    def start_incident(self, name: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - the world's own options
        """Start an incident."""
        return dict(self.call("POST", "incidents", {"name": name, **options}))

    def stop_incident(self, name: str) -> dict[str, Any]:
        """Stop an incident."""
        return dict(self.call("DELETE", f"incidents/{urllib.parse.quote(name)}"))


@dataclass(frozen=True, slots=True)
class EmbeddedAws:
    """A running embedded AWS. Stop it, or use it as a context manager; it also ends when this process does."""

    url: str
    process: subprocess.Popen[str] = field(repr=False)
    log: IO[bytes] = field(repr=False)
    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self.process.pid

    @property
    def control(self) -> ControlClient:
        """Its control API."""
        return ControlClient(self.url)

    def environment(self, account: str | None = None) -> dict[str, str]:
        """What boto3 needs in its environment to reach it: endpoint, fake keys of an account, region, nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": access_key(account or self.account),
            "AWS_SECRET_ACCESS_KEY": "embedded",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            # A profile or a configuration of the machine must not lead a demo to a real account.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def client_options(self, account: str | None = None) -> dict[str, str]:
        """The same as keyword arguments of `boto3.client`."""
        return {
            "endpoint_url": self.url,
            "aws_access_key_id": access_key(account or self.account),
            "aws_secret_access_key": "embedded",
            "region_name": self.region,
        }

    def running(self) -> bool:
        """Whether the child is there."""
        return self.process.poll() is None

    def log_tail(self) -> str:
        """The last lines of the child's log."""
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


def start(  # noqa: PLR0913 - keywords, each a choice of the caller
    world: str = "cloudmart",
    *,
    port: int = 0,
    replay: Path | None = None,
    seed: int = 0,
    timeout: float = 90.0,
    region: str = DEFAULT_REGION,
) -> EmbeddedAws:
    """Start the child and wait until its world is seeded.

    Raises EmbeddedAwsError, with the end of its log, when it ends early or is not ready within `timeout` seconds.
    """
    command = [sys.executable, "-m", "service.demo.server", "--world", world, "--port", str(port)]
    command += ["--seed", str(seed), "--parent", str(os.getpid())]
    if replay is not None:
        command += ["--replay", str(replay)]
    # The child's log: a file without a name that goes away with both processes.
    log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the child
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, env=_child_environment()
    )
    try:
        url = _await_url(process, log, timeout)
    except BaseException:
        EmbeddedAws("", process, log).stop()
        raise
    return EmbeddedAws(url, process, log, region=region)


def _child_environment() -> dict[str, str]:
    """The environment without what would lead the child, or the world that seeds through boto3, to a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # moto and numpy both start threads of native code by the number of cores; a demo needs one.
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "AWS_EC2_METADATA_DISABLED": "true"}


def _await_url(process: subprocess.Popen[str], log: IO[bytes], timeout: float) -> str:
    """Wait for the line that says where it listens."""
    deadline = time.monotonic() + timeout
    stdout = process.stdout
    if stdout is None:
        raise EmbeddedAwsError("the embedded AWS was started without a pipe to its output")
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(timeout=max(0.0, deadline - time.monotonic())):
                continue
            line = stdout.readline()
            if line.startswith("ready "):
                return line.split()[1]
            if not line:
                code = process.wait()
                raise EmbeddedAwsError(f"the embedded AWS ended with status {code} before it was ready:\n{_tail(log)}")
    raise EmbeddedAwsError(f"the embedded AWS was not ready within {timeout:g} s; its log ends:\n{_tail(log)}")


def _tail(log: IO[bytes]) -> str:
    """The last lines of a log; os.pread leaves the place where the child goes on writing alone."""
    size = os.fstat(log.fileno()).st_size
    text = os.pread(log.fileno(), 16_384, max(0, size - 16_384)).decode(errors="replace")
    return "\n".join(text.splitlines()[-_TAIL_LINES:])
