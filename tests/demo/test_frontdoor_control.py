"""The child process and its control API: start, stop, clock, refusals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.config import Config

from service.demo.launch import EmbeddedAws, EmbeddedAwsError, start

pytestmark = pytest.mark.demo
_ONE_TRY = Config(retries={"total_max_attempts": 1})


@pytest.mark.parametrize(
    ("call", "body", "status", "word"),
    [
        ("GET nothing", None, 404, "there is no GET"),
        ("PUT clock", {}, 405, "there is no PUT"),
        ("POST faults", {"kind": "boom"}, 400, "kind must be one of"),
        ("POST faults", {"kind": "throttle", "rate": 2}, 400, "between 0 and 1"),
        ("POST clock", {"now": "2026-01-01T00:00:00"}, 400, "no time zone"),
        ("POST clock", {"when": 3}, 400, "give one of now"),
        ("POST limits", {"speed": 3}, 400, "there is no limit speed"),
        ("DELETE faults/99", None, 404, "there is no fault 99"),
        ("POST incidents", {"name": "meteor"}, 404, "no incident 'meteor'"),
    ],
)
def test_the_control_api_says_what_it_refuses(
    embedded_aws: EmbeddedAws, call: str, body: dict[str, Any] | None, status: int, word: str
) -> None:
    method, path = call.split()
    with pytest.raises(EmbeddedAwsError, match=f"{word}.*{status}"):
        embedded_aws.control.call(method, path, body)


@pytest.mark.parametrize("headers", [{"Origin": "https://example.org"}, {"Host": "example.org"}])
@pytest.mark.parametrize("path", ["/_demo/clock", "/moto-api/reset", "/"])
def test_web_pages_are_refused(embedded_aws: EmbeddedAws, path: str, headers: dict[str, str]) -> None:
    request = urllib.request.Request(f"{embedded_aws.url}{path}", headers=headers, data=b"{}")
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(request, timeout=5)
    refused.value.close()


def test_the_clock_freezes_advances_and_comes_back(embedded_aws: EmbeddedAws) -> None:
    control = embedded_aws.control
    control.freeze(1_800_000_000)
    assert control.now() == 1_800_000_000
    control.advance(90)
    assert control.now() == 1_800_000_090
    control.call("POST", "clock", {"offset": -3600})
    assert control.now() == pytest.approx(time.time() - 3600, abs=5)
    control.reset_clock()
    assert control.now() == pytest.approx(time.time(), abs=5)


def test_the_environment_leads_boto3_to_the_child_and_nowhere_else(embedded_aws: EmbeddedAws) -> None:
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    environment = {"PATH": os.environ["PATH"], **embedded_aws.environment("555566667777")}
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=30
    )
    assert answer.stdout.strip() == "555566667777"


def test_a_bad_world_fails_with_the_end_of_its_log() -> None:
    with pytest.raises(EmbeddedAwsError, match=r"(?s)status 2 .*there is no world 'mars'"):
        start("mars")


def test_a_taken_port_fails_with_the_end_of_its_log(embedded_aws: EmbeddedAws) -> None:
    port = int(embedded_aws.url.rsplit(":", 1)[1])
    with pytest.raises(EmbeddedAwsError, match=r"(?s)before it was ready.*in use"):
        start("empty", port=port)


def test_stopping_ends_the_child_at_once_and_twice_is_fine() -> None:
    with start("empty") as aws:
        assert aws.running()
        began = time.monotonic()
        aws.stop()
        assert time.monotonic() - began < 2
        assert aws.process.returncode == 0
    assert not aws.running()


def test_the_child_dies_with_a_killed_parent() -> None:
    program = (
        "import time; from service.demo.launch import start; aws = start('empty'); "
        "print(aws.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5
    while _alive(child):
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as status:  # noqa: PTH123 - a file of the kernel
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
