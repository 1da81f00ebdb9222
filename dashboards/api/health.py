"""GET health and its transitions: what each check says, and when it changed its mind."""

from __future__ import annotations

from flask import g

from dashboards.api.endpoint import COMPONENT, ENVIRONMENT, FROM, PAGING, TO, Arguments, Endpoint, next_page
from dashboards.api.models import CheckAnswer, CheckPage, TransitionAnswer, TransitionPage
from dashboards.api.times import in_order
from dashboards.site import current_site
from dashboards.verdict import judge_check


def health(arguments: Arguments) -> CheckPage:
    """Every check, worst first."""
    store = current_site().store
    states = store.health.states(environment=arguments["environment"], component=arguments["component"])
    jobs = store.jobs.all()
    checks = [judge_check(state, jobs, g.now) for state in states]
    checks.sort(key=lambda check: (-check.status.rank, check.state.latest.check_id))
    some = checks[arguments["offset"] : arguments["offset"] + arguments["limit"]]
    return CheckPage(
        items=[CheckAnswer.from_verdict(check) for check in some],
        total=len(checks),
        next=next_page(arguments, len(checks)),
    )


def transitions(arguments: Arguments) -> TransitionPage:
    """Every change in a range, oldest first."""
    start, end = in_order(arguments["from"], arguments["to"])
    place = {name: arguments[name] for name in ("environment", "component")}
    found = current_site().store.health.transitions(start, end, **place)
    some = found[arguments["offset"] : arguments["offset"] + arguments["limit"]]
    return TransitionPage(
        items=[TransitionAnswer.from_store(one) for one in some],
        total=len(found),
        next=next_page(arguments, len(found)),
    )


ENDPOINTS = (
    Endpoint(
        "/health",
        "health",
        "What each health check last saw, worst first.",
        CheckPage,
        health,
        (ENVIRONMENT, COMPONENT, *PAGING),
    ),
    Endpoint(
        "/health/transitions",
        "transitions",
        "When checks went from one status to another.",
        TransitionPage,
        transitions,
        (FROM, TO, ENVIRONMENT, COMPONENT, *PAGING),
    ),
)
