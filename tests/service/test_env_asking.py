"""`lamplighter env` and `/lamplighter`: asked with a price, refused with a reason, on record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alerts.slack.commands import Command
from dashboards.language import read_languages
from service.cli import lamplighter
from service.config import loads
from service.slack import answer_of
from store import Store, open_store
from store.power import Condition, EnvironmentPower, Power

CONFIG = """\
environments:
  dev: {schedule: office, armed: true}
  prod: {schedule: office}
schedules:
  office: {timezone: Asia/Seoul, running: ["daily 00:00-23:00"]}
"""
NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration with a store that knows dev."""
    (tmp_path / "lights.yaml").write_text(f"{CONFIG}store: {{url: 'sqlite:///{tmp_path / 'store.db'}'}}\n")
    with opened(tmp_path) as store:
        store.migrate()
        store.power.observe(
            EnvironmentPower(
                "dev",
                Power.RUNNING,
                "office",
                None,
                Condition.RUNNING,
                NOW,
                NOW,
                timezone="Asia/Seoul",
                armed=True,
                hourly=Decimal("0.13"),
            )
        )
    return tmp_path


def opened(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder / 'store.db'}")


def ran(folder: Path, *arguments: str) -> Result:
    file = str(folder / "lights.yaml")
    return CliRunner().invoke(lamplighter, ["env", *arguments, "--config", file], standalone_mode=False)


def test_what_costs_is_not_asked_for_where_nobody_confirms_it(folder: Path) -> None:
    refused = ran(folder, "keep", "dev", "1h")
    assert "--yes" in str(refused.exception)
    with opened(folder) as store:
        assert store.power.overrides(after=NOW) == []
        assert store.intents.recent() == []


def test_it_is_kept_on_and_taken_back_and_both_are_on_record(folder: Path) -> None:
    done = json.loads(ran(folder, "keep", "dev", "1h", "--why", "a demo", "--yes", "--json").stdout)
    assert (done["state"], done["hours"], done["price"]) == ("done", "1", "0.13")
    with opened(folder) as store:
        [override] = store.power.overrides("dev", after=NOW)
        assert (override.why, override.source, override.price) == ("a demo", "cli", Decimal("0.13"))
    listed = json.loads(ran(folder, "status", "dev", "--json").stdout)
    assert [one["why"] for one in listed["overrides"]] == ["a demo"]
    assert json.loads(ran(folder, "resume", "dev", "--json").stdout)["state"] == "done"
    kinds = [one["kind"] for one in json.loads(ran(folder, "history", "dev", "--json").stdout)]
    assert sorted(kinds) == ["environment.kept", "environment.resumed"]


@pytest.mark.parametrize("arguments", [("stop", "prod", "--yes"), ("keep", "dev", "13h", "--yes"), ("resume", "dev")])
def test_what_cannot_be_is_refused_with_a_reason_and_an_exit_code(folder: Path, arguments: tuple[str, ...]) -> None:
    refused = ran(folder, *arguments)
    assert refused.return_value == 3
    assert refused.stderr.strip()


def test_the_list_says_who_is_protected_and_who_was_looked_at(folder: Path) -> None:
    rows = {one["environment"]: one for one in json.loads(ran(folder, "ls", "--json").stdout)}
    assert rows["dev"]["condition"] == "running"
    assert "production" in rows["prod"]["protected"]


def test_slack_asks_by_the_same_rules(folder: Path) -> None:
    loaded = loads((folder / "lights.yaml").read_text(), {})
    voice = read_languages("en").choose(["en"], [None], loaded.settings.stack.zone)
    with opened(folder) as store:

        def said(word: str, argument: str = "", actor: str = "slack:U1 (kim)") -> str:
            return answer_of(Command(word, argument, "U1", actor), voice, loaded, store, lambda: NOW).lines[0]

        assert "for about $0.13" in said("keep", "dev 2h")
        assert "production" in said("stop", "prod")
        assert "There is no environment" in said("keep", "dve 2h")
        assert "did not say who" in said("keep", "dev 2h", actor="")
        assert "by its schedule again" in said("resume", "dev")
        assert store.power.overrides("dev", after=NOW + timedelta(seconds=1)) == []
