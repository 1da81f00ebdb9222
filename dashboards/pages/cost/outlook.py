"""What the month will have cost: our forecast with its range and its score, beside the naive one and that of AWS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dashboards.language import Language, _, ngettext
from dashboards.pages.cost.choice import Choice
from dashboards.pages.cost.sources import Filters
from dashboards.pages.cost.words import about, basis_word, day, rough, short_month
from dashboards.site import Site
from store.money import AwsForecast, Forecast


@dataclass(frozen=True, slots=True)
class Expectation:
    """Somebody's forecast of a month. `range` is empty where there is none."""

    who: str
    month: str
    total: str
    range: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecasts of this month and the next one; `this` is None where there is none by the chosen basis."""

    this: Forecast | None
    following: Forecast | None
    rows: Sequence[Expectation]
    score: str
    missing: str = ""


def scope_of(filters: Filters) -> str | None:
    """The scope of a forecast as finops names it; None where none is made of such a part."""
    chosen = dict(filters)
    if not chosen:
        return ""
    if len(chosen) == 1:
        name, value = filters[0]
        return f"{name}:{value}"
    if set(chosen) == {"component", "environment"}:
        return f"place:{chosen['component']},{chosen['environment']}"
    return None


def outlook_of(site: Site, choice: Choice, currency: str, language: Language) -> Outlook:
    """What is expected of the month that goes on. Nothing is expected of one that is over."""
    scope = scope_of(choice.filters) if choice.current and choice.charges == "all" else None
    if scope is None:
        return Outlook(None, None, (), "")
    reports = site.store.reports
    keys = [f"{period}:{scope}" for period in ("month", "next_month")]
    plain = [reports.get(Forecast, key) for key in keys]
    # The currency in which most is billed has the plain key.
    found = [
        one if one is None or one.currency == currency else reports.get(Forecast, f"{key}@{currency}")
        for key, one in zip(keys, plain, strict=True)
    ]
    fitting = [one if one and one.currency == currency and one.basis is choice.basis else None for one in found]
    this, following = (one if one and one.end > choice.today else None for one in fitting)
    if this is not None and this.start != choice.month:
        this = None
    rows = [row for one in (this, following) if one for row in _rows(one, site.store.costs.aws_forecasts(), language)]
    missing = "" if this else _missing(found[0], choice)
    return Outlook(this, following, rows, _score(this, language) if this else "", missing)


def _missing(one: Forecast | None, choice: Choice) -> str:
    if one is None or one.start != choice.month:
        return _("No forecast yet: it is made once two weeks of costs are known.")
    return _("The forecast is made by %(basis)s cost.", basis=basis_word(one.basis).lower())


def _rows(one: Forecast, aws: Sequence[AwsForecast], language: Language) -> list[Expectation]:
    currency, named = one.currency, short_month(language, one.start)
    rows = [Expectation("Lamplighter", named, rough(language, one.total, currency), _range(one, language))]
    if one.aws is not None:
        rows.append(Expectation("AWS", named, rough(language, one.aws, currency), _aws_range(one, aws, language)))
    elif not one.scope:
        told = next((each.problem for each in aws if each.problem and each.end == one.end), "")
        if told:
            rows.append(Expectation("AWS", named, "", "", language.say(told)))
    if one.baseline is not None:
        rows.append(Expectation(_("Seasonal naive"), named, rough(language, one.baseline, currency), ""))
    return rows


def _range(one: Forecast, language: Language) -> str:
    return about(language, one.low, one.high, one.currency)


def _aws_range(one: Forecast, aws: Sequence[AwsForecast], language: Language) -> str:
    """The interval of AWS around its own mean, moved to the whole month: what was spent before is certain."""
    parts = [each for each in aws if each.end == one.end and each.currency == one.currency and each.mean is not None]
    known = [(each.low, each.mean, each.high) for each in parts if each.low is not None and each.high is not None]
    if not known or len(known) != len(parts) or one.aws is None:
        return ""
    below = sum(((mean or Decimal(0)) - low for low, mean, _high in known), Decimal(0))
    above = sum((high - (mean or Decimal(0)) for _low, mean, high in known), Decimal(0))
    return about(language, one.aws - below, one.aws + above, one.currency)


def _score(one: Forecast, language: Language) -> str:
    made = _("Made with the days before %(day)s.", day=day(language, one.as_of))
    if not one.scored_on or one.error is None:
        return made + " " + _("It could not be scored on its own past yet.")
    error = language.percent(float(one.error))
    scored = ngettext(
        "Scored on one past forecast: it was off by %(error)s.",
        "Scored on %(num)s past forecasts: half of them were off by %(error)s or less.",
        one.scored_on,
        error=error,
    )
    return f"{made} {scored}"
