"""GET jobs, their runs, and events: what Lamplighter did."""

from __future__ import annotations

from flask import abort

from dashboards.api.endpoint import COMPONENT, ENVIRONMENT, FROM, TO, Arguments, Endpoint, Parameter
from dashboards.api.models import EventAnswer, EventPage, JobAnswer, JobPage, RunAnswer, RunPage
from dashboards.api.times import in_order
from dashboards.site import current_site


def jobs(_arguments: Arguments) -> JobPage:
    """Every job."""
    items = [JobAnswer.from_store(job) for job in current_site().store.jobs.all()]
    return JobPage(items=items, total=len(items))


def runs(arguments: Arguments, name: str) -> RunPage:
    """The newest runs of a job."""
    store = current_site().store
    if name not in {job.name for job in store.jobs.all()}:
        abort(404)
    items = [RunAnswer.from_store(run) for run in store.jobs.runs(name, limit=arguments["limit"])]
    return RunPage(items=items, total=len(items))


def events(arguments: Arguments) -> EventPage:
    """The newest events of a range."""
    start, end = in_order(arguments["from"], arguments["to"])
    found = current_site().store.events.between(
        start,
        end,
        environment=arguments["environment"],
        component=arguments["component"],
        kinds=arguments["kinds"].split(",") if arguments["kinds"] else None,
        limit=arguments["limit"],
    )
    return EventPage(items=[EventAnswer.from_store(event) for event in found], total=len(found))


ENDPOINTS = (
    Endpoint("/jobs", "jobs", "The recurring jobs and where they stand.", JobPage, jobs),
    Endpoint(
        "/jobs/<path:name>/runs",
        "runs",
        "The runs of a job, newest first.",
        RunPage,
        runs,
        (Parameter("limit", "How many at most.", "integer", 50, least=1, most=500),),
        missing="No job has this name.",
    ),
    Endpoint(
        "/events",
        "events",
        "What happened: deployments, logins, reloads.",
        EventPage,
        events,
        (
            FROM,
            TO,
            ENVIRONMENT,
            COMPONENT,
            Parameter("kinds", "Only these kinds, with commas between."),
            Parameter("limit", "How many at most, the newest.", "integer", 500, least=1, most=5000),
        ),
    ),
)
