"""One recommendation as the page tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask import g

from dashboards.language import Language
from dashboards.pages.alerts.words import said, shortened
from dashboards.pages.cost_more.acts import ACCEPT, MAY
from dashboards.pages.cost_more.words import day_words, level_words, place_words
from dashboards.site import Site
from store.messages import Message
from store.money import Saving, SavingState

OLD_PRICES = timedelta(days=120)
"""Prices that are older say so: AWS changes them some times a year."""
HOURS = Decimal(730)
"""Of the month that `Saving.monthly` is of."""
_EVIDENCE = 8
_ANCHOR = re.compile(r"[^A-Za-z0-9_-]+")

STATES: Mapping[SavingState, tuple[str, Message]] = {
    SavingState.RECOMMENDED: ("unknown", Message("Recommended")),
    SavingState.ACCEPTED: ("ack", Message("Accepted")),
    SavingState.VERIFIED: ("ok", Message("Verified")),
    SavingState.DISMISSED: ("asleep", Message("Dismissed")),
    SavingState.GONE: ("asleep", Message("No longer so")),
}
"""The status whose colour a state has, and its word."""


@dataclass(frozen=True, slots=True)
class SavingRow:
    """A recommendation in the reader's words.

    `may` are the buttons it has; `asked` is said in their place while a decision is being carried out. `bill` says what
    the bill bears out, `short` that it is less than was expected.
    """

    id: str
    anchor: str
    title: str
    place: str
    monthly: str
    effort: str
    risk: str
    remedy: str
    evidence: tuple[str, ...]
    how: str
    prices: str
    old_prices: bool
    resource: str
    rule: str
    found_at: datetime
    state: str
    colour: str
    decided_by: str
    decided_at: datetime | None
    comment: str
    baseline: str
    bill: str
    short: bool
    may: tuple[str, ...]
    asked: str


def row_of(site: Site, one: Saving, asked: str, language: Language) -> SavingRow:
    """The row of a recommendation; `asked` is the kind of the intent that is open on it, if any."""
    colour, state = STATES[one.state]
    bill, short = bill_of(one, language)
    return SavingRow(
        id=one.id,
        anchor=f"saving-{_ANCHOR.sub('-', one.id)[:80]}",
        title=said(language, one.title, 240),
        place=place_words(site.stack, one.environment, one.component),
        monthly=language.money(one.monthly, one.currency),
        effort=level_words(language, one.effort),
        risk=level_words(language, one.risk),
        remedy=said(language, one.remedy, 600),
        evidence=tuple(said(language, each, 400) for each in one.evidence[:_EVIDENCE]),
        how=said(language, one.how, 800),
        prices=day_words(language, one.prices_of) if one.prices_of else "",
        old_prices=one.prices_of is not None and g.now.date() - one.prices_of > OLD_PRICES,
        resource=shortened(one.resource_id or "", 200),
        rule=shortened(one.rule, 80),
        found_at=one.found_at,
        state=language.say(state),
        colour="warn" if short else colour,
        decided_by=shortened(one.decided_by, 80),
        decided_at=one.decided_at,
        comment=shortened(one.comment, 500),
        baseline=language.money(one.baseline, one.currency) if one.baseline is not None else "",
        bill=bill,
        short=short,
        may=MAY.get(one.state, ()),
        asked=_asked(asked, language),
    )


def _asked(kind: str, language: Language) -> str:
    if not kind:
        return ""
    accepting = language.text("Accepting it is asked for and being done.")
    return accepting if kind == ACCEPT else language.text("Dismissing it is asked for and being done.")


def bill_of(one: Saving, language: Language) -> tuple[str, bool]:
    """What the bill bears out of a decided recommendation beside what was expected; whether it is less than half."""
    if one.state not in {SavingState.ACCEPTED, SavingState.VERIFIED}:
        return "", False
    if one.verified is None:
        return language.text("Not verified yet: the bill of the days since is not known or not final."), False
    words = {"verified": language.money(one.verified, one.currency)}
    expected = expected_of(one)
    if one.verified_to is None or expected is None:
        return language.text("The bill bears out %(verified)s so far, net of growth.", **words), one.verified <= 0
    words |= {"day": day_words(language, one.verified_to), "expected": language.money(expected, one.currency)}
    told = language.text(
        "Up to %(day)s the bill bears out %(verified)s, net of growth; %(expected)s was expected.", **words
    )
    return told, one.verified < expected / 2


def expected_of(one: Saving) -> Decimal | None:
    """What was to be saved from the day after the decision to the day that is verified; None where one is not known."""
    if one.decided_at is None or one.verified_to is None:
        return None
    return one.monthly * 24 * max(_days(one.decided_at.date(), one.verified_to), 0) / HOURS


def _days(decided: date, verified_to: date) -> int:
    return (verified_to - decided).days
