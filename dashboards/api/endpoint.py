"""One address of the API: its parameters, the model of its answer, and the view; and how a view becomes a route."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, g, request
from pydantic import BaseModel, ValidationError

from dashboards.api.times import parse_day, parse_time
from dashboards.errors import BadParameter

Kind = Literal["string", "integer", "boolean", "time", "day"]
Method = Literal["GET", "POST", "DELETE"]
PAGE = 100
LARGEST_PAGE = 1000
_YES, _NO = {"1", "true", "yes"}, {"0", "false", "no", ""}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query. `choices` are all that is accepted; a time takes every form of `parse_time`.

    A day is a UTC day such as 2026-11-24.
    """

    name: str
    description: str
    kind: Kind = "string"
    default: str | int | None = None
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()


Arguments = Mapping[str, Any]
View = Callable[..., "BaseModel | Response"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address. `path` is Flask's; the view is called with the arguments of the query and the words of the path."""

    path: str
    name: str
    summary: str
    answer: type[BaseModel] | None
    view: View
    parameters: tuple[Parameter, ...] = ()
    missing: str = ""
    """What a 404 means here, where there can be one."""
    csv: bool = field(default=False)
    method: Method = "GET"
    body: type[BaseModel] | None = None
    """What a POST takes, as JSON; the view is called with it as `body`."""

    @property
    def status(self) -> int:
        """200, or 202 for what is asked for and carried out by the worker."""
        return 200 if self.method == "GET" else 202


ENVIRONMENT = Parameter("environment", "Only this environment.")
COMPONENT = Parameter("component", "Only this component.")
ACCOUNT = Parameter("account", "Only this account.")
REGION = Parameter("region", "Only this region.")
FROM = Parameter("from", "Start, included: ISO 8601, epoch seconds, or an age such as -3h.", "time", "-3h")
TO = Parameter("to", "End, not included: as `from`, or now.", "time", "now")
PAGING = (
    Parameter("limit", "How many at most.", "integer", PAGE, least=1, most=LARGEST_PAGE),
    Parameter("offset", "How many to pass over.", "integer", 0, least=0),
)


def register(blueprint: Blueprint, prefix: str, endpoint: Endpoint) -> None:
    """Make a route of an endpoint."""

    def answer(**words: str) -> Response:
        arguments = read_arguments(endpoint.parameters, g.now)
        more = {"body": read_body(endpoint.body)} if endpoint.body else {}
        told = endpoint.view(arguments, **words, **more)
        if isinstance(told, Response):
            return told
        return Response(told.model_dump_json(by_alias=True), endpoint.status, content_type="application/json")

    address = prefix + endpoint.path
    blueprint.add_url_rule(address, endpoint=endpoint.name, view_func=answer, methods=[endpoint.method])


def read_body(model: type[BaseModel]) -> BaseModel:
    """The body of this request.

    It must say that it is JSON: a form of another site cannot, so none can act with its reader's session.

    Raises:
        BadParameter: it does not fit the model; the message names the place.
    """
    if not request.is_json:
        abort(415)
    try:
        return model.model_validate_json(request.get_data() or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "body"
        raise BadParameter(place[:100], first["msg"]) from None


def read_arguments(parameters: Sequence[Parameter], now: datetime) -> dict[str, Any]:
    """The arguments of this request by name, None where there is neither an argument nor a default.

    Raises:
        BadParameter: a parameter is unknown, given twice, or not what it must be.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in request.args:
        if name not in known and name not in {"lang", "tz"}:
            takes = ", ".join(known) or "none"
            raise BadParameter(name, f"there is no such parameter here; this address takes {takes}")
        if len(request.args.getlist(name)) > 1:
            raise BadParameter(name, "it is given more than once")
    return {name: _read(parameter, request.args.get(name, parameter.default), now) for name, parameter in known.items()}


def _read(parameter: Parameter, given: str | int | None, now: datetime) -> Any:  # noqa: ANN401  depends on the kind
    if given is None:
        return None
    match parameter.kind:
        case "integer":
            return _integer(parameter, given)
        case "boolean":
            return _boolean(parameter, str(given))
        case "time":
            return parse_time(str(given), now, parameter.name)
        case "day":
            return parse_day(str(given), parameter.name)
        case "string":
            return _string(parameter, str(given))


def _string(parameter: Parameter, given: str) -> str:
    if parameter.choices and given not in parameter.choices:
        raise BadParameter(parameter.name, f"{given!r} is not one of {', '.join(parameter.choices)}")
    if "\0" in given:
        raise BadParameter(parameter.name, "it holds a NUL character")
    return given


def _integer(parameter: Parameter, given: str | int) -> int:
    try:
        value = int(given)
    except ValueError:
        raise BadParameter(parameter.name, f"{given!r} is not a whole number") from None
    if parameter.least is not None and value < parameter.least:
        raise BadParameter(parameter.name, f"{value} is less than {parameter.least}")
    if parameter.most is not None and value > parameter.most:
        raise BadParameter(parameter.name, f"{value} is more than {parameter.most}")
    return value


def _boolean(parameter: Parameter, given: str) -> bool:
    if given.lower() in _YES:
        return True
    if given.lower() in _NO:
        return False
    raise BadParameter(parameter.name, f"{given!r} is neither true nor false")


def next_page(arguments: Arguments, total: int) -> str | None:
    """The address of the page after this one, None where this is the last."""
    offset = arguments["offset"] + arguments["limit"]
    if offset >= total:
        return None
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'limit': arguments['limit'], 'offset': offset})}"
