"""The page of one firing: its whole story, its chart with the limit and the time it fired, and what can be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from dashboards.asking import HOUR
from dashboards.charts.grouping import charts_of
from dashboards.charts.window import POINTS, ROWS, Window, iso, window_of
from dashboards.language import Language, current_language
from dashboards.pages.alerts.acts import ACTS, confirm, found_or_404
from dashboards.pages.alerts.story import Story, read_story
from dashboards.pages.alerts.words import HEALTH_COLOURS, HEALTHS, quantity, refusal, runbook_of, said, shortened
from dashboards.pages.component import span_of
from dashboards.pages.component_view import chart_rows, events_of, payload
from dashboards.site import Site, current_site
from store.alerting import Episode
from store.vocabulary import Series

BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=30)
"""What the chart shows around a firing."""
DAY = 86400


def page(episode: str) -> str | Response:
    """The whole page; `view=table` shows the chart as a table, `ask` first asks whether to do what a link says."""
    site, language = current_site(), current_language()
    found = found_or_404(episode)
    if request.args.get("ask") in ACTS:
        return confirm(found, request.args["ask"])
    table = request.args.get("view") == "table"
    window = window_around(found, g.now, ROWS if table else POINTS)
    series = _series_of(site, found)
    rows = chart_rows(site, charts_of(series, site.facts_of, tuple(site.metrics)), window, language)
    fixed = {"from": iso(window.start), "to": iso(window.end)}
    return render_template(
        "alert.html",
        rows=rows,
        window=window,
        table=table,
        span=span_of(language, window),
        brief=window.end - window.start <= DAY,
        points_href=f"/alerts/{found.id}/points?x=1",
        table_href=f"/alerts/{found.id}?{urlencode(fixed if table else {**fixed, 'view': 'table'})}",
        link=f"/alerts/{found.id}?{urlencode(fixed)}",
        csv=lambda name: f"/api/v1/series/{name}/points.csv?{urlencode(fixed)}",
        **_words(site, found, language),
    )


def how_it_is(episode: str) -> str:
    """The parts of the page that change, for one that stays open."""
    return render_template("alert_now.html", **_words(current_site(), found_or_404(episode), current_language()))


def points(episode: str) -> ResponseReturnValue:
    """The values of the chart, with the limit and the time in which it fired."""
    site, language = current_site(), current_language()
    found = found_or_404(episode)
    window = window_around(found, g.now, POINTS)
    charts = charts_of(_series_of(site, found), site.facts_of, tuple(site.metrics))
    alert = found.alert
    events = events_of(site, window, alert.environment or "", alert.component or "")
    answer = payload(site, charts, window, language, events)
    end = found.resolved_at or g.now
    answer["spans"] = [[int(found.fired_at.timestamp()), int(end.timestamp()), language.text("firing")]]
    if alert.limit is not None:
        answer["limit"] = [alert.limit, language.text("limit %(value)s", value=quantity(alert.limit, alert.unit))]
    return jsonify(answer)


def opened(episode: str) -> ResponseReturnValue:
    """Note that a person looked: the page's script says so, programs that follow links do not."""
    current_site().store.alerts.opened(found_or_404(episode).id, g.now)
    return make_response("", 204)


def window_around(episode: Episode, now: datetime, most: int) -> Window:
    """The times of the address; else the firing with an hour before it and half an hour after."""
    if request.args.get("from"):
        return window_of(request.args, now, most)
    end = min(now, (episode.resolved_at or now) + AFTER)
    words = {"from": str(int((episode.fired_at - BEFORE).timestamp())), "to": str(int(end.timestamp()))}
    return window_of(words, now, most)


def _series_of(site: Site, episode: Episode) -> list[Series]:
    name = episode.alert.series_id
    found = site.store.series.get(name) if name else None
    return [found] if found else []


def _words(site: Site, episode: Episode, language: Language) -> dict[str, Any]:
    story = read_story(site, episode, g.now, language)
    alert = episode.alert
    rules = {rule.id: rule for rule in site.rules()}
    state = site.store.alerts.rule_states().get(alert.rule_id)
    return {
        "story": story,
        "episode": episode,
        "row": story.row,
        "sentence": _sentence(story, language),
        "runbook": runbook_of(alert),
        "rule_known": alert.rule_id in rules,
        "version": shortened(alert.rule_version, 40),
        "rule_state": state,
        "reason": said(language, alert.reason),
        "problem": said(language, state.problem, 300) if state else "",
        "refused": [refusal(each, language) for each in story.refused],
        "health": language.say(HEALTHS[alert.health]),
        "health_colour": HEALTH_COLOURS[alert.health],
        "worst": quantity(episode.worst, alert.unit),
        "hour": HOUR,
        "now_href": f"/alerts/{episode.id}/now",
        "component_href": _component_href(episode),
        "next_href": f"/alerts/{episode.id}",
        "token": None,
    }


def _component_href(episode: Episode) -> str:
    alert = episode.alert
    if not alert.component:
        return ""
    return f"/components/{alert.component}" + (f"?{urlencode({'env': alert.environment})}" if alert.environment else "")


def _sentence(story: Story, language: Language) -> str:
    """One sentence that says how it is: since when and how long it fires, or when it was over."""
    episode = story.episode
    lasted = language.duration((episode.resolved_at or g.now) - episode.fired_at)
    if episode.resolved_at:
        if not episode.acknowledged_at:
            return language.text("It is over. It fired for %(length)s; nobody acknowledged it.", length=lasted)
        by = shortened(episode.acknowledged_by, 80)
        return language.text("It is over. It fired for %(length)s; %(who)s acknowledged it.", length=lasted, who=by)
    if story.row.state:
        return language.text("It has fired for %(length)s and is recovering.", length=lasted)
    return language.text("It has fired for %(length)s.", length=lasted)
