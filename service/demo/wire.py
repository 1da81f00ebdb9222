"""Reads an AWS request off the wire: whose it is, which service and action it means, and its parameters."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote
from wsgiref.types import WSGIEnvironment

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

from service.demo import cbor
from service.demo.source import AwsError

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
# Where a credential scope is not called as boto3's client is.
_CLIENTS = {
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
    "tagging": "resourcegroupstaggingapi",
    "application-autoscaling": "application-autoscaling",
}
_CLASSIC_ELB = "2012-06-01"


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came: the caller's key, boto3's client name, the operation, and the protocol it was sent in."""

    access_key: str
    region: str
    service: str
    action: str
    protocol: str
    environ: WSGIEnvironment = field(repr=False)
    body: bytes = field(repr=False)
    form: Mapping[str, str] = field(repr=False)


class Models:
    """botocore's service models, loaded once each (ec2's takes 0.1 s) and shared by all threads."""

    def __init__(self) -> None:
        self._loader = Loader()
        self._lock = Lock()
        self._loaded: dict[str, ServiceModel] = {}

    def service(self, name: str) -> ServiceModel:
        """The model of boto3's client `name`. Raises botocore's UnknownServiceError."""
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = ServiceModel(self._loader.load_service_model(name, "service-2"), name)
            return self._loaded[name]

    def operation(self, call: Call) -> OperationModel:
        """The model of the operation that a call means. Raises AwsError where there is none."""
        model = self.service(call.service)
        if call.action not in model.operation_names:
            raise AwsError("InvalidAction", f"The action {call.action} is not valid for this web service.")
        return model.operation_model(call.action)


