"""What the component page shows, read from the store and worked out: charts with values, resources, checks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboards.charts.drawing import Drawn, caption, compact, draw, step_of, window_for
from dashboards.charts.grouping import Chart, Line, charts_of
from dashboards.charts.spark import Frame, Pair, path
from dashboards.charts.units import format_value
from dashboards.charts.window import Window
from dashboards.errors import NothingThere
from dashboards.language import Language
from dashboards.pages.board import environments, title_of
from dashboards.site import Site
from dashboards.verdict import ComponentVerdict, judge, split_title
from store.messages import Message
from store.vocabulary import Event, Gap, Resource

FIRST = 8
"""Charts drawn at once; the others wait behind a heading until they are asked for."""
NOT_ON_CHARTS = ("login.", "job.", "health.", "silence.", "alert.acknowledged", "alert.unacknowledged")
ANNOTATIONS = 40
GAPS_TOLD = 2
"""Gaps that a caption tells with their times; the others are counted."""


@dataclass(frozen=True, slots=True)
class ComponentView:
    """One component of one environment.

    `made_of` is what its title says in brackets; `siblings` are (environment, title) of the same component elsewhere.
    """

    name: str
    title: str
    made_of: str
    environment: str
    environment_title: str
    verdict: ComponentVerdict | None
    charts: tuple[Chart, ...]
    resources: tuple[Resource, ...]
    siblings: tuple[tuple[str, str], ...]

    @property
    def first(self) -> tuple[Chart, ...]:
        """The charts that are drawn at once."""
        return self.charts[:FIRST]

    @property
    def more(self) -> tuple[Chart, ...]:
        """The charts that wait."""
        return self.charts[FIRST:]

    def events(self, site: Site, window: Window) -> list[Event]:
        """What happened in the window to this component, its environment or everything: the annotations."""
        return events_of(site, window, self.environment, self.name)


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A chart as the page prints it. `lines` are (series id, label); `paths` draw it where there is no script."""

    drawn: Drawn
    title: str
    per: str
    caption: str
    lines: tuple[tuple[str, str], ...]
    paths: tuple[str, ...]
    first: bool
    table: tuple[tuple[datetime, tuple[str, ...]], ...]


def events_of(site: Site, window: Window, environment: str, component: str) -> list[Event]:
    """What happened in a window to a component, its environment or everything, oldest first.

    Where the place is an empty word, only what concerns everything counts.
    """
    found = site.store.events.between(
        _when(window.start),
        _when(window.end),
        environment=environment,
        component=component,
        limit=500,
    )
    fitting = [event for event in found if not event.kind.startswith(NOT_ON_CHARTS)]
    return sorted(fitting, key=lambda event: event.at)[-ANNOTATIONS:]


def find_component(site: Site, name: str, environment: str, now: datetime) -> ComponentView | None:
    """Find a component by name, in the environment or in the first that has it; None where nothing is known of it.

    Raises:
        NothingThere: the stack declares environments, and this one is neither declared nor found.
    """
    store, stack = site.store, site.stack
    resources = store.resources.find(include_closed=True)
    verdict = judge(stack, store.health.states(), store.jobs.all(), resources, now, asleep=store.power.asleep(now))
    here = [each for each in verdict.components if each.component == name]
    every = environments(stack, verdict)
    known = [each for each in every if each in {found.environment for found in here}]
    if name not in stack.components and not here:
        return None
    if environment and stack.environments and environment not in every:
        raise NothingThere(_unknown_environment(environment, every))
    chosen = environment or (known[0] if known else "")
    found = store.series.find(environment=chosen or None, component=name)
    described = stack.components.get(name)
    title, made_of = split_title((described.title if described else "") or name)
    return ComponentView(
        name=name,
        title=title,
        made_of=made_of,
        environment=chosen,
        environment_title=title_of(stack, chosen),
        verdict=next((each for each in here if each.environment == chosen), None),
        charts=tuple(charts_of(found, site.facts_of, tuple(site.metrics))),
        resources=tuple(
            sorted(
                store.resources.find(environment=chosen or None, component=name),
                key=lambda resource: (resource.type, resource.name, resource.id),
            )
        ),
        siblings=tuple((each, title_of(stack, each)) for each in known),
    )


def _unknown_environment(asked: str, every: Sequence[str]) -> Message:
    there = ", ".join(each for each in every if each)
    return Message("There is no environment %(asked)s; there is %(there)s.", asked=asked, there=there)


