"""GetMetricData: evaluates the queries of a request and pages the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.demo.cloudwatch.library import Library, Span
from service.demo.cloudwatch.limits import RECENT_SECONDS, Limits
from service.demo.cloudwatch.math.evaluation import Evaluation
from service.demo.cloudwatch.math.values import Line
from service.demo.cloudwatch.pages import Cut, fingerprint, page, read_token, write_token
from service.demo.cloudwatch.queries import DataRequest, Query, read_request
from service.demo.meter import billed_metrics
from service.demo.source import AwsRequest, AwsResponse, Usage


@dataclass(frozen=True, slots=True)
class GetMetricData:
    """Answers GetMetricData. Raises AwsError: ValidationError, InvalidNextToken, Throttling."""

    library: Library
    limits: Limits

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """One page."""
        sizes = int(self.limits["queries"]), int(self.limits["points_a_request"])
        wish = read_request(request.params, (request.account, request.region), request.now, sizes)
        bound_to = fingerprint(request.params)
        cut = read_token(wish.token, bound_to) if wish.token else Cut(0, request.now)
        self.limits.spend(request.account, request.region, "GetMetricData")
        span = Span(wish.span.start, wish.span.end, cut.now)
        evaluation = Evaluation(
            self.library, {query.id: query for query in wish.queries}, span, wish.region, wish.account
        )
        results = [result for query in wish.queries if query.returned for result in evaluated(evaluation, query, wish)]
        shown, more = page(results, cut.skip, wish.page_points)
        points = sum(len(result["Values"]) for result in shown)
        self._spend_points(wish, points)
        billed = evaluation.requested()
        usage = Usage(billed_metrics(billed), len(billed), points, follow_up=bool(wish.token))
        answer: dict[str, Any] = {"MetricDataResults": shown, "Messages": evaluation.messages()}
        if more:
            answer["NextToken"] = write_token(Cut(cut.skip + points, cut.now), bound_to)
        return AwsResponse(answer, usage)

    def _spend_points(self, wish: DataRequest, points: int) -> None:
        """Take the points of an answer from the quota of its age."""
        recent = wish.span.start >= wish.span.now - RECENT_SECONDS
        self.limits.spend(wish.account, wish.region, "points_recent" if recent else "points_older", points)


def evaluated(evaluation: Evaluation, query: Query, wish: DataRequest) -> list[dict[str, Any]]:
    """The results of one query: one, or as many as its expression makes."""
    lines = evaluation.lines(query.id)
    return [_result(query, line, wish, alone=len(lines) == 1) for line in lines]


def _result(query: Query, line: Line, wish: DataRequest, *, alone: bool) -> dict[str, Any]:
    label = line.label if query.label is None or not alone else query.label
    finite = np.isfinite(line.values)
    times, values = (line.times, line.values) if finite.all() else (line.times[finite], line.values[finite])
    if not wish.ascending:
        times, values = times[::-1], values[::-1]
    return {
        "Id": query.id,
        "Label": label,
        "Timestamps": times.astype("datetime64[s]"),
        "Values": values,
        "StatusCode": "Complete",
        "Messages": [],
    }
