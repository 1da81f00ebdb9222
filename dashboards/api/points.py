"""GET the points of a series, as JSON or CSV."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response, request

from dashboards.api.endpoint import FROM, TO, Arguments, Endpoint, Parameter
from dashboards.api.models import PointsAnswer
from dashboards.api.series import series_or_404
from dashboards.api.times import in_order
from dashboards.errors import BadParameter
from dashboards.site import current_site
from store.vocabulary import Points, Series

MOST_POINTS = 50_000
"""Points in one answer: 34 days of one-minute points, about a megabyte of JSON."""
LONGEST_DAYS = 460
"""Days in one answer: a little more than what is kept."""


def points(arguments: Arguments, series_id: str) -> PointsAnswer | Response:
    """The points; as CSV where the Accept header prefers it."""
    series = series_or_404(series_id)
    if request.accept_mimetypes.best_match(["application/json", "text/csv"]) == "text/csv":
        return _csv(series, _read(series, arguments))
    start, end = _range(arguments)
    gaps = current_site().store.samples.gaps(series.id, start, end)
    return PointsAnswer.from_store(series, _read(series, arguments), gaps)


def points_csv(arguments: Arguments, series_id: str) -> Response:
    """The points as CSV."""
    series = series_or_404(series_id)
    return _csv(series, _read(series, arguments))


def _range(arguments: Arguments) -> tuple[int, int]:
    start, end = in_order(arguments["from"], arguments["to"])
    if (end - start).days > LONGEST_DAYS:
        raise BadParameter("from", f"the range is {(end - start).days} days long; at most {LONGEST_DAYS} are answered")
    return int(start.timestamp()), int(end.timestamp())


def _read(series: Series, arguments: Arguments) -> Points:
    start, end = _range(arguments)
    step: int | None = arguments["step"]
    expected = (end - start) // max(step or 0, series.period)
    if expected > MOST_POINTS:
        enough = -(-(end - start) // MOST_POINTS)
        raise BadParameter(
            "step", f"this range holds up to {expected} points, more than {MOST_POINTS}: ask for step={enough} or more"
        )
    if step is not None and step <= series.period:
        step = None
    return current_site().store.samples.read([series.id], start, end, step=step).get(series.id, Points())


def _csv(series: Series, read: Points) -> Response:
    lines = ["time,epoch_seconds,value"]
    lines += [f"{_iso(time)},{time},{value!r}" for time, value in read.pairs()]
    answer = Response("\r\n".join(lines) + "\r\n", content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="{series.id}.csv"'
    return answer


def _iso(epoch: int) -> str:
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"


_PARAMETERS = (
    FROM,
    TO,
    Parameter(
        "step",
        "Seconds to gather into one point: the mean, the sum of sums and counts, the extreme of extremes."
        " Without it, as it was collected.",
        "integer",
        least=1,
        most=31 * 86400,
    ),
)
_NO_SERIES = "No series has this id."

ENDPOINTS = (
    Endpoint(
        "/series/<series_id>/points",
        "points",
        "The points of a series with its gaps; text/csv where the Accept header asks for it.",
        PointsAnswer,
        points,
        _PARAMETERS,
        missing=_NO_SERIES,
        csv=True,
    ),
    Endpoint(
        "/series/<series_id>/points.csv",
        "points_csv",
        "The points of a series as CSV: time,epoch_seconds,value.",
        None,
        points_csv,
        _PARAMETERS,
        missing=_NO_SERIES,
        csv=True,
    ),
)
