"""The page of costs: what it costs and will cost, and how final each figure is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import g, render_template, request

from dashboards.language import Language, _, current_language
from dashboards.pages.cost.anomalies import anomaly_rows
from dashboards.pages.cost.blocks import Page, block_of
from dashboards.pages.cost.choice import BASES, Choice, read_choice
from dashboards.pages.cost.commitments import commitment_rows
from dashboards.pages.cost.reading import Known, currencies_of, read_known
from dashboards.pages.cost.sources import USAGE_ONLY, source_of
from dashboards.pages.cost.states import state_of
from dashboards.pages.cost.tables import name_of
from dashboards.pages.cost.ties import ties_of, told_later
from dashboards.pages.cost.timeline import read_timeline
from dashboards.pages.cost.words import basis_word, dimension_word, month
from dashboards.site import Site, current_site


def page() -> str:
    """The whole page."""
    site, language, now = current_site(), current_language(), g.now.astimezone(UTC)
    choice = read_choice(request.args, now.date(), site.costs.basis, tuple(site.costs.tags))
    known = read_known(site, choice)
    state = state_of(site, known, now)
    if not known.reads:
        return render_template("cost_empty.html", state=state)
    return render_template("cost.html", state=state, **_words(site, language, choice, known, now))


def _words(site: Site, language: Language, choice: Choice, known: Known, now: datetime) -> dict[str, Any]:
    place = {name: value for name, value in choice.filters if not name.startswith("tag:")}
    timeline = read_timeline(site, choice.month, choice.end, place)
    shown = Page(site, language, choice, known, timeline, site.store.costs.tags())
    whole = not choice.filters and choice.charges == "all"
    restated, count = told_later(site, choice.month, choice.end, language) if whole else ([], 0)
    ties = ties_of(known.reads, language)
    return {
        "choice": choice,
        "known": known,
        "blocks": [block_of(shown, currency) for currency in currencies_of(known, choice)],
        "anomalies": anomaly_rows(timeline.anomalies, choice, language, site),
        "bases": [(basis_word(each), choice.address(basis=each), each is choice.basis) for each in BASES],
        "charges": _charges(choice, known),
        "months": _months(choice, known, language),
        "month": month(language, choice.month),
        "chosen": [_chip(site, choice, name, value) for name, value in choice.filters],
        "table_href": f"{choice.address(table=not choice.table)}#daily",
        "ties": ties,
        "untied": [tie for tie in ties if tie.missing],
        "restated": restated,
        "restated_count": count,
        "commitments": commitment_rows(site, language) if whole else [],
        "stale": known.stale(now),
    }


def _charges(choice: Choice, known: Known) -> list[tuple[str, str, bool]]:
    """With or without tax, credits and refunds: for the whole bill only, where kinds of charge have been read."""
    source = source_of((), None, USAGE_ONLY)
    if choice.filters or source is None or source.view not in known.views:
        return []
    return [
        (_("All charges"), choice.address(charges="all"), choice.charges == "all"),
        (_("Without tax and credits"), choice.address(charges=USAGE_ONLY, by=""), choice.charges == USAGE_ONLY),
    ]


def _months(choice: Choice, known: Known, language: Language) -> dict[str, tuple[str, str] | None]:
    """The month before and the one after with their addresses; None where nothing is known of them."""
    first = known.span[0] if known.span else choice.month
    return {
        "before": (month(language, choice.before), choice.address(month=choice.before))
        if first < choice.month
        else None,
        "after": None if choice.current else (month(language, choice.end), choice.address(month=choice.end)),
    }


def _chip(site: Site, choice: Choice, name: str, value: str) -> tuple[str, str, str]:
    """A filter: what it is of, its value, and the address without it."""
    rest = tuple(pair for pair in choice.filters if pair[0] != name)
    return dimension_word(name), name_of(site, name, value), choice.address(filters=rest, by="")
