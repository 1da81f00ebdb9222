"""GetAnomalies and GetAnomalyMonitors: AWS's own detector notices the surprises that incidents bring, a day later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.demo.money.desk import Desk
from service.demo.money.ground import DAY
from service.demo.money.items import COMPUTE, EC2_OTHER
from service.demo.money.refresh import moment
from service.demo.money.table import Table, dollars
from service.demo.source import AwsRequest, AwsResponse
from service.demo.upstream import DEFAULT_ACCOUNT
from service.demo.world.incidents.acts import FORGOTTEN_TYPE
from service.demo.world.incidents.incident import Incident
from service.demo.world.plan import REGION

MONITOR = f"arn:aws:ce::{DEFAULT_ACCOUNT}:anomalymonitor/0f0e0d0c-services"
_CAUSES = {
    "nat-transfer": (EC2_OTHER, "NatGateway-Bytes", 0.05),
    "forgotten-instance": (COMPUTE, f"BoxUsage:{FORGOTTEN_TYPE}", 0.0),
}
"""Service, the end of the usage type, and the share of its cost that is as usual."""


@dataclass(frozen=True, slots=True)
class GetAnomalies:
    """Answers GetAnomalies."""

    desk: Desk

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """The anomalies that were going on in an interval."""
        interval = request.params.get("DateInterval", {})
        table = self.desk.table(request.now)
        found = list(_anomalies(table, self.desk.surprises()))
        first, last = interval.get("StartDate", ""), interval.get("EndDate") or "9999"
        return AwsResponse(
            {"Anomalies": [one for one in found if one["AnomalyEndDate"] >= first and one["AnomalyStartDate"] <= last]}
        )


def _anomalies(table: Table, incidents: tuple[Incident, ...]) -> Iterator[Mapping[str, Any]]:
    for incident in incidents:
        if incident.kind.name in _CAUSES and table.at - incident.start >= DAY:
            service, ending, usual = _CAUSES[incident.kind.name]
            rows = [
                number
                for number, key in enumerate(table.keys)
                if (key.service, key.environment) == (service, incident.environment) and key.usage_type.endswith(ending)
            ]
            last = min(table.at, incident.end or table.at)
            columns = slice(table.column(int(incident.start)), table.column(int(last)))
            spent = float(dollars(int(table.amounts[rows, columns].sum())))
            if spent > 0:
                usage_type = table.keys[rows[0]].usage_type
                yield _shown(incident, (service, usage_type), moment(last).date(), spent, spent * usual)


def _shown(incident: Incident, where: tuple[str, str], last: date, spent: float, usual: float) -> dict[str, Any]:
    impact = round(spent - usual, 4)
    return {
        "AnomalyId": f"{incident.kind.name}-{incident.start:.0f}",
        "AnomalyStartDate": moment(incident.start).date().isoformat(),
        "AnomalyEndDate": last.isoformat(),
        "DimensionValue": where[0],
        "RootCauses": [
            {"Service": where[0], "Region": REGION, "LinkedAccount": DEFAULT_ACCOUNT, "UsageType": where[1]}
        ],
        "AnomalyScore": {"MaxScore": 0.92, "CurrentScore": 0.87},
        "Impact": {
            "MaxImpact": impact,
            "TotalImpact": impact,
            "TotalActualSpend": round(spent, 4),
            "TotalExpectedSpend": round(usual, 4),
        },
        "MonitorArn": MONITOR,
    }


def anomaly_monitors(_request: AwsRequest) -> AwsResponse:
    """The one monitor there is: of all services."""
    monitor = {"MonitorArn": MONITOR, "MonitorName": "services", "MonitorType": "DIMENSIONAL"}
    return AwsResponse({"AnomalyMonitors": [{**monitor, "MonitorDimension": "SERVICE"}]})