def _when(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def drawn_charts(site: Site, charts: Sequence[Chart], window: Window) -> list[Drawn]:
    """Read the values of all charts: one read for each step that is needed, usually one."""
    samples = site.store.samples
    by_step: dict[int, list[str]] = defaultdict(list)
    for chart in charts:
        by_step[step_of(chart, window)] += [line.series.id for line in chart.lines]
    points: dict[str, list[Pair]] = {}
    for step, ids in by_step.items():
        shown = window_for(step, window)
        read = samples.read(ids, shown.start // step * step, shown.end, step=step)
        points |= {each: found.pairs() for each, found in read.items()}
    ids = [each for ids in by_step.values() for each in ids]
    cursors = site.store.cursors.get(ids) if ids else {}
    collected = {each: cursor.collected_to for each, cursor in cursors.items()}
    return [
        draw(chart, window, points, _gaps(site, chart, window_for(step_of(chart, window), window)), collected)
        for chart in charts
    ]


def _gaps(site: Site, chart: Chart, window: Window) -> list[Gap]:
    # One line speaks for the chart: a collector loses all statistics of a metric together.
    return list(site.store.samples.gaps(chart.lines[0].series.id, window.start, window.end))


def payload(
    site: Site, charts: Sequence[Chart], window: Window, language: Language, events: Sequence[Event]
) -> dict[str, object]:
    """Everything a browser draws, in one answer."""
    drawn = drawn_charts(site, charts, window)
    return {
        "from": window.start,
        "to": window.end,
        "range": window.range,
        "charts": [{**compact(each), "caption": _caption(site, each, language)} for each in drawn],
        "events": [[int(event.at.timestamp()), event.title] for event in events],
    }


def chart_rows(site: Site, charts: Sequence[Chart], window: Window, language: Language) -> list[ChartRow]:
    """The charts with their words and tables."""
    drawn = drawn_charts(site, charts, window)
    return [_row(site, each, language, first=at < FIRST) for at, each in enumerate(drawn)]


def _row(site: Site, drawn: Drawn, language: Language, *, first: bool) -> ChartRow:
    chart = drawn.chart
    totals = chart.lines[0].series.key.stat in {"Sum", "SampleCount"}
    rows = zip(drawn.times, *drawn.values, strict=True)
    return ChartRow(
        drawn=drawn,
        title=_title(site, chart, language),
        per=_per(drawn.step, language) if totals else "",
        caption=_caption(site, drawn, language),
        lines=tuple((line.series.id, _label(site, line, language)) for line in chart.lines),
        paths=_paths(drawn),
        first=first,
        table=tuple(
            (_when(time), tuple(format_value(value, chart.unit) for value in values))
            for time, *values in rows
            if any(value is not None for value in values)
        )[::-1],
    )


def _caption(site: Site, drawn: Drawn, language: Language) -> str:
    several = len(drawn.chart.lines) > 1
    said = [language.say(caption(drawn, _label(site, drawn.chart.lines[0], language) if several else ""))]
    if drawn.span and not drawn.empty:
        span = timedelta(seconds=drawn.span[1] - drawn.span[0])
        said.append(language.text("Over the last %(span)s.", span=language.duration(span)))
    for gap in drawn.gaps[-GAPS_TOLD:]:
        start, end = (language.time(_when(at)) for at in (gap.start, gap.end))
        why = f": {language.say(gap.reason)}" if gap.reason else ""
        said.append(language.text("No data from %(start)s to %(end)s%(why)s.", start=start, end=end, why=why))
    if len(drawn.gaps) > GAPS_TOLD:
        more = len(drawn.gaps) - GAPS_TOLD
        said.append(language.plural("One gap more.", "%(num)s gaps more.", more))
    return " ".join(said)


def _title(site: Site, chart: Chart, language: Language) -> str:
    title = language.text(chart.title) if chart.title else site.facts_of(chart.lines[0].series).title_in(language.code)
    return f"{title} · {language.text(chart.subject)}" if chart.subject else title


def _label(site: Site, line: Line, language: Language) -> str:
    metric = site.facts_of(line.series).title_in(language.code) if line.metric else ""
    return " ".join(part for part in (metric, line.detail) if part)


def _per(step: int, language: Language) -> str:
    alone = {60: language.text("minute"), 3600: language.text("hour"), 86400: language.text("day")}
    if step in alone:
        return alone[step]
    if step % 86400 == 0:
        return language.plural("%(num)s day", "%(num)s days", step // 86400)
    if step % 3600 == 0:
        return language.plural("%(num)s hour", "%(num)s hours", step // 3600)
    return language.plural("%(num)s minute", "%(num)s minutes", step // 60)


def _paths(drawn: Drawn) -> tuple[str, ...]:
    times = drawn.times
    frame = Frame(times.start, times.stop, drawn.step, width=320, height=90)
    lines = [
        [(time, value) for time, value in zip(times, line, strict=True) if value is not None] for line in drawn.values
    ]
    peak = max((value for line in lines for _, value in line), default=1.0)
    return tuple(path(line, frame, peak) if line else "" for line in lines)
