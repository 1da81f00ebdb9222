"""`lamplighter env`: the schedule explained, on any file and without AWS."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from service.cli import lamplighter
from service.errors import ConfigInvalid

CONFIG = """\
environments:
  dev: {schedule: seoul-office, protect: false}
  prod: {schedule: seoul-office, protect: false}
  qa:
schedules:
  seoul-office:
    timezone: Asia/Seoul
    running: ["mon-fri 09:00-20:00"]
    holidays: KR
    mode: edge
  new-york: {timezone: America/New_York, running: "sun 02:00-03:00"}
"""


def ran(folder: Path, *arguments: str, config: str = CONFIG) -> Result:
    file = folder / "lights.yaml"
    file.write_text(config)
    return CliRunner().invoke(lamplighter, ["env", *arguments, "--config", str(file)], standalone_mode=False)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (
            "2026-11-24T10:59:59Z",
            ("running", "schedule seoul-office: mon-fri 09:00-20:00", "2026-11-24T11:00:00Z"),
        ),
        (
            "2026-11-24T20:00:00+09:00",
            ("stopped", "schedule seoul-office: outside its running periods", "2026-11-25T00:00:00Z"),
        ),
        (
            "2026-12-25T12:00:00+09:00",
            ("stopped", "schedule seoul-office: a holiday, Christmas Day (KR)", "2026-12-28T00:00:00Z"),
        ),
    ],
)
def test_explain_says_what_should_be_why_and_until_when(tmp_path: Path, at: str, expected: tuple[str, ...]) -> None:
    result = ran(tmp_path, "explain", "dev", "--at", at, "--json")
    assert json.loads(result.stdout) == dict(zip(("desired", "because", "until"), expected, strict=True))


@pytest.mark.parametrize("name", ["prod", "qa"])
def test_production_and_what_has_no_schedule_runs_for_ever(tmp_path: Path, name: str) -> None:
    result = ran(tmp_path, "explain", name, "--at", "2026-11-24T20:00:00Z", "--json")
    answer = json.loads(result.stdout)
    assert (answer["desired"], answer["until"]) == ("running", None)


def test_explain_speaks_in_the_zone_of_the_schedule(tmp_path: Path) -> None:
    result = ran(tmp_path, "explain", "dev", "--at", "2026-11-24T11:00:00Z")
    assert "dev should be stopped at Tue 2026-11-24 20:00 KST, until Wed 2026-11-25 09:00 KST" in result.stdout


def test_week_lists_the_parts_and_counts_the_hours(tmp_path: Path) -> None:
    result = ran(tmp_path, "week", "dev", "--from", "2026-11-23T00:00:00+09:00", "--json")
    answer = json.loads(result.stdout)
    assert answer["running_hours"] == "55.00"
    assert [part["desired"] for part in answer["parts"]] == ["stopped", "running"] * 5 + ["stopped"]


def test_week_warns_of_a_period_that_the_clocks_skip(tmp_path: Path) -> None:
    config = CONFIG.replace("qa:", "qa: {schedule: new-york}")
    result = ran(tmp_path, "week", "qa", "--from", "2026-03-05T00:00:00Z", config=config)
    assert "2026-03-08: the change of the clocks leaves nothing of sun 02:00-03:00" in result.stderr


def test_an_environment_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    result = ran(tmp_path, "explain", "dve")
    assert isinstance(result.exception, click.BadParameter)
    assert "did you mean dev?" in str(result.exception)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("Asia/Seoul", "Asia/Soul", "is no time zone"),
        ("mon-fri 09:00-20:00", "mon-fri 9-20", "is no running period"),
        ("holidays: KR", "holidays: XX", "is no country"),
        ("holidays: KR", "holidays: DE-XX", "is no part of DE"),
        ("holidays: KR", "holidays: NO", "put the country in quotes"),
        ("holidays: KR", "holidays: [12-25]", "schedules.seoul-office.holidays"),
        ("mode: edge", "mode: edgy", "schedules.seoul-office.mode"),
        ("dev: {schedule: seoul-office", "dev: {schedule: soul", "there is no schedule 'soul' (known: seoul-office"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place(tmp_path: Path, before: str, after: str, told: str) -> None:
    result = ran(tmp_path, "explain", "dev", config=CONFIG.replace(before, after))
    assert isinstance(result.exception, ConfigInvalid)
    assert told in str(result.exception)


@pytest.mark.parametrize("holidays", ["[KR, 2026-11-24]", "{countries: [KR], add: [2026-11-24], remove: [2026-12-25]}"])
def test_holidays_may_be_a_country_with_days_of_ones_own(tmp_path: Path, holidays: str) -> None:
    config = CONFIG.replace("holidays: KR", f"holidays: {holidays}")
    result = ran(tmp_path, "explain", "dev", "--at", "2026-11-24T03:00:00Z", "--json", config=config)
    assert "a holiday, 2026-11-24" in json.loads(result.stdout)["because"]
