"""Alerts, rules and notices on the command line: what fires, saying so, proving rules, trying channels."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alerts.slack.commands import Command
from dashboards.language import read_languages
from service import cli
from service.config import Loaded, loads
from service.intents import carry_out
from service.slack import answer_of, signed_handler, sockets_of
from store import Store, open_store
from store.alerting import Alert, AlertState, Episode, Severity, Transition
from store.vocabulary import Cursor as Collected
from store.vocabulary import Intent, Series, SeriesKey

NOW = datetime.now(UTC).replace(microsecond=0)
RULE_TEST = """
rules:
  - {id: cpu, kind: metric, metric: {namespace: AWS/EC2, name: CPUUtilization, stat: Average},
     condition: {op: ">", threshold: 50}, datapoints: {m: 1, n: 1}, for: 1m}
interval: 1m
tests:
  - {name: fires, series: [{dimensions: {InstanceId: i-1}, values: "75 85 10"}],
     expect: [{rule: cpu, dimensions: {InstanceId: i-1}, states: "PF-"}]}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAMPLIGHTER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LAMPLIGHTER_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    return tmp_path


def opened(home: Path) -> Store:
    store = open_store(f"sqlite:///{home / 'home' / 'lamplighter.db'}")
    store.migrate()
    return store


def episode(severity: Severity = Severity.PAGE) -> Episode:
    alert = Alert(
        "a1",
        "site-down",
        {"rule": "site-down"},
        AlertState.FIRING,
        episode="e1",
        fired_at=NOW,
        severity=severity,
        summary={"en": "prod frontend is down", "ko": "prod frontend 중단"},
        environment="prod",
        component="frontend",
    )
    return Episode("e1", alert, severity, NOW - timedelta(minutes=4), NOW)


