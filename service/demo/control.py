r"""The control API of the embedded AWS: JSON under `/_demo/`, on the same port, for the same machine only.

| Call | Does |
|---|---|
| GET `/_demo/ready` | 200 `{"ready": true, "world": …}`; 503 while the world is being seeded |
| GET `/_demo/clock` | `{"now": epoch seconds, "frozen": bool, "offset": seconds}` |
| POST `/_demo/clock` | `{"now": T}` freezes it; `{"offset": S}` shifts, `{"advance": S}` jumps, `{}` resets it |
| GET `/_demo/meter` | every call by account, region and action; metrics and dollars (strings) with bounds |
| DELETE `/_demo/meter` | starts a new bill |
| GET `/_demo/faults` | the faults in force |
| POST `/_demo/faults` | adds one, answers it with its `id`; see below |
| DELETE `/_demo/faults`, `/_demo/faults/ID` | removes all, or one |
| GET `/_demo/limits` | CloudWatch's limits |
| POST `/_demo/limits` | changes some of them: `{"enabled": false}`, `{"requests": 50}`…; see `cloudwatch/limits.py` |
| GET, POST `/_demo/money` | Cost Explorer: `{"refresh": true}` takes in data, `{"page": 50}`…; see `money/desk.py` |
| GET, POST `/_demo/power` | starting and stopping: `{"start": 60, "lacking": ["t3.micro"]}`…; `power/troubles.py` |
| POST `/_demo/reset` | clock, faults, power, meter, limits and put data as at the start; resources and incidents stay |
| GET `/_demo/incidents` | `{"available": […], "active": […]}` of the world |
| POST `/_demo/incidents` | `{"name": …, options}` starts one |
| DELETE `/_demo/incidents/NAME` | stops it |

A fault is `{"kind": …, "rate": 0…1, "seed": 0, "times": N, "account": …, "region": …, "service": …, "action": …}`; what
is left out matches anything (`service` is boto3's client name, `times` ends it after N hits). Kinds:

- `throttle`, `internal`, `deny`, `expired`: the error as that service words it; `html`: a web page with status 200;
- `hang`: waits `seconds` before it answers;
- `partial`: GetMetricData results end early with StatusCode PartialData (rate per series); `nan`: some values are NaN;
- `missing`: these `keys` are left out of the answer, at any depth (default StatusCode);
- `late`: points younger than `seconds` are not visible (`"mode": "hidden"`) or have a first value a tenth too low that
  is revised later (`"mode": "revised"`); `rate` is the share of points it happens to, the same ones in every call.

Errors are `{"error": "…"}` with status 400, 403 (not from this machine, or from a web page), 404 or 405.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from service.demo.clock import DemoClock
from service.demo.cloudwatch.limits import Limits
from service.demo.cloudwatch.overlay import Overlay
from service.demo.faults import Faults
from service.demo.meter import Meter
from service.demo.origin import is_from_here
from service.demo.power.handlers import PowerDesk
from service.demo.source import Incidents, Money

PREFIX = "/_demo"
_Deed = Callable[[Mapping[str, Any], str], Any]


@dataclass(frozen=True, slots=True)
class Control:
    """The control API as a WSGI application, to be mounted at PREFIX."""

    world: str
    clock: DemoClock
    faults: Faults
    meter: Meter
    limits: Limits
    overlay: Overlay
    incidents: Incidents
    ready: Callable[[], bool]
    power: PowerDesk
    money: Money | None = None

    def application(self) -> WSGIApplication:
        """The WSGI application."""
        deeds = self._deeds()

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            status, value = _answer(deeds, environ)
            body = json.dumps(value, default=str).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            start_response(f"{status.value} {status.phrase}", headers)
            return [body]

        return answer

    def _deeds(self) -> dict[tuple[str, str], _Deed]:
        """What each method and path does; it is given the JSON body and what stands behind the path."""
        return {
            ("GET", "ready"): lambda _body, _rest: self._readiness(),
            ("GET", "clock"): lambda _body, _rest: self.clock.describe(),
            ("POST", "clock"): lambda body, _rest: self._set_clock(body),
            ("GET", "meter"): lambda _body, _rest: self.meter.describe(),
            ("DELETE", "meter"): lambda _body, _rest: self.meter.reset(),
            ("GET", "faults"): lambda _body, _rest: self.faults.describe(),
            ("POST", "faults"): lambda body, _rest: self.faults.add(body).describe(),
            ("DELETE", "faults"): lambda _body, rest: self.faults.remove(int(rest) if rest else None),
            ("GET", "limits"): lambda _body, _rest: self.limits.describe(),
            ("POST", "limits"): lambda body, _rest: self.limits.change(body),
            ("GET", "money"): lambda _body, _rest: self._money().describe(self.clock()),
            ("POST", "money"): lambda body, _rest: self._money().change(body, self.clock()),
            ("GET", "power"): lambda _body, _rest: self.power.phases.troubles.describe(),
            ("POST", "power"): lambda body, _rest: self.power.phases.change(body),
            ("POST", "reset"): lambda _body, _rest: self._reset(),
            ("GET", "incidents"): lambda _body, _rest: self._list_incidents(),
            ("POST", "incidents"): lambda body, _rest: self._start_incident(body),
            ("DELETE", "incidents"): lambda _body, rest: self.incidents.stop(rest, self.clock()),
        }

    def _readiness(self) -> dict[str, Any]:
        if not self.ready():
            raise NotReadyError(f"the world {self.world} is being seeded")
        return {"ready": True, "world": self.world}

    def _reset(self) -> None:
        self.clock.reset()
        self.faults.remove(None)
        self.meter.reset()
        self.limits.reset()
        self.overlay.clear()
        self.power.reset()
        if self.money:
            self.money.reset()

    def _money(self) -> Money:
        if self.money is None:
            raise LookupError(f"the world {self.world} has no Cost Explorer")
        return self.money

    def _set_clock(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        unknown = set(wish) - {"now", "offset", "advance"}
        if unknown or len(wish) > 1:
            raise ValueError("give one of now, offset and advance, or nothing to follow the machine's clock")
        if "now" in wish:
            self.clock.freeze(_instant(wish["now"]))
        elif "offset" in wish:
            self.clock.shift(float(wish["offset"]))
        elif "advance" in wish:
            self.clock.advance(float(wish["advance"]))
        else:
            self.clock.reset()
        return dict(self.clock.describe())

    def _list_incidents(self) -> dict[str, Any]:
        return {"available": self.incidents.available(), "active": self.incidents.active(self.clock())}

    def _start_incident(self, body: Mapping[str, Any]) -> dict[str, Any]:
        options = {name: value for name, value in body.items() if name != "name"}
        return self.incidents.start(str(body.get("name", "")), options, self.clock())


class NotReadyError(Exception):
    """The world is still being seeded."""


def _instant(value: float | str) -> float:
    """Epoch seconds out of a number or an ISO 8601 time with its zone."""
    if isinstance(value, int | float):
        return float(value)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no time zone: write 2026-11-23T12:00:00Z")
    return moment.timestamp()


def _answer(deeds: Mapping[tuple[str, str], _Deed], environ: WSGIEnvironment) -> tuple[HTTPStatus, Any]:
    """The status and JSON value of one request."""
    if not is_from_here(environ):
        return HTTPStatus.FORBIDDEN, {"error": "the control API answers only programs of this machine"}
    name, _, rest = environ.get("PATH_INFO", "").strip("/").partition("/")
    method = environ.get("REQUEST_METHOD", "GET")
    deed = deeds.get((method, name))
    if deed is None:
        known = any(path == name for _, path in deeds)
        status = HTTPStatus.METHOD_NOT_ALLOWED if known else HTTPStatus.NOT_FOUND
        return status, {"error": f"there is no {method} {PREFIX}/{name}"}
    try:
        return HTTPStatus.OK, deed(_json_object(environ), rest)
    except NotReadyError as wait:
        return HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(wait)}
    except LookupError as missing:
        return HTTPStatus.NOT_FOUND, {"error": str(missing.args[0] if missing.args else missing)}
    except (ValueError, TypeError) as wrong:
        return HTTPStatus.BAD_REQUEST, {"error": str(wrong)}


def _json_object(environ: WSGIEnvironment) -> dict[str, Any]:
    """The JSON object of a request's body, empty where there is none."""
    body = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body
