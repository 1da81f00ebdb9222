"""Which calls of Cost Explorer and Budgets are answered, and that each costs money."""

from __future__ import annotations

from service.demo.money.budgets import Budgets
from service.demo.money.closed import closed_handlers
from service.demo.money.commitments import commitment_handlers
from service.demo.money.desk import Desk
from service.demo.money.forecast import GetCostForecast
from service.demo.money.listing import GetDimensionValues, GetTags, ListCostAllocationTags
from service.demo.money.surprises import GetAnomalies, anomaly_monitors
from service.demo.money.usage import GetCostAndUsage
from service.demo.source import AwsRequest, AwsResponse, Handler


def money_handlers(desk: Desk) -> dict[tuple[str, str], Handler]:
    """The handlers of Cost Explorer and Budgets."""
    answered: dict[str, Handler] = {
        "GetCostAndUsage": GetCostAndUsage(desk),
        "GetCostForecast": GetCostForecast(desk),
        "GetDimensionValues": GetDimensionValues(desk),
        "GetTags": GetTags(desk),
        "ListCostAllocationTags": ListCostAllocationTags(desk),
        "GetAnomalies": GetAnomalies(desk),
        "GetAnomalyMonitors": anomaly_monitors,
        **commitment_handlers(desk),
    }
    paid = {("ce", action): _paid(desk, answer) for action, answer in answered.items()}
    return {**closed_handlers(), **paid, **Budgets(desk).handlers()}


def _paid(desk: Desk, answer: Handler) -> Handler:
    """Each page that is answered costs a cent, and is on the bill itself."""

    def handle(request: AwsRequest) -> AwsResponse | None:
        desk.admit(request)
        response = answer(request)
        desk.count(request.now)
        return response

    return handle
