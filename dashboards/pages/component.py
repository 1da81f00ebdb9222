"""The component page: charts that share one cursor, the resources behind them, and what the checks say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from dashboards.charts.window import POINTS, RANGES, ROWS, Window, iso, window_of
from dashboards.language import Language, current_language, ngettext
from dashboards.pages import board
from dashboards.pages.checks import check_name, own_id, says
from dashboards.pages.component_view import ComponentView, chart_rows, find_component, payload
from dashboards.pages.money_now import money_line
from dashboards.site import Site, current_site
from store.durations import parse_duration
from store.vocabulary import HealthObservation

DAY = 86400
HISTORY = timedelta(days=7)
"""How far back the history of the checks is shown."""


def blueprint() -> Blueprint:
    """GET /components/<name>, its points, and the parts of it that renew themselves."""
    pages = Blueprint("component", __name__)
    pages.get("/components/<name>")(page)
    pages.get("/components/<name>/points")(points)
    pages.get("/components/<name>/now")(how_it_is)
    return pages


def page(name: str) -> str:
    """The page of a component in one environment; `view=table` shows the charts as tables."""
    site, now, language = current_site(), g.now, current_language()
    view = _found(site, name, now)
    table = request.args.get("view") == "table"
    window = window_of(request.args, now, ROWS if table else POINTS)
    rows = chart_rows(site, view.charts, window, language)
    return render_template(
        "component.html",
        view=view,
        window=window,
        table=table,
        rows=rows,
        ranges=[(each, _address(view, {**_choice(table), "range": each})) for each in RANGES],
        table_href=_address(view, {**window.query, **_choice(table=not table)}),
        points_href=f"/components/{name}/points?{urlencode({'env': view.environment})}",
        siblings=[(each, title, board.href_of(each, name) + _suffix(window)) for each, title in view.siblings],
        brief=window.end - window.start <= DAY,
        range_word=_range_word,
        span=span_of(language, window),
        csv=lambda series: f"/api/v1/series/{series}/points.csv?{urlencode(_fixed(window))}",
        money=money_line(site.store, language, view.environment, name),
        **_state(site, view, language, now),
    )


def how_it_is(name: str) -> str:
    """The head and the checks alone, for a page that stays open."""
    site, now, language = current_site(), g.now, current_language()
    view = _found(site, name, now)
    return render_template("component_now.html", view=view, **_state(site, view, language, now))


def _state(site: Site, view: ComponentView, language: Language, now: datetime) -> dict[str, Any]:
    def written(latest: HealthObservation) -> str:
        counted = latest.unit in board.COUNTED and says(language.say(latest.reason), latest.value)
        return "" if counted else board.measured(latest.value, latest.unit, language)

    return {
        "written": written,
        "check_name": check_name,
        "own_id": own_id,
        "now_href": f"/components/{view.name}/now?{urlencode({'env': view.environment})}",
        "transitions": site.store.health.transitions(
            now - HISTORY, now, environment=view.environment or None, component=view.name
        ),
    }


def points(name: str) -> ResponseReturnValue:
    """The values of the component's charts over a window; `more=1` for those below the first."""
    site, now = current_site(), g.now
    view = _found(site, name, now)
    window = window_of(request.args, now)
    charts = view.more if request.args.get("more") else view.first
    return jsonify(payload(site, charts, window, current_language(), view.events(site, window)))


def _found(site: Site, name: str, now: datetime) -> ComponentView:
    view = find_component(site, name, request.args.get("env", "")[:64], now)
    if view is None:
        abort(404)
    return view


def _range_word(name: str) -> str:
    hours = int(parse_duration(name).total_seconds()) // 3600
    if hours < 48:  # noqa: PLR2004  from two days on people count days
        return ngettext("%(num)s hour", "%(num)s hours", hours)
    return ngettext("%(num)s day", "%(num)s days", hours // 24)


def span_of(language: Language, window: Window) -> str:
    """A window as people write it, in the reader's zone."""
    start, end = (datetime.fromtimestamp(at, UTC) for at in (window.start, window.end))
    until = language.time(end) if language.date(start) == language.date(end) else language.moment(end, "short")
    return f"{language.moment(start, 'short')} \N{EN DASH} {until}"


def _choice(table: bool) -> dict[str, str]:  # noqa: FBT001  it is the state of the page, named where it is called
    return {"view": "table"} if table else {}


def _address(view: ComponentView, words: dict[str, str]) -> str:
    query = {"env": view.environment, **words} if view.environment else words
    return f"/components/{view.name}" + (f"?{urlencode(query)}" if query else "")


def _suffix(window: Window) -> str:
    return f"&{urlencode(window.query)}" if window.query else ""


def _fixed(window: Window) -> dict[str, str]:
    return {"from": iso(window.start), "to": iso(window.end)}
