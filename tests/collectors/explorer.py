"""A small HTTP server that speaks Cost Explorer's protocol and can be told to answer badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Costs = dict[tuple[date, str, str, str, str], Decimal]
"""US dollars by day, service, usage type, component and environment."""
_METRICS = ("UnblendedCost", "AmortizedCost", "NetUnblendedCost")


@dataclass(slots=True)
class Refusal:
    """An answer with status 400, or any other body."""

    code: str = ""
    message: str = "refused"
    body: bytes | None = None
    status: int = 400


@dataclass(slots=True)
class Explorer:
    """What Cost Explorer knows, how it pages, and what was asked of it."""

    url: str = ""
    costs: Costs = field(default_factory=dict)
    currency: str = "USD"
    net: bool = True
    page_size: int = 1000
    first_day: date | None = None
    estimated_from: date = date(2026, 11, 1)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[Callable[[str, dict[str, Any]], Refusal | None]] = field(default_factory=list)
    skim: Decimal = Decimal(0)
    """Left out of the first group of each day: the groups no longer add up."""

    def asked(self, operation: str = "GetCostAndUsage") -> list[dict[str, Any]]:
        """The arguments of the calls of an operation."""
        return [arguments for name, arguments in self.calls if name == operation]

    def cost(self, day: date, amount: str, **place: str) -> None:
        """Let a day cost something."""
        names = {"service": "Amazon ElastiCache", "usage_type": "APN2-NodeUsage:cache.t3.micro"}
        names |= {"component": "redis", "environment": "prod"} | place
        self.costs[day, names["service"], names["usage_type"], names["component"], names["environment"]] = Decimal(
            amount
        )

    def answer(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any] | Refusal:
        """What a call is answered with."""
        self.calls.append((operation, arguments))
        for fault in self.faults:
            refusal = fault(operation, arguments)
            if refusal is not None:
                return refusal
        if operation == "GetCostAndUsage":
            return self._costs(arguments)
        return _EMPTY.get(operation) or Refusal("DataUnavailableException")

    def _costs(self, arguments: dict[str, Any]) -> dict[str, Any] | Refusal:
        begin, end = (date.fromisoformat(arguments["TimePeriod"][key]) for key in ("Start", "End"))
        by = [(one["Type"], one["Key"]) for one in arguments.get("GroupBy", [])]
        rows: list[tuple[date, tuple[str, ...], Decimal]] = []
        for day in (begin + timedelta(days=number) for number in range((end - begin).days)):
            if self.first_day and day < self.first_day:
                continue
            sums: dict[tuple[str, ...], Decimal] = {}
            for (on, *place), amount in sorted(self.costs.items()):
                if on == day:
                    keys = tuple(_key(kind, name, place) for kind, name in by)
                    sums[keys] = sums.get(keys, Decimal(0)) + amount
            if by and sums:
                sums[next(iter(sums))] -= self.skim
            rows += [(day, keys, amount) for keys, amount in sums.items()] or [(day, (), Decimal(0))]
        first = int(arguments.get("NextPageToken") or 0)
        page = rows[first : first + self.page_size]
        answer: dict[str, Any] = {"ResultsByTime": self._results(page, grouped=bool(by))}
        if first + self.page_size < len(rows):
            answer["NextPageToken"] = str(first + self.page_size)
        return answer

    def _results(self, rows: list[tuple[date, tuple[str, ...], Decimal]], *, grouped: bool) -> list[dict[str, Any]]:
        results: dict[date, dict[str, Any]] = {}
        for day, keys, amount in rows:
            period = {"Start": day.isoformat(), "End": (day + timedelta(days=1)).isoformat()}
            blank = {"TimePeriod": period, "Total": {}, "Groups": [], "Estimated": day >= self.estimated_from}
            result = results.setdefault(day, blank)
            metrics = self._metrics(amount)
            if grouped and keys:
                result["Groups"].append({"Keys": list(keys), "Metrics": metrics})
            elif not grouped:
                result["Total"] = metrics
        return list(results.values())

    def _metrics(self, amount: Decimal) -> dict[str, Any]:
        names = _METRICS if self.net else _METRICS[:2]
        money = {name: {"Amount": str(amount), "Unit": self.currency} for name in names}
        return money | {"UsageQuantity": {"Amount": "24", "Unit": "N/A"} if amount else {"Amount": "0", "Unit": "N/A"}}


def fail_once(code: str, when: Callable[[Mapping[str, Any]], bool] = lambda _: True, times: int = 1) -> Any:  # noqa: ANN401
    """A fault of GetCostAndUsage that passes."""
    left = [times]

    def fault(operation: str, arguments: dict[str, Any]) -> Refusal | None:
        if operation != "GetCostAndUsage" or not left[0] or not when(arguments):
            return None
        left[0] -= 1
        return Refusal(code)

    return fault


def _key(kind: str, name: str, place: list[str]) -> str:
    service, usage_type, component, environment = place
    if kind == "TAG":
        return f"{name}${ {'Component': component, 'Environment': environment}.get(name, '') }"
    known = {"SERVICE": service, "USAGE_TYPE": usage_type, "LINKED_ACCOUNT": "123456789012", "RECORD_TYPE": "Usage"}
    return known[name]


_EMPTY: dict[str, dict[str, Any]] = {
    "GetCallerIdentity": {"Account": "123456789012"},
    "GetAnomalies": {"Anomalies": []},
    "ListCostAllocationTags": {
        "CostAllocationTags": [{"TagKey": "Component", "Type": "UserDefined", "Status": "Active"}]
    },
    "DescribeBudgets": {"Budgets": []},
}


@contextmanager
def served(explorer: Explorer) -> Iterator[Explorer]:
    """The explorer behind a port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            target = self.headers.get("X-Amz-Target")
            if target is None:  # STS speaks forms and XML
                self._say(200, _IDENTITY, "text/xml")
                return
            answer = explorer.answer(target.rpartition(".")[2], json.loads(body or b"{}"))
            if isinstance(answer, Refusal):
                told = {"__type": answer.code, "message": answer.message, "Message": answer.message}
                kind = "application/x-amz-json-1.1" if answer.body is None else "text/html"
                self._say(answer.status, answer.body or json.dumps(told).encode(), kind)
            else:
                self._say(200, json.dumps(answer).encode(), "application/x-amz-json-1.1")

        def _say(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    explorer.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield explorer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>U</UserId><Account>123456789012</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""