@pytest.fixture
def firing(home: Path) -> Path:
    began = Transition("a1", "site-down", NOW, AlertState.INACTIVE, AlertState.FIRING, "it fails", NOW, "e1")
    with opened(home) as store:
        store.alerts.commit_round(alerts=[episode().alert], episodes=[episode()], transitions=[began])
    return home


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_what_fires_is_listed_and_its_severity_is_the_exit_code(
    firing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert firing
    code, out, _ = answer(capsys, "alerts", "ls", "--json")
    assert code == 2
    assert [(one["id"], one["severity"], one["state"]) for one in json.loads(out)] == [("e1", "page", "firing")]
    code, out, _ = answer(capsys, "alerts", "ls", "--env", "dev")
    assert (code, out.strip()) == (0, "Nothing fires.")
    assert "prod frontend is down" in answer(capsys, "alerts", "ls")[1]


def test_an_alert_is_told_with_what_happened(firing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert firing
    told = json.loads(answer(capsys, "alerts", "show", "e1", "--json")[1])
    assert [(step["before"], step["after"], step["reason"]) for step in told["transitions"]] == [
        ("inactive", "firing", "it fails")
    ]
    assert "WHAT HAPPENED" in answer(capsys, "alerts", "show", "e1")[1]
    code, _, err = answer(capsys, "alerts", "show", "nothing")
    assert code == 3
    assert "alerts ls --all" in err


def test_acknowledging_from_a_shell_is_on_record(firing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "alerts", "ack", "e1")[0] == 0
    with opened(firing) as store:
        known = store.alerts.episode("e1")
        assert known is not None
        assert known.acknowledged_by.endswith("(command line)")
        assert [one.state for one in store.intents.recent()] == ["done"]
    assert answer(capsys, "alerts", "ack", "e1", "--undo")[0] == 0
    with opened(firing) as store:
        known = store.alerts.episode("e1")
        assert known is not None
        assert not known.acknowledged_by


def test_silences_are_made_listed_and_ended(firing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert firing
    assert answer(capsys, "alerts", "silence", "--match", "component=frontend", "--for", "2h")[0] == 0
    listed = json.loads(answer(capsys, "alerts", "silences", "--json")[1])
    assert [one["what"] for one in listed] == ["component=frontend"]
    assert answer(capsys, "alerts", "silences", "--end", listed[0]["id"])[0] == 0
    assert json.loads(answer(capsys, "alerts", "silences", "--json")[1]) == []


@pytest.mark.parametrize(
    "arguments",
    [(), ("e1", "--match", "a=b"), ("e1", "--for", "soon"), ("--match", "nonsense"), ("e1", "--for", "90d")],
)
def test_a_silence_that_cannot_be_is_refused_in_words(
    firing: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert firing
    code, _, err = answer(capsys, "alerts", "silence", *arguments)
    assert code == 3
    assert err
    assert "Traceback" not in err


def test_deliveries_are_listed_though_there_are_none(firing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert firing
    code, out, _ = answer(capsys, "alerts", "deliveries")
    assert (code, out.strip()) == (0, "No deliveries.")


def test_rule_tests_tell_by_their_exit_code(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "good.yaml").write_text(RULE_TEST)
    (home / "bad.yaml").write_text(RULE_TEST.replace('"PF-"', '"P?F"'))
    (home / "broken.yaml").write_text(RULE_TEST.replace("threshold", "treshold"))
    assert answer(capsys, "rules", "test", "good.yaml")[0] == 0
    code, out, _ = answer(capsys, "rules", "test", "good.yaml", "bad.yaml")
    assert code == 1
    assert "expected  P?F" in out
    assert "got       PF-" in out
    code, _, err = answer(capsys, "rules", "test", "bad.yaml", "broken.yaml", "missing.yaml")
    assert code == 2
    assert "rules[0].condition.treshold" in err
    assert "missing.yaml" in err
    told = json.loads(answer(capsys, "rules", "test", "bad.yaml", "--json")[1])
    assert (told[0]["holds"], told[0]["differences"][0]["at"]) == (False, 2)


def test_rules_are_listed_and_shown_with_their_defaults(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert home
    listed = {one["id"]: one for one in json.loads(answer(capsys, "rules", "ls", "--json")[1])}
    assert listed["site-down"]["severity"] == "page"
    assert "site-down" in answer(capsys, "rules", "ls")[1]
    assert "kind: health" in answer(capsys, "rules", "show", "site-down")[1]
    assert answer(capsys, "rules", "show", "site-up")[0] == 3


def test_a_rule_is_tried_over_what_is_stored_before_it_is_in_force(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = int((NOW - timedelta(hours=2)).timestamp()) // 60 * 60
    key = SeriesKey("main", "ap-northeast-2", "AWS/EC2", "CPUUtilization", (("InstanceId", "i-1"),), "Average")
    series = Series(key, 60, environment="prod", component="backend")
    points = [(start + 60 * n, 90.0 if 30 <= n < 50 else 10.0) for n in range(100)]
    with opened(home) as store:
        store.series.upsert([series])
        cursor = Collected(series.id, start, start + 6000, start, start + 6000)
        store.commit_collection(samples={series.id: points}, cursors=[cursor], gaps={}, claim=None)
    (home / "rule.yaml").write_text(
        "id: tried\nkind: metric\nmetric: {namespace: AWS/EC2, name: CPUUtilization, stat: Average}\n"
        "condition: {op: '>', threshold: 50}\n"
    )
    code, out, _ = answer(capsys, "rules", "backtest", "--file", "rule.yaml", "--from", str(start), "--json")
    told = json.loads(out)[0]
    assert (code, told["fires"], told["minutes_firing"]) == (1, 1, 20.0)
    assert "tried" in answer(capsys, "rules", "backtest", "--file", "rule.yaml", "--from", str(start))[1]
    code, _, err = answer(capsys, "rules", "backtest", "no-such-rule", "--from", str(start))
    assert code == 3
    assert "rules ls" in err


@pytest.fixture
def hook() -> Iterator[tuple[str, list[bytes]]]:
    got: list[bytes] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_channels_are_tried_and_each_answer_is_told(
    home: Path, capsys: pytest.CaptureFixture[str], hook: tuple[str, list[bytes]]
) -> None:
    url, got = hook
    (home / "lamplighter.yaml").write_text(
        "accounts: [{name: main, regions: [ap-northeast-2]}]\n"
        f"alerts:\n  receivers:\n    - {{name: tool, webhook: {{url: '{url}'}}}}\n"
        "    - {name: gone, webhook: {url: 'http://127.0.0.1:9/x'}}\n"
    )
    code, out, _ = answer(capsys, "notify", "test", "--json")
    told = json.loads(out)
    assert code == 2
    assert (told["tool"]["ok"], told["gone"]["ok"]) == (True, False)
    assert b"Test notice" in got[0]
    assert answer(capsys, "notify", "test", "tool")[0] == 0
    assert answer(capsys, "notify", "test", "nobody")[0] == 3


def loaded(**receiver: object) -> Loaded:
    text = json.dumps(
        {
            "stack": {"environments": {"prod": {}}, "components": {"frontend": {}}},
            "alerts": {"receivers": [{"name": "ops", "slack": {"channel": "#ops", "token": "xoxb-1", **receiver}}]},
        }
    )
    return loads(text, {})


def test_slash_commands_are_answered_from_the_store(firing: Path) -> None:
    voice = read_languages("en").choose(["ko"], [None], loaded().settings.stack.zone)
    with opened(firing) as store:

        def said(word: str, argument: str = "") -> list[str]:
            return list(answer_of(Command(word, argument), voice, loaded(), store, lambda: NOW).lines)

        assert said("alerts") == ["알림 1건이 발생 중입니다.", "prod frontend 중단"]
        assert said("status", "prod")[-1] == "prod frontend 중단"
        assert "dev" in said("alerts", "dev")[0]


def test_one_socket_serves_all_receivers_of_an_app_and_none_is_opened_without_a_token(sqlite_store: Store) -> None:
    assert sockets_of(loaded(), sqlite_store, lambda: NOW) == []
    assert len(sockets_of(loaded(app_token="xapp-1"), sqlite_store, lambda: NOW)) == 1  # noqa: S106  a made-up token
    assert signed_handler(loaded(), sqlite_store, lambda: NOW) is None
    handler = signed_handler(loaded(signing_secret="s3cret"), sqlite_store, lambda: NOW)  # noqa: S106  the same
    assert handler is not None
    assert handler({}, b"payload={}") == (401, "")


def test_an_intent_that_is_nonsense_is_refused_and_others_go_on(sqlite_store: Store) -> None:
    for number, payload in enumerate(({"episode": 7}, {"episodes": ["e1"]}, {})):
        sqlite_store.intents.add(Intent(f"i{number}", "alert.acknowledge", "kim", NOW, payload))
    sqlite_store.intents.add(Intent("later", "env.keep", "kim", NOW, {}))
    assert carry_out(loaded(), sqlite_store, NOW) == 3
    assert [one.id for one in sqlite_store.intents.open()] == ["later"]
