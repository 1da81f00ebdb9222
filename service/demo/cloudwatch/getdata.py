"""GetMetricData: evaluates the queries of a request and pages the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone
from typing import Any

from service.demo.cloudwatch.labels import label_of, parse_zone
from service.demo.cloudwatch.library import Library, Span
from service.demo.cloudwatch.limits import RECENT_SECONDS, Limits
from service.demo.cloudwatch.math.evaluation import Evaluation
from service.demo.cloudwatch.math.values import Line, finite
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
        cut = read_token(wish.token, bound_to) if wish.token else Cut(0, 0, request.now)
        self.limits.spend(request.account, request.region, "GetMetricData")
        span = Span(wish.span.start, wish.span.end, cut.now)
        evaluation = Evaluation(
            self.library, {query.id: query for query in wish.queries}, span, wish.region, wish.account
        )
        zone = parse_zone(request.params.get("LabelOptions", {}).get("Timezone"))
        returned = (query for query in wish.queries if query.returned)
        results = [result for query in returned for result in _results(evaluation, query, wish, zone)]
        shown, following = page(results, cut, wish.page_points)
        points = sum(len(result["Values"]) for result in shown)
        self._spend_points(wish, points)
        billed = evaluation.requested
        usage = Usage(billed_metrics(billed), len(billed), points, follow_up=bool(wish.token))
        answer: dict[str, Any] = {"MetricDataResults": shown, "Messages": []}
        if following:
            answer["NextToken"] = write_token(following, bound_to)
        return AwsResponse(answer, usage)

    def _spend_points(self, wish: DataRequest, points: int) -> None:
        """Take the points of an answer from the quota of its age."""
        recent = wish.span.start >= wish.span.now - RECENT_SECONDS
        self.limits.spend(wish.account, wish.region, "points_recent" if recent else "points_older", points)


def _results(evaluation: Evaluation, query: Query, wish: DataRequest, zone: timezone) -> list[dict[str, Any]]:
    """The results of one query: one, or as many as its expression makes."""
    lines = evaluation.lines(query)
    return [_result(query, line, wish, label_of(query, line, alone=len(lines) == 1, zone=zone)) for line in lines]


def _result(query: Query, line: Line, wish: DataRequest, label: str) -> dict[str, Any]:
    """One result, newest point first unless asked otherwise."""
    kept = finite(line)
    # Another account's metrics need a link between the two (Observability Access Manager), which nobody makes here.
    foreign = query.metric is not None and query.metric.account != wish.account
    step = 1 if wish.ascending else -1
    return {
        "Id": query.id,
        "Label": label,
        "Timestamps": kept.times[::step].astype("datetime64[s]"),
        "Values": kept.values[::step],
        "StatusCode": "Forbidden" if foreign else "Complete",
    }
