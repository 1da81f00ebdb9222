"""What a hostile but practical operator does to the running program: it says what is wrong, goes on, and recovers."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from service.demo.launch import EmbeddedAws
from store.durations import parse_duration

CONFIG = """
stack: {name: shop, environments: {prod: {}}, components: {web: {}}}
accounts: [{name: main, regions: [ap-northeast-2]}]
collect: {health: {every: 30s}}
probes: [{name: shop, environment: prod, component: web, every: 10s, headers: {X-Key: hunter2},
          url: "http://u:hun@ter2@127.0.0.1:1/x?token=hunter2"}]
web: {listen: "127.0.0.1:0"}
"""


class Running:
    """A `serve` of our own: its process, what it writes, and where it answers."""

    def __init__(self, popen: subprocess.Popen[str], folder: Path) -> None:
        self.popen = popen
        self.log = folder / "log"
        self.database = folder / "home" / "lamplighter.db"
        self.url = self.waited("Lamplighter is at").split()[-1]

    def waited(self, text: str, seconds: float = 20) -> str:
        deadline = time.monotonic() + seconds
        while True:
            found = [line for line in self.log.read_text().splitlines() if text in line]
            if found:
                return found[0]
            assert time.monotonic() < deadline, f"{text!r} was never said"
            time.sleep(0.05)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=15) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()


def environment(folder: Path, aws: EmbeddedAws | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAMPLIGHTER_"))}
    return {**kept, **(aws.environment() if aws else {}), "LAMPLIGHTER_HOME": str(folder / "home")}


@contextmanager
def serving(folder: Path, aws: EmbeddedAws) -> Iterator[Running]:
    (folder / "lamplighter.yaml").write_text(CONFIG)
    with (
        (folder / "log").open("w") as sink,
        subprocess.Popen(
            [sys.executable, "-m", "service", "serve", "--config", "lamplighter.yaml"],
            env=environment(folder, aws),
            cwd=folder,
            stdout=sink,
            stderr=sink,
            text=True,
        ) as popen,
    ):
        try:
            yield Running(popen, folder)
        finally:
            if popen.poll() is None:
                popen.kill()


def command(folder: Path, *arguments: str, aws: EmbeddedAws | None = None) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        env=environment(folder, aws),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stdout + ended.stderr


_LAYERS = zip("abcdefgh", "bcdefghi", strict=True)
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n" for before, after in _LAYERS
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "its anchors make over 100,000 values"),
        ("stack: &s [*s]", "an anchor holds itself"),
        ("stack: {name: " + "[" * 5000, "not valid YAML"),
        ("#" * 1_000_001, "over 1,000,000 characters"),
        ('store: {url: "mysql://u:hunter2@h/x"}', "names no database we know"),
        ('store: {url: "postgresql://u:hun#ter2@h:port/x"}', "its host and port cannot be read"),
        ("collect: {catalogue: [nope.yaml]}", "nope.yaml: cannot be read"),
        ('accounts: [{regions: ["../../x"]}]', "is no AWS region"),
        ('probes: [{url: "ftp://u:hunter2@x"}]', "is no address"),
    ],
    ids=["bomb", "recursion", "depth", "length", "engine", "port", "catalogue", "region", "address"],
)
def test_a_hostile_file_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    code, said = command(tmp_path, "config", "validate", "bad.yaml")
    assert code == 2
    assert says in said
    assert "hunter2" not in said
    assert len(said) < 2000


@pytest.mark.parametrize("file", ["/dev/zero", "."])
def test_what_is_no_file_is_refused_in_words(tmp_path: Path, file: str) -> None:
    assert command(tmp_path, "config", "validate", file)[0] == 2


def test_an_absurd_duration_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="longer than any"):
        parse_duration("9" * 400 + "d")


def test_strange_requests_are_answered_and_no_secret_is_told(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    with serving(tmp_path, embedded_aws) as lamplighter:
        lamplighter.waited("failing or slow")
        component = "/components/web?env=prod"
        for query in ("from=%00", "from=1e99&to=NaN", "range=" + "9" * 30 + "d", "tz=../../etc/passwd", "lang=%F0"):
            assert lamplighter.get(f"{component}&{query}")[0] in {200, 400}, query
        for path in ("/components/%00", "/static/..%2f..%2fpyproject.toml", "/api/v1/series/nope/points"):
            assert lamplighter.get(path)[0] == 404, path
        assert lamplighter.get("/", Host="evil.example")[0] == 400
        assert lamplighter.get("/", **{"X-Long": "x" * 100_000})[0] in {400, 413, 431}
        shown = "".join(lamplighter.get(path)[1] for path in ("/", "/settings", "/collectors", component))
        assert "refused the connection" in shown
        _, said = command(tmp_path, "config", "show", "--config", "lamplighter.yaml", aws=embedded_aws)
        assert "hunter2" not in shown + said + lamplighter.log.read_text()
        assert "ter2@" not in shown + said + lamplighter.log.read_text()
        assert "Traceback" not in lamplighter.log.read_text()


def test_a_held_database_is_named_and_let_go_of(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    with serving(tmp_path, embedded_aws) as lamplighter:
        lamplighter.waited("failing or slow")
        with closing(sqlite3.connect(lamplighter.database, isolation_level=None, timeout=20)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert lamplighter.get("/")[0] == 200, "reading goes on"
            lamplighter.waited("is held by another program", seconds=25)
            other.execute("ROLLBACK")
        before = lamplighter.log.read_text().count("failing or slow")
        deadline = time.monotonic() + 25
        while lamplighter.log.read_text().count("failing or slow") == before:
            assert time.monotonic() < deadline, "the jobs did not go on"
            time.sleep(0.2)


def test_a_damaged_database_is_named_and_the_process_lives(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    with serving(tmp_path, embedded_aws) as lamplighter:
        lamplighter.waited("failing or slow")
        with lamplighter.database.open("r+b") as file:
            size = lamplighter.database.stat().st_size
            for place in range(4096 * 2, size, 4096):
                file.seek(place)
                file.write(b"\xa5" * 4096)
        os.truncate(f"{lamplighter.database}-wal", 0)
        status, page = lamplighter.get("/")
        assert status == 503
        assert "restore" in page or "lamplighter doctor" in page
        ready, reasons = lamplighter.get("/readyz")
        assert ready == 503
        assert json.loads(reasons)["reasons"]
        assert lamplighter.get("/healthz")[0] == 200
        assert command(tmp_path, "status", "--config", "lamplighter.yaml", aws=embedded_aws)[0] == 3
        began = time.monotonic()
        lamplighter.popen.send_signal(signal.SIGTERM)
        lamplighter.popen.wait(15)
        assert time.monotonic() - began < 10


def test_a_closed_pipe_is_no_fault(tmp_path: Path) -> None:
    line = f"{sys.executable} -m service config schema | head -1"
    ended = subprocess.run(
        ["/bin/sh", "-c", line],
        env=environment(tmp_path, None),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "{\n"
    assert ended.stderr == ""


def test_a_backup_to_nowhere_is_refused_in_words(tmp_path: Path) -> None:
    code, said = command(tmp_path, "backup", str(tmp_path / "nowhere" / "x"))
    assert code == 3
    assert "No such file or directory" in said
