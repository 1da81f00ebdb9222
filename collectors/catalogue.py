"""The catalogue of metrics: read from YAML, checked, and merged with the files of users."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from collectors.catalogue_file import CatalogueFile, ExpressionModel, GroupModel, MetricModel, Title
from collectors.config import STEPS, is_step
from collectors.errors import BadCatalogue
from collectors.statistics import statistic_fault
from store.durations import parse_duration
from store.vocabulary import Absent

MATH = "Math"
"""The namespace of series that are made by metric math."""
EXPRESSION_STAT = "Expression"
"""The statistic of such a series."""


_Placed = dict[tuple[str, ...], "Entry"]
_Loader = type[yaml.SafeLoader | yaml.CSafeLoader]
_QUICK: _Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""For our own file: libyaml takes a tenth of the time, but recurses without a bound."""


@dataclass(frozen=True, slots=True)
class Period:
    """CloudWatch's own step in seconds, which may depend on an attribute of the resource."""

    seconds: int
    by: str = ""
    cases: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One metric or expression of the catalogue, with what its group says. Lengths of time are in seconds.

    `inputs` of an expression are (name, metric, statistic). `fetched_with` is equal for entries that one request
    asks for together.
    """

    namespace: str
    metric: str
    stats: tuple[str, ...]
    resource: str | None
    dimensions: tuple[tuple[str, str], ...]
    period: Period
    absent: Absent
    unit: str = ""
    kind: str = ""
    direction: str = "neutral"
    headline: int = 0
    title_en: str = ""
    title_ko: str = ""
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    listed_in: str | None = None
    region: str | None = None
    poll: int = 0
    late: int = 0
    discover: bool = False
    enabled: bool = True
    expression: str = ""
    inputs: tuple[tuple[str, str, str], ...] = ()
    fetched_with: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What an entry of a later file must share to take this one's place."""
        owner = self.resource or ",".join(f"{name}={value}" for name, value in self.dimensions)
        return (MATH if self.expression else self.namespace, owner, self.metric)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries that are enabled, in the order of the files."""

    entries: tuple[Entry, ...]

    def without(self, namespaces: Iterable[str]) -> Catalogue:
        """The catalogue with whole namespaces left out."""
        skipped = set(namespaces)
        return Catalogue(tuple(entry for entry in self.entries if entry.namespace not in skipped))

    def describe(self) -> list[dict[str, Any]]:
        """What pages need to know of each metric, as JSON: titles, unit, direction, headline rank."""
        return [
            {
                "namespace": MATH if entry.expression else entry.namespace,
                "metric": entry.metric,
                "stats": list(entry.stats),
                "resource": entry.resource,
                "unit": entry.unit,
                "kind": entry.kind,
                "direction": entry.direction,
                "headline": entry.headline,
                "title": {"en": entry.title_en, "ko": entry.title_ko or entry.title_en},
                "absent": entry.absent.value,
                "expression": entry.expression,
            }
            for entry in self.entries
        ]


def shipped() -> Catalogue:
    """The catalogue that comes with Lamplighter."""
    text = (files("collectors") / "catalogue.yaml").read_text(encoding="utf-8")
    return Catalogue(_enabled(parse(text, "catalogue.yaml", loader=_QUICK)))


def load_catalogue(paths: Sequence[Path] = (), skip: Iterable[str] = ()) -> Catalogue:
    """The shipped catalogue with the entries of users' files added or put in their place.

    Raises:
        BadCatalogue: a file cannot be read or used; every fault of every file is listed.
    """
    text = (files("collectors") / "catalogue.yaml").read_text(encoding="utf-8")
    entries: _Placed = {entry.place: entry for entry in parse(text, "catalogue.yaml", loader=_QUICK)}
    kinds = {(entry.namespace, entry.metric): entry.kind for entry in entries.values()}
    faults: list[str] = []
    for path in paths:
        try:
            mine = parse(path.read_text(encoding="utf-8"), str(path), kinds)
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{path}: cannot be read ({error}): check `collect.catalogue`")
        except BadCatalogue as error:
            faults.extend(error.faults)
        else:
            entries = _overridden(entries, mine)
    if faults:
        raise BadCatalogue(faults)
    return Catalogue(_enabled(entries.values())).without(skip)


def _overridden(entries: _Placed, mine: Iterable[Entry]) -> _Placed:
    """One's own entries before those they add to: the first that fits a resource holds for it.

    An entry without conditions takes the place of the one that it names; one with a `when` stands before it and
    holds for the resources that it describes alone.
    """
    narrow = {(*entry.place, str(entry.when)): entry for entry in mine if entry.when}
    plain = {entry.place: entry for entry in mine if not entry.when}
    return narrow | plain | {place: entry for place, entry in entries.items() if place not in plain | narrow}


def parse(
    text: str, name: str, kinds: dict[tuple[str, str], str] | None = None, *, loader: _Loader = yaml.SafeLoader
) -> list[Entry]:
    """The entries of one file. `kinds` are the known kinds of metrics, for entries that do not say theirs.

    Raises:
        BadCatalogue: with every fault, each with its path in the file.
    """
    try:
        model = CatalogueFile.model_validate(yaml.load(text, loader))  # noqa: S506  safe ones only
    except (yaml.YAMLError, RecursionError) as error:
        raise BadCatalogue([f"{name}: is no YAML: {' '.join(str(error).split())}"]) from error
    except ValidationError as error:
        raise BadCatalogue([_told(name, fault) for fault in error.errors()]) from error
    faults: list[str] = []
    entries: list[Entry] = []
    for index, group in enumerate(model.groups):
        made, wrong = _entries_of(group, kinds or {})
        entries.extend(made)
        faults.extend(f"{name}: groups.{index}.{fault}" for fault in wrong)
    if faults:
        raise BadCatalogue(faults)
    return entries


def _entries_of(group: GroupModel, kinds: dict[tuple[str, str], str]) -> tuple[list[Entry], list[str]]:
    faults: list[str] = []
    entries: list[Entry] = []
    for index, metric in enumerate(group.metrics):
        kind = metric.kind or kinds.get((group.namespace, metric.metric), "")
        for stat in metric.stats:
            fault = statistic_fault(group.namespace, metric.metric, stat, kind)
            if fault:
                faults.append(f"metrics.{index}.stats: {fault}")
        try:
            entries.append(_metric_entry(group, metric, kind))
        except ValueError as error:
            faults.append(f"metrics.{index}: {error}")
    known = {entry.metric: entry.kind for entry in entries}
    for index, described in enumerate(group.expressions):
        inputs = tuple((name, *_two_words(source)) for name, source in described.inputs.items())
        for _, metric_name, stat in inputs:
            kind = known.get(metric_name) or kinds.get((group.namespace, metric_name), "")
            fault = statistic_fault(group.namespace, metric_name, stat, kind)
            if fault:
                faults.append(f"expressions.{index}.inputs: {fault}")
        entries.append(_expression_entry(group, described, inputs))
    return _fetched_together(entries), faults


def _metric_entry(group: GroupModel, metric: MetricModel, kind: str) -> Entry:
    title = metric.title or Title(en=metric.metric)
    return Entry(
        namespace=group.namespace,
        metric=metric.metric,
        stats=tuple(dict.fromkeys(metric.stats)),
        resource=group.resource,
        dimensions=tuple(sorted(group.dimensions.items())),
        period=_period(metric.period or group.period),
        absent=metric.absent or group.absent,
        unit=metric.unit or "",
        kind=kind,
        direction=metric.direction,
        headline=metric.headline,
        title_en=title.en,
        title_ko=title.ko,
        when=_conditions(group),
        listed_in=group.listed_in,
        region=group.region,
        poll=_seconds(metric.poll or group.poll),
        late=_seconds(metric.late or group.late),
        discover=group.discover,
        enabled=metric.enabled,
        fetched_with=metric.metric,
    )


def _expression_entry(group: GroupModel, described: ExpressionModel, inputs: tuple[tuple[str, str, str], ...]) -> Entry:
    title = described.title or Title(en=described.id)
    return Entry(
        namespace=group.namespace,
        metric=described.id,
        stats=(EXPRESSION_STAT,),
        resource=group.resource,
        dimensions=tuple(sorted(group.dimensions.items())),
        period=_period(group.period),
        absent=described.absent or Absent.UNKNOWN,
        unit=described.unit or "",
        direction=described.direction,
        headline=described.headline,
        title_en=title.en,
        title_ko=title.ko,
        when=_conditions(group),
        region=group.region,
        poll=_seconds(group.poll),
        late=_seconds(group.late),
        enabled=described.enabled,
        expression=described.expression,
        inputs=inputs,
        # Asked for with its inputs, whose queries it then shares: only metrics are billed, never expressions.
        fetched_with=inputs[0][1],
    )


def _fetched_together(entries: list[Entry]) -> list[Entry]:
    """Give the entries that expressions tie together one `fetched_with`."""
    home = {entry.metric: entry.metric for entry in entries}

    def root(name: str) -> str:
        while home.get(name, name) != name:
            name = home[name]
        return name

    for entry in entries:
        for _, metric, _ in entry.inputs:
            home[root(metric)] = root(entry.metric)
    return [replace(entry, fetched_with=root(entry.metric)) for entry in entries]


def _period(given: timedelta | dict[str, str]) -> Period:
    """Raises ValueError when a period is no whole number of minutes, or its cases are incomplete."""
    if isinstance(given, timedelta):
        return Period(_step(given))
    cases = {name: length for name, length in given.items() if name not in {"by", "else"}}
    if "by" not in given or "else" not in given or not cases:
        raise ValueError("a period that depends on an attribute reads {by: monitoring, detailed: 1m, else: 5m}")
    return Period(
        _step(parse_duration(given["else"])),
        given["by"],
        tuple((name, _step(parse_duration(length))) for name, length in cases.items()),
    )


def _step(length: timedelta) -> int:
    seconds = _seconds(length)
    if not is_step(seconds):
        raise ValueError(f"a period is {STEPS}")
    return seconds


def _seconds(length: timedelta | None) -> int:
    return int(length.total_seconds()) if length else 0


def _conditions(group: GroupModel) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (attribute, (patterns,) if isinstance(patterns, str) else tuple(patterns))
        for attribute, patterns in group.when.items()
    )


def _two_words(source: str) -> tuple[str, str]:
    metric, stat = source.split()
    return metric, stat


def _enabled(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.enabled)


def _told(name: str, fault: Any) -> str:  # noqa: ANN401  pydantic's own error details
    path = ".".join(str(part) for part in fault["loc"])
    return f"{name}: {path}: {fault['msg'].removeprefix('Value error, ')}"