def read_call(environ: WSGIEnvironment, body: bytes, models: Models) -> Call | None:
    """What a request asks for; None where it carries no AWS signature (moto decides what that means)."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if scope is None:
        return None
    key, region, signed = scope.groups()
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.decompress(body)
        del environ["HTTP_CONTENT_ENCODING"]
    service = _CLIENTS.get(signed, signed)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    path = environ.get("PATH_INFO", "/")
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        return Call(key, region, service, path.rsplit("/", 1)[-1], "smithy-rpc-v2-cbor", environ, body, {})
    if target:
        return Call(key, region, service, target.rsplit(".", 1)[-1], "json", environ, body, {})
    form = _form(environ, body)
    if "Action" in form:
        if service == "elbv2" and form.get("Version") == _CLASSIC_ELB:
            service = "elb"
        return Call(key, region, service, form["Action"], "ec2" if service == "ec2" else "query", environ, body, form)
    action, protocol = _rest_action(service, environ, models)
    return Call(key, region, service, action, protocol, environ, body, form)


def _form(environ: WSGIEnvironment, body: bytes) -> dict[str, str]:
    """The parameters of the query string and of a form body, first value each."""
    pairs = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        pairs |= parse_qs(body.decode(errors="replace"), keep_blank_values=True)
    return {name: values[0] for name, values in pairs.items()}


def _template(operation: OperationModel) -> tuple[re.Pattern[str], set[str]]:
    """The path pattern of a REST operation and the query keys its URI must have."""
    path, _, query = operation.http["requestUri"].partition("?")
    pattern = re.sub(r"\{(\w+)(\+?)\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", path.rstrip("/"))
    return re.compile(f"{pattern}/?"), set(parse_qs(query, keep_blank_values=True))


def _rest_action(service: str, environ: WSGIEnvironment, models: Models) -> tuple[str, str]:
    """The most specific operation whose method and URI fit, and the service's REST protocol."""
    try:
        model = models.service(service)
    except Exception:  # noqa: BLE001 - botocore's loader raises several kinds; a service it doesn't know is moto's
        return "", "rest-json"
    asked = set(parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    found: tuple[int, int, str] = (-1, 0, "")
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.http["method"] != environ["REQUEST_METHOD"] or operation.deprecated:
            continue
        pattern, needed = _template(operation)
        match = pattern.fullmatch(unquote(environ.get("PATH_INFO", "/")))
        if match and needed <= asked:
            # Of two with the same URI (ListBuckets, ListDirectoryBuckets) the plain one has the shorter name.
            found = max(found, (10 * len(needed) + 9 - len(match.groupdict()), -len(name), name))
    return found[2], model.metadata["protocol"]


def read_params(call: Call, operation: OperationModel) -> dict[str, Any]:
    """The input members of a call, with their Python types. Raises AwsError where they cannot be read.

    Of a rest-xml request only what stands in the URI is read, not its body.
    """
    shape = operation.input_shape
    if shape is None:
        return {}
    try:
        if call.protocol in {"query", "ec2"}:
            return dict(_from_form(shape, "", call.form, ec2=call.protocol == "ec2"))
        if call.protocol == "smithy-rpc-v2-cbor":
            return dict(_typed(shape, cbor.loads(call.body) if call.body else {}))
        if call.protocol == "json":
            return dict(_typed(shape, json.loads(call.body or b"{}")))
        return _from_rest(call, operation)
    except (ValueError, TypeError, AttributeError, RecursionError) as problem:
        raise AwsError("SerializationException", f"the request cannot be read: {problem}") from problem


def _typed(shape: Shape, value: Any) -> Any:  # noqa: ANN401 - follows the shape
    """A decoded JSON or CBOR value with the types of its shape; unknown members are dropped, as AWS does."""
    if shape.type_name == "structure":
        named = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        pairs = ((named[key], item) for key, item in value.items() if key in named and item is not None)
        return {name: _typed(member, item) for (name, member), item in pairs}
    if shape.type_name == "list":
        return [_typed(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: _typed(shape.value, item) for key, item in value.items()}
    return _SCALARS.get(shape.type_name, _as_it_is)(value)


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - a value that needs no change
    return value


def _text(value: Any) -> str:  # noqa: ANN401 - whatever stands in the request
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def _blob(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else base64.b64decode(value)


def _boolean(value: str | bool) -> bool:  # noqa: FBT001 - a parsed value, not a flag
    return value if isinstance(value, bool) else value.lower() == "true"


def _moment(value: Any) -> datetime:  # noqa: ANN401 - a number, text or datetime
    """A point in time as any of the protocols writes it."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except ValueError:
        moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": float,
    "float": float,
    "integer": int,
    "long": int,
    "string": _text,
    "timestamp": _moment,
}
"""How the value of a scalar shape is read, from the text of a form or from decoded JSON or CBOR."""


def _from_form(shape: Shape, prefix: str, form: Mapping[str, str], *, ec2: bool) -> Any:  # noqa: ANN401 - as the shape
    """The value of a shape out of flat form parameters, whose names start with `prefix`."""
    if shape.type_name == "structure":
        keys = {name: _joined(prefix, _form_name(name, member, ec2=ec2)) for name, member in shape.members.items()}
        members = ((name, key) for name, key in keys.items() if _present(key, form))
        return {name: _from_form(shape.members[name], key, form, ec2=ec2) for name, key in members}
    if shape.type_name == "list":
        flat = ec2 or shape.serialization.get("flattened")
        items = _numbered(prefix if flat else f"{prefix}.member", prefix, shape, form)
        return [_from_form(shape.member, key, form, ec2=ec2) for key in items]
    if shape.type_name == "map":
        name = shape.key.serialization.get("name", "key")
        content = shape.value.serialization.get("name", "value")
        entries = _counted(f"{prefix}.entry", form)
        return {form[f"{at}.{name}"]: _from_form(shape.value, f"{at}.{content}", form, ec2=ec2) for at in entries}
    return _SCALARS.get(shape.type_name, _as_it_is)(form[prefix])


def _form_name(name: str, member: Shape, *, ec2: bool) -> str:
    """What a member is called in a form."""
    if ec2:
        given = member.serialization.get("queryName")
        wire = member.serialization.get("name", name)
        return str(given or wire[0].upper() + wire[1:])
    if member.type_name == "list" and member.serialization.get("flattened"):
        return str(member.member.serialization.get("name", name))
    return str(member.serialization.get("name", name))


def _joined(prefix: str, name: str) -> str:
    """A nested form name."""
    return f"{prefix}.{name}" if prefix else name


def _present(key: str, form: Mapping[str, str]) -> bool:
    """Whether a form has this parameter or any below it."""
    return key in form or any(name.startswith(f"{key}.") for name in form)


def _counted(prefix: str, form: Mapping[str, str]) -> list[str]:
    """`prefix.1`, `prefix.2`… as far as the form has them."""
    found: list[str] = []
    while _present(f"{prefix}.{len(found) + 1}", form):
        found.append(f"{prefix}.{len(found) + 1}")
    return found


def _numbered(wanted: str, prefix: str, shape: Shape, form: Mapping[str, str]) -> list[str]:
    """The keys of a list's items; some services name the items otherwise than `member`."""
    return _counted(wanted, form) or _counted(f"{prefix}.{shape.member.serialization.get('name', 'member')}", form)


def _from_rest(call: Call, operation: OperationModel) -> dict[str, Any]:
    """The labels, query parameters and JSON body of a REST call."""
    shape = operation.input_shape
    match = _template(operation)[0].fullmatch(unquote(call.environ.get("PATH_INFO", "/")))
    labels = match.groupdict() if match else {}
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        wire = member.serialization.get("name", name)
        place = member.serialization.get("location")
        if place == "uri" and wire in labels:
            found[name] = _typed(member, labels[wire])
        elif place == "querystring" and wire in call.form:
            found[name] = _from_form(member, wire, call.form, ec2=False)
    if call.protocol == "rest-json" and call.body:
        found |= _typed(shape, json.loads(call.body))
    return found
