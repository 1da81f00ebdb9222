"""What happened on the days that are shown: deployments and other changes, and costs that are not as expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from dashboards.language import Language, ngettext
from dashboards.pages.component_view import NOT_ON_CHARTS
from dashboards.pages.cost.words import scope_word, signed
from dashboards.site import Site
from store.money import CostAnomaly
from store.vocabulary import Event

MOST = 500


@dataclass(frozen=True, slots=True)
class Timeline:
    """Changes by UTC day, oldest first, and the anomalies with a day in the month, newest first."""

    changes: dict[date, list[Event]]
    anomalies: Sequence[CostAnomaly]

    def told(self, day: date, currency: str, language: Language) -> list[str]:
        """What happened on a day, in the words of those who recorded it, and what became unusual then."""
        unusual = [_unusual(one, language) for one in self.of(currency) if one.start == day]
        return [*unusual, *(event.title for event in self.changes.get(day, []))]

    def of(self, currency: str) -> list[CostAnomaly]:
        """The anomalies in one currency."""
        return [one for one in self.anomalies if one.currency == currency]


def read_timeline(site: Site, start: date, end: date, place: dict[str, str]) -> Timeline:
    """Read what happened in [start, end) at a place, by its environment, component and service where they are given."""
    moments = (datetime.combine(day, time(), UTC) for day in (start, end))
    found = site.store.events.between(
        *moments, environment=place.get("environment"), component=place.get("component"), limit=MOST
    )
    changes: dict[date, list[Event]] = defaultdict(list)
    for event in sorted(found, key=lambda each: each.at):
        # An unusual cost is told as such, with its days; when it was found says little.
        if not event.kind.startswith((*NOT_ON_CHARTS, "cost.", "alert.")):
            changes[event.at.astimezone(UTC).date()].append(event)
    anomalies = site.store.anomalies.find(start=start, end=end)
    return Timeline(dict(changes), [one for one in anomalies if concerns(one, place)])


def concerns(one: CostAnomaly, place: dict[str, str]) -> bool:
    """Whether an anomaly is of a place, or may be: what names no component can be of any."""
    named = {"environment": one.environment, "component": one.component, "service": one.service}
    return all(named.get(name) in {None, value} for name, value in place.items())


def marks(timeline: Timeline, currency: str, language: Language, today: date) -> dict[str, object]:
    """What the chart draws: lines for the changes of each day, shaded days with a name for anomalies."""
    lines: list[tuple[int, str]] = []
    for _day, events in sorted(timeline.changes.items()):
        told = events[0].title if len(events) == 1 else ngettext("%(num)s change", "%(num)s changes", len(events))
        lines.append((int(events[0].at.timestamp()), told))
    spans = [
        (_seconds(one.start), _seconds(max(min(one.end, today), one.start + timedelta(days=1))))
        for one in timeline.of(currency)
    ]
    lines += [(_seconds(one.start), _unusual(one, language)) for one in timeline.of(currency)]
    return {"events": sorted(lines), "spans": spans}


def _unusual(one: CostAnomaly, language: Language) -> str:
    return f"{signed(language, one.impact, one.currency)} {scope_word(one.scope)}"


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
