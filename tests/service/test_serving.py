"""The service as a real process: it starts, reloads, refuses and stops as an operator expects."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.demo.launch import EmbeddedAws

CONFIG = """
stack: {name: shop, timezone: Asia/Seoul}
accounts: [{name: main, regions: [ap-northeast-2]}]
web: {listen: "127.0.0.1:0"}
"""


@dataclass(frozen=True)
class Process:
    popen: subprocess.Popen[str]
    log: Path
    file: Path

    @property
    def url(self) -> str:
        return wait_for(lambda: line_with(self.log, "Lamplighter is at")).split()[-1]

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def end(self) -> tuple[int, float]:
        began = time.monotonic()
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(20), time.monotonic() - began


def line_with(log: Path, text: str) -> str:
    return next((line for line in log.read_text().splitlines() if text in line), "")


def wait_for(look: Callable[[], str], seconds: float = 20) -> str:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


@contextmanager
def serving(folder: Path, aws: EmbeddedAws, config: str = CONFIG, *arguments: str) -> Iterator[Process]:
    file, log = folder / "lamplighter.yaml", folder / "log"
    file.write_text(config)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAMPLIGHTER_"))},
        **aws.environment(),
        "LAMPLIGHTER_HOME": str(folder / "home"),
    }
    command = [sys.executable, "-m", "service", "serve", "--config", str(file), *arguments]
    with (
        log.open("w") as sink,
        subprocess.Popen(command, env=environment, cwd=folder, stderr=sink, stdout=sink, text=True) as popen,
    ):
        try:
            yield Process(popen, log, file)
        finally:
            if popen.poll() is None:
                popen.kill()


def test_serves_and_stops_within_ten_seconds(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    with serving(tmp_path, embedded_aws) as process:
        assert process.get("/healthz")[0] == 200
        assert "shop" in process.get("/")[1]
        wait_for(lambda: line_with(process.log, "inventory:main/ap-northeast-2"))
        code, seconds = process.end()
    assert code == 0
    assert seconds < 10
    assert "Traceback" not in process.log.read_text()


def test_stops_in_time_while_aws_hangs(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    embedded_aws.control.fault("hang", seconds=15)
    with serving(tmp_path, embedded_aws) as process:
        assert process.get("/healthz")[0] == 200, "a hung call holds up no page"
        wait_for(lambda: line_with(process.log, "worker.started"))
        time.sleep(2)
        assert process.end()[1] < 10


def test_a_bad_reload_keeps_the_old_configuration_and_the_page_says_so(
    tmp_path: Path, embedded_aws: EmbeddedAws
) -> None:
    with serving(tmp_path, embedded_aws) as process:
        assert "shop" in process.get("/")[1]
        process.file.write_text(CONFIG.replace("Asia/Seoul", "Asia/Soul"))
        process.popen.send_signal(signal.SIGHUP)
        wait_for(lambda: line_with(process.log, "config.refused"))
        settings = json.loads(process.get("/api/v1/settings")[1])
        assert "Asia/Soul" in settings["problem"]
        assert "timezone: Asia/Seoul" in settings["yaml"]
        process.file.write_text(CONFIG.replace("shop", "bazaar"))
        process.popen.send_signal(signal.SIGHUP)
        wait_for(lambda: line_with(process.log, "config.reloaded"))
        settings = json.loads(process.get("/api/v1/settings")[1])
        assert settings["problem"] is None
        assert "bazaar" in process.get("/")[1]
        assert process.end()[0] == 0


def test_what_needs_a_restart_is_refused_on_reload(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    with serving(tmp_path, embedded_aws) as process:
        assert process.url
        process.file.write_text(CONFIG + f"store: {{url: 'sqlite:///{tmp_path}/elsewhere.db'}}")
        process.popen.send_signal(signal.SIGHUP)
        assert "store.url" in wait_for(lambda: line_with(process.log, "config.refused"))
        assert not (tmp_path / "elsewhere.db").exists()


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0"])
def test_others_are_not_served_without_a_login(tmp_path: Path, embedded_aws: EmbeddedAws, listen: str) -> None:
    with serving(tmp_path, embedded_aws, CONFIG, "--listen", listen) as process:
        assert process.popen.wait(20) == 3
    assert "lamplighter password" in process.log.read_text()


def test_a_port_that_is_taken_is_said(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with serving(tmp_path, embedded_aws, CONFIG, "--listen", listen) as process:
            assert process.popen.wait(20) == 3
    assert "--listen HOST:PORT" in process.log.read_text()


def test_after_kill_9_the_next_start_goes_on(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    with serving(tmp_path, embedded_aws) as process:
        wait_for(lambda: line_with(process.log, "inventory:main/ap-northeast-2"))
        process.popen.kill()
        process.popen.wait(10)
    with serving(tmp_path, embedded_aws) as process:
        assert process.get("/readyz")[0] == 200
        assert process.end()[0] == 0


def test_the_web_role_runs_no_jobs_and_the_worker_role_no_page(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    with serving(tmp_path, embedded_aws, CONFIG, "--role", "worker") as worker:
        wait_for(lambda: line_with(worker.log, "inventory:main/ap-northeast-2"))
        assert not line_with(worker.log, "web.started")
        assert worker.end()[0] == 0
    with serving(tmp_path, embedded_aws, CONFIG, "--role", "web") as web:
        assert "inventory:main/ap-northeast-2" in web.get("/api/v1/jobs")[1]
        assert not line_with(web.log, "worker.started")
        assert web.end()[0] == 0


def test_another_start_on_a_corrupt_database_says_what_to_do(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "lamplighter.db").write_bytes(b"this is no database" * 500)
    with serving(tmp_path, embedded_aws) as process:
        assert process.popen.wait(20) == 3
    said = process.log.read_text()
    assert "Traceback" not in said
    assert "restore" in said
