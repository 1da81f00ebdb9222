"""GET resources and series: what there is in AWS, and what is measured of it."""

from __future__ import annotations

from flask import abort

from dashboards.api.endpoint import (
    ACCOUNT,
    COMPONENT,
    ENVIRONMENT,
    PAGING,
    REGION,
    Arguments,
    Endpoint,
    Parameter,
    next_page,
)
from dashboards.api.models import ResourceAnswer, ResourcePage, SeriesAnswer, SeriesPage
from dashboards.site import current_site
from store.vocabulary import Series

_CLOSED = Parameter("include_closed", "Also what is gone from AWS.", "boolean", "false")
_PLACE = ("environment", "component", "account", "region", "include_closed")


def resources(arguments: Arguments) -> ResourcePage:
    """Resources, by id."""
    wanted = {name: arguments[name] for name in (*_PLACE, "type")}
    found = sorted(current_site().store.resources.find(**wanted), key=lambda resource: resource.id)
    some = found[arguments["offset"] : arguments["offset"] + arguments["limit"]]
    return ResourcePage(
        items=[ResourceAnswer.from_store(one) for one in some],
        total=len(found),
        next=next_page(arguments, len(found)),
    )


def resource(_arguments: Arguments, resource_id: str) -> ResourceAnswer:
    """One resource, also a closed one."""
    found = current_site().store.resources.get(resource_id)
    return ResourceAnswer.from_store(found) if found else abort(404)


def every_series(arguments: Arguments) -> SeriesPage:
    """Series, by namespace, metric, dimensions and statistic."""
    names = (*_PLACE, "resource_id", "namespace", "metric", "stat")
    found = current_site().store.series.find(**{name: arguments[name] for name in names})
    some = found[arguments["offset"] : arguments["offset"] + arguments["limit"]]
    return SeriesPage(
        items=[SeriesAnswer.from_store(one) for one in some],
        total=len(found),
        next=next_page(arguments, len(found)),
    )


def one_series(_arguments: Arguments, series_id: str) -> SeriesAnswer:
    """One series, also a closed one."""
    return SeriesAnswer.from_store(series_or_404(series_id))


def series_or_404(series_id: str) -> Series:
    """The series of this id; answers 404 where there is none."""
    found = current_site().store.series.get(series_id)
    return found or abort(404)


ENDPOINTS = (
    Endpoint(
        "/resources",
        "resources",
        "What there is in AWS, with its place in the stack.",
        ResourcePage,
        resources,
        (
            ENVIRONMENT,
            COMPONENT,
            ACCOUNT,
            REGION,
            Parameter("type", "Only this type, such as rds:db."),
            _CLOSED,
            *PAGING,
        ),
    ),
    Endpoint(
        "/resources/<path:resource_id>",
        "resource",
        "One resource by its id, which is its ARN where it has one.",
        ResourceAnswer,
        resource,
        missing="No resource has this id.",
    ),
    Endpoint(
        "/series",
        "every_series",
        "What is measured.",
        SeriesPage,
        every_series,
        (
            ENVIRONMENT,
            COMPONENT,
            ACCOUNT,
            REGION,
            Parameter("resource_id", "Only of this resource."),
            Parameter("namespace", "Only this namespace, such as AWS/RDS."),
            Parameter("metric", "Only this metric."),
            Parameter("stat", "Only this statistic, such as p95."),
            _CLOSED,
            *PAGING,
        ),
    ),
    Endpoint(
        "/series/<series_id>",
        "one_series",
        "One series.",
        SeriesAnswer,
        one_series,
        missing="No series has this id.",
    ),
)
