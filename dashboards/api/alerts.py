"""GET alerts and their story, silences, rules, deliveries and obligations; asking for acknowledgements and silences."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from flask import abort, g, request

from dashboards.api.endpoint import COMPONENT, ENVIRONMENT, Arguments, Endpoint, Parameter
from dashboards.api.models.alerting import (
    AcknowledgeBody,
    AlertAnswer,
    AlertPage,
    AlertStory,
    AlertTransitionAnswer,
    Asked,
    DeliveryAnswer,
    DeliveryPage,
    ObligationAnswer,
    ObligationPage,
    RuleAnswer,
    RulePage,
    SilenceAnswer,
    SilenceBody,
    SilencePage,
)
from dashboards.asking import ACKNOWLEDGE, END_SILENCE, EPISODE, SILENCE, as_json, ask, read_matchers
from dashboards.errors import BadParameter
from dashboards.language import current_language
from dashboards.pages.alerts.filters import cursor_of, read_cursor
from dashboards.pages.alerts.recent import recent
from dashboards.pages.alerts.silences import still_there
from dashboards.pages.alerts.story import transitions_of
from dashboards.pages.alerts.words import cleaned
from dashboards.site import current_site
from store.alerting import DeliveryState, Episode, Score, Severity
from store.alerting.overview import Overview, Wanted
from store.vocabulary import Intent

_PERIOD = timedelta(days=30)
_LIMIT = Parameter("limit", "How many at most.", "integer", 100, least=1, most=1000)
_SILENCES = 1000


def alerts(arguments: Arguments) -> AlertPage:
    """Firings: those that go on, the worst first; or all, the newest first."""
    overview, limit = Overview(current_site().store.database), arguments["limit"]
    severity = Severity(arguments["severity"]) if arguments["severity"] else None
    wanted = Wanted(
        arguments["environment"],
        arguments["component"],
        arguments["rule"],
        severity,
        arguments["from"],
        arguments["to"],
    )
    if arguments["state"] == "firing":
        total = sum(each.number for each in overview.counts(wanted))
        return AlertPage(items=_answers(overview.firing(limit, wanted)), total=total)
    after = read_cursor(arguments["after"] or "")
    if arguments["after"] and after is None:
        raise BadParameter("after", "it is no place in the history: use the address under `next`")
    found = overview.history(limit + 1, wanted, after)
    some = found[:limit]
    follows = cursor_of(some[-1].fired_at, some[-1].id) if found[limit:] else None
    return AlertPage(items=_answers(some), total=overview.count(wanted), next=_next(follows))


def _answers(some: list[Episode]) -> list[AlertAnswer]:
    return [AlertAnswer.from_store(one, current_language()) for one in some]


def _next(after: str | None) -> str | None:
    if after is None:
        return None
    words = {**request.args.to_dict(), "after": after}
    return f"{request.path}?{urlencode(words)}"


def story(_arguments: Arguments, alert_id: str) -> AlertStory:
    """One firing."""
    site, language = current_site(), current_language()
    episode = _found(alert_id)
    return AlertStory(
        alert=AlertAnswer.from_store(episode, language),
        why=cleaned(episode.alert.why),
        transitions=[AlertTransitionAnswer.from_store(one, language) for one in transitions_of(site, episode)],
        deliveries=[
            DeliveryAnswer.from_store(one, language)
            for one in site.store.outbox.deliveries(episode=episode.id, limit=100)
        ],
    )


def _found(name: str) -> Episode:
    episode = current_site().store.alerts.episode(name) if EPISODE.fullmatch(name) else None
    return episode or abort(404)


def acknowledge(_arguments: Arguments, alert_id: str, body: AcknowledgeBody) -> Asked:
    """Ask for the acknowledgement of a firing."""
    del body
    return _asked(ask(current_site(), ACKNOWLEDGE, {"episode": _found(alert_id).id}))


def silences(arguments: Arguments) -> SilencePage:
    """Silences, newest first."""
    found = current_site().store.silences.all(arguments["limit"])
    return SilencePage(items=[SilenceAnswer.from_store(one, g.now) for one in found], total=len(found))


def silence(_arguments: Arguments, body: SilenceBody) -> Asked:
    """Ask for a silence."""
    if bool(body.alert) == bool(body.matchers):
        raise BadParameter("matchers", "give either `alert` or `matchers`")
    payload: dict[str, object] = {"seconds": body.seconds, "comment": body.comment}
    if body.alert:
        payload["episode"] = _found(body.alert).id
    else:
        try:
            payload["matchers"] = as_json(read_matchers(body.matchers))
        except ValueError as error:
            raise BadParameter("matchers", str(error)) from None
        if not payload["matchers"]:
            raise BadParameter("matchers", "they are all empty")
    return _asked(ask(current_site(), SILENCE, payload))


def end_silence(_arguments: Arguments, silence_id: str) -> Asked:
    """Ask for the end of a silence."""
    if not still_there(current_site().store.silences.all(_SILENCES), silence_id, g.now):
        abort(404)
    return _asked(ask(current_site(), END_SILENCE, {"id": silence_id}))


def _asked(intent: Intent) -> Asked:
    recent().forget()
    return Asked(intent=intent.id, kind=intent.kind, actor=intent.actor)


def rules(_arguments: Arguments) -> RulePage:
    """Every rule in force."""
    site, language = current_site(), current_language()
    states = site.store.alerts.rule_states()
    scores = {one.rule_id: one for one in site.store.alerts.scores(g.now - _PERIOD, g.now)}
    items = [
        RuleAnswer.from_store(rule, states.get(rule.id), scores.get(rule.id, Score(rule.id)), language)
        for rule in site.rules()
    ]
    return RulePage(items=items, total=len(items))


def deliveries(arguments: Arguments) -> DeliveryPage:
    """Deliveries, newest first."""
    states = [DeliveryState(arguments["state"])] if arguments["state"] else None
    found = current_site().store.outbox.deliveries(
        receiver=arguments["receiver"], states=states, limit=arguments["limit"]
    )
    return DeliveryPage(items=[DeliveryAnswer.from_store(one, current_language()) for one in found], total=len(found))


def obligations(_arguments: Arguments) -> ObligationPage:
    """What receivers are owed."""
    found = current_site().store.notices.obligations(g.now)
    return ObligationPage(items=[ObligationAnswer.from_store(one) for one in found], total=len(found))


_NO_ALERT = "No firing has this id."
_SEVERITY = Parameter("severity", "Only this severity.", choices=tuple(Severity))
ENDPOINTS = (
    Endpoint(
        "/alerts",
        "alerts",
        "Alerts that fire, the worst first; with state=all everything that fired, the newest first.",
        AlertPage,
        alerts,
        (
            Parameter("state", "firing or all.", default="firing", choices=("firing", "all")),
            ENVIRONMENT,
            COMPONENT,
            Parameter("rule", "Only of this rule."),
            _SEVERITY,
            Parameter("from", "Only what began then or later.", "time"),
            Parameter("to", "Only what began before.", "time"),
            Parameter("after", "Where a page of the history begins: see `next`."),
            _LIMIT,
        ),
    ),
    Endpoint(
        "/alerts/<alert_id>",
        "alert",
        "One firing with its transitions and deliveries.",
        AlertStory,
        story,
        missing=_NO_ALERT,
    ),
    Endpoint(
        "/alerts/<alert_id>/acknowledge",
        "acknowledge_alert",
        "Ask for the acknowledgement of a firing.",
        Asked,
        acknowledge,
        missing=_NO_ALERT,
        method="POST",
        body=AcknowledgeBody,
    ),
    Endpoint("/silences", "silences", "Silences, newest first.", SilencePage, silences, (_LIMIT,)),
    Endpoint(
        "/silences",
        "make_silence",
        "Ask for a silence.",
        Asked,
        silence,
        missing=_NO_ALERT,
        method="POST",
        body=SilenceBody,
    ),
    Endpoint(
        "/silences/<silence_id>",
        "end_silence",
        "Ask for the end of a silence.",
        Asked,
        end_silence,
        missing="No silence that has not ended has this id.",
        method="DELETE",
    ),
    Endpoint("/rules", "rules", "The rules in force, with their evaluation and their score.", RulePage, rules),
    Endpoint(
        "/deliveries",
        "deliveries",
        "What receivers were, or are to be, told; newest first.",
        DeliveryPage,
        deliveries,
        (
            Parameter("receiver", "Only to this receiver."),
            Parameter("state", "Only in this state.", choices=tuple(DeliveryState)),
            _LIMIT,
        ),
    ),
    Endpoint(
        "/obligations",
        "obligations",
        'Who was told "firing" and is owed "resolved": empty when all is well.',
        ObligationPage,
        obligations,
    ),
)
