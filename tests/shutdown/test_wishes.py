"""What people ask for, carried out: kept on, stopped, taken back; on record, once, and refused where it must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from service.shutdown.config import Schedule, ShutdownSettings
from service.shutdown.intents import OVERRIDE, RESUME, carry_out
from store import Store
from store.power import Condition, Power
from store.stack import Stack
from store.vocabulary import Intent
from tests.shutdown.nights import EVENING, MORNING, Night, schedule, stack_of


@dataclass(frozen=True)
class Configuration:
    """The part of the settings that is needed."""

    stack: Stack
    schedules: dict[str, Schedule]
    shutdown: ShutdownSettings


CONFIGURATION = Configuration(
    stack_of({"dev": {"schedule": "office", "armed": True}, "prod": {"schedule": "office", "armed": True}}),
    {"office": schedule()},
    ShutdownSettings(),
)
HALF_AN_HOUR_BEFORE = EVENING - timedelta(minutes=30)


def wish(kind: str, payload: Mapping[str, Any], key: str = "1", actor: str = "kim") -> Intent:
    return Intent(key, kind, actor, HALF_AN_HOUR_BEFORE, payload)


def test_dev_is_kept_on_for_two_hours_and_then_sleeps(night: Night) -> None:
    alone = night.instance("dev-tools")
    night.inventory()
    night.round(HALF_AN_HOUR_BEFORE)
    [keep] = [one for one in night.store.power.states()[0].offers if one.do == "keep"]
    asked = wish(OVERRIDE, {"environment": "dev", "do": "keep", "seconds": keep.seconds, "why": "a demo"})
    assert carry_out(CONFIGURATION, night.store, asked, HALF_AN_HOUR_BEFORE)[0] == "done"
    assert carry_out(CONFIGURATION, night.store, asked, HALF_AN_HOUR_BEFORE)[0] == "done"
    [override] = night.store.power.overrides("dev", after=HALF_AN_HOUR_BEFORE)
    assert (override.end, override.price) == (keep.until, keep.price)
    told = night.round(EVENING)
    assert (told.desired, told.until) == (Power.RUNNING, EVENING + timedelta(hours=2))
    assert "kim" in str(told.because)
    assert "a demo" in str(told.because)
    night.round(EVENING + timedelta(hours=2))
    assert night.round().condition is Condition.STOPPED
    assert night.state_of(alone) == "stopped"
    events = night.store.events.between(HALF_AN_HOUR_BEFORE, MORNING)
    [kept] = [one for one in events if one.kind == "environment.kept"]
    assert (kept.actor, kept.detail["price"]) == ("kim", str(keep.price))


def test_a_wish_is_taken_back(sqlite_store: Store) -> None:
    now = HALF_AN_HOUR_BEFORE
    carry_out(CONFIGURATION, sqlite_store, wish(OVERRIDE, {"environment": "dev", "do": "stop"}), now)
    back = wish(RESUME, {"environment": "dev"}, key="2", actor="lee")
    assert carry_out(CONFIGURATION, sqlite_store, back, now)[0] == "done"
    [override] = sqlite_store.power.overrides("dev", after=now - timedelta(seconds=1)) or [None]
    assert override is None or override.ended_by == "lee"
    assert carry_out(CONFIGURATION, sqlite_store, back, now)[0] == "refused"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({}, "no environment"),
        ({"environment": "dve", "do": "keep"}, "known: dev"),
        ({"environment": "dev"}, "keep"),
        ({"environment": "dev", "do": ["keep"]}, "keep"),
        ({"environment": "dev", "do": "keep", "seconds": "7200"}, "seconds"),
        ({"environment": "dev", "do": "keep", "seconds": True}, "seconds"),
        ({"environment": "dev", "do": "keep", "seconds": 10**9}, "seconds"),
        ({"environment": "dev", "do": "start", "until": "tomorrow"}, "zone"),
        ({"environment": "dev", "do": "start", "until": "2026-11-24T22:00"}, "zone"),
        ({"environment": "dev", "do": "keep", "why": "x" * 301}, "300"),
        ({"environment": "prod", "do": "stop"}, "production"),
        ({"environment": "prod", "do": "stop", "seconds": 60}, "production"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(sqlite_store: Store, payload: dict[str, Any], words: str) -> None:
    state, said = carry_out(CONFIGURATION, sqlite_store, wish(OVERRIDE, payload), HALF_AN_HOUR_BEFORE)
    assert state == "refused"
    assert words in str(said)
    assert sqlite_store.power.overrides(after=HALF_AN_HOUR_BEFORE) == []


def test_a_wish_that_nobody_was_there_to_carry_out_counts_from_when_it_was_made(sqlite_store: Store) -> None:
    late = HALF_AN_HOUR_BEFORE + timedelta(days=1)
    asked = wish(OVERRIDE, {"environment": "dev", "do": "keep", "seconds": 7200})
    assert carry_out(CONFIGURATION, sqlite_store, asked, late)[0] == "refused"


def test_nobody_asks_without_a_name(sqlite_store: Store) -> None:
    asked = wish(OVERRIDE, {"environment": "dev", "do": "stop"}, actor=" ")
    assert carry_out(CONFIGURATION, sqlite_store, asked, HALF_AN_HOUR_BEFORE)[0] == "refused"
