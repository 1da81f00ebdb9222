"""Pages of GetCostAndUsage as observations: nothing in an answer is taken for granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from collectors.answers import Item, inner, text
from collectors.costs.views import Grouping
from store.money import CostObservation

_DAY = timedelta(days=1)
_CODE_LENGTH = 3


class Nonsense(ValueError):
    """The pages are no answer to what was asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the pages say of the days [`start`, `end`): those that were answered, which may be fewer than were asked.

    `net_missing` says that a cost came without its net amount: AWS tells it only to accounts with discounts.
    """

    observations: Sequence[CostObservation]
    start: date
    end: date
    net_missing: bool = False


def understood(pages: Sequence[Item], grouping: Grouping, days: tuple[date, date], account: str, now: datetime) -> Told:
    """The observations of all pages of one reading. What cost nothing and was not used is left out.

    Raises:
        Nonsense: a day or a group is missing, came twice, or is no cost.
    """
    found: dict[tuple[date, tuple[str, ...], str], CostObservation] = {}
    listed: set[date] = set()
    missing = False
    for result in _results(pages):
        day = _day(result)
        if not days[0] <= day < days[1]:
            raise Nonsense(f"the answer has {day}, which was not asked for")
        listed.add(day)
        blank = _blank(account, grouping.view, day, now, estimated=result.get("Estimated") is not False)
        for keys, metrics in _groups(result, grouping):
            seen = _observation(blank, keys, metrics)
            if seen is None:
                continue
            key = (day, keys, seen.currency)
            if key in found:
                raise Nonsense(f"{day} has {', '.join(keys) or 'a total'} twice")
            found[key] = seen
            missing = missing or "NetUnblendedCost" not in metrics
    start, end = _unbroken(listed)
    return Told(list(found.values()), start, end, missing)


def _results(pages: Sequence[Item]) -> Iterator[Item]:
    for page in pages:
        results = page.get("ResultsByTime")
        if not isinstance(results, list) or not all(isinstance(result, Mapping) for result in results):
            raise Nonsense("the answer has no ResultsByTime")
        yield from results


def _day(result: Item) -> date:
    try:
        return date.fromisoformat(text(inner(result, "TimePeriod"), "Start"))
    except ValueError:
        raise Nonsense("a day of the answer has no TimePeriod") from None


def _groups(result: Item, grouping: Grouping) -> Iterator[tuple[tuple[str, ...], Item]]:
    if not grouping.by:
        if inner(result, "Total"):
            yield (), inner(result, "Total")
        return
    groups = result.get("Groups")
    if not isinstance(groups, list):
        raise Nonsense("a day of the answer has no Groups")
    for group in groups:
        keys = group.get("Keys") if isinstance(group, Mapping) else None
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise Nonsense("a group has no Keys")
        try:
            yield grouping.keys(keys), inner(group, "Metrics")
        except ValueError as error:
            raise Nonsense(f"a group is not of this view: {error}") from error


def _observation(blank: CostObservation, keys: tuple[str, ...], metrics: Item) -> CostObservation | None:
    day = blank.day
    unblended, currency = _amount(metrics, "UnblendedCost", day)
    amortized, other = _amount(metrics, "AmortizedCost", day)
    net, third = _amount(metrics, "NetUnblendedCost", day) if "NetUnblendedCost" in metrics else (unblended, currency)
    usage, unit = _amount(metrics, "UsageQuantity", day) if "UsageQuantity" in metrics else (Decimal(0), "")
    if unit in {"", "N/A"}:  # several units in one sum: the sum means nothing
        usage, unit = Decimal(0), ""
    if not (unblended or amortized or net or usage):
        return None
    if len({currency, other, third}) > 1:
        raise Nonsense(f"{day} has one cost in {currency}, {other} and {third}")
    if len(currency) != _CODE_LENGTH or not currency.isalpha():
        raise Nonsense(f"{day} has a cost in {currency or 'no currency'}")
    return replace(
        blank,
        keys=keys,
        currency=currency,
        unblended=unblended,
        amortized=amortized,
        net=net,
        usage=usage,
        unit=unit,
    )


def _blank(account: str, view: str, day: date, now: datetime, *, estimated: bool) -> CostObservation:
    nothing = Decimal(0)
    return CostObservation(account, view, day, (), "", nothing, nothing, nothing, now, estimated)


def _amount(metrics: Item, name: str, day: date) -> tuple[Decimal, str]:
    metric = inner(metrics, name)
    amount = decimal(metric.get("Amount"))
    if amount is None:
        raise Nonsense(f"{day} has no {name}")
    return amount, text(metric, "Unit")


def decimal(value: Any) -> Decimal | None:  # noqa: ANN401  whatever came over the wire
    """An amount as AWS writes it, as text or as a number; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _unbroken(listed: set[date]) -> tuple[date, date]:
    """The days from the first to the one after the last. A missing day is no zero, so there may be none between."""
    if not listed:
        raise Nonsense("the answer has no days")
    start, end = min(listed), max(listed) + _DAY
    if len(listed) != (end - start).days:
        gone = next(day for day in (start + _DAY * number for number in range(len(listed))) if day not in listed)
        raise Nonsense(f"the answer lacks {gone}")
    return start, end
