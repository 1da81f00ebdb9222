"""Writes answers and errors in the protocol that a request was made in."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from botocore.model import OperationModel, Shape

from service.demo import cbor
from service.demo.source import AwsError
from service.demo.wire import Call

_SERVER_FAULT = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def encode(call: Call, operation: OperationModel, result: Mapping[str, Any], request_id: str) -> Answer:
    """An action's output members as HTTP."""
    identity = ("x-amzn-RequestId", request_id)
    if call.protocol == "smithy-rpc-v2-cbor":
        headers = (identity, ("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))
        return Answer(200, headers, cbor.dumps(result))
    if call.protocol == "json":
        return Answer(200, (identity, ("Content-Type", _json_type(call))), _json(result))
    if call.protocol in {"query", "ec2"}:
        body = _query_body(call, operation, result, request_id)
        return Answer(200, (identity, ("Content-Type", "text/xml;charset=UTF-8")), body)
    return _rest(call, operation, result, identity)


def encode_error(call: Call | None, error: AwsError, request_id: str) -> Answer:
    """An error as HTTP, in a form that botocore takes the code and the message from."""
    identity = ("x-amzn-RequestId", request_id)
    protocol = call.protocol if call else "query"
    sender = "Sender" if error.status < _SERVER_FAULT else "Receiver"
    if protocol in {"json", "rest-json", "smithy-rpc-v2-cbor"}:
        fault = {"__type": error.code, "message": error.message}
        headers: tuple[tuple[str, str], ...] = (
            identity,
            ("x-amzn-query-error", f"{error.code};{sender}"),
            ("x-amzn-ErrorType", error.code),
        )
        if protocol == "smithy-rpc-v2-cbor":
            headers += (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))
            return Answer(error.status, headers, cbor.dumps(fault))
        return Answer(error.status, (*headers, ("Content-Type", "application/x-amz-json-1.1")), _json(fault))
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif protocol == "rest-xml" and call is not None and call.service == "s3":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    else:
        text = (
            f"<ErrorResponse><Error><Type>{sender}</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return Answer(error.status, (identity, ("Content-Type", "text/xml;charset=UTF-8")), text.encode())


def _json_type(call: Call) -> str:
    """The content type of the request, which says the version of the JSON protocol."""
    return str(call.environ.get("CONTENT_TYPE") or "application/x-amz-json-1.1")


def _json(value: Mapping[str, Any]) -> bytes:
    """JSON with epoch seconds for times, base64 for bytes; members that are None are left out."""
    kept = {key: item for key, item in value.items() if item is not None}
    return json.dumps(kept, default=_jsonable, separators=(",", ":")).encode()


def _jsonable(value: Any) -> Any:  # noqa: ANN401 - whatever json does not know
    """What json.dumps writes for a value that it doesn't know."""
    match value:
        case np.ndarray() if value.dtype.kind == "M":
            return value.astype("datetime64[s]").astype(np.int64).tolist()
        case np.ndarray():
            return value.tolist()
        case datetime():
            return value.timestamp()
        case bytes():
            return base64.b64encode(value).decode()
        case Decimal():
            return float(value)
        case np.generic():
            return value.item()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _query_body(call: Call, operation: OperationModel, result: Mapping[str, Any], request_id: str) -> bytes:
    """The XML of the query and ec2 protocols."""
    shape = operation.output_shape
    inner = _members(shape, result) if shape else ""
    namespace = operation.service_model.metadata.get("xmlNamespace", "http://ec2.amazonaws.com/doc/2016-11-15/")
    if call.protocol == "ec2":
        inner = f"<requestId>{request_id}</requestId>{inner}"
    else:
        wrapper = (shape.serialization.get("resultWrapper") if shape else None) or f"{operation.name}Result"
        inner = (
            f"<{wrapper}>{inner}</{wrapper}><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        )
    return f'<{operation.name}Response xmlns="{namespace}">{inner}</{operation.name}Response>'.encode()


def _members(shape: Shape, value: Mapping[str, Any]) -> str:
    """The XML of a structure's members."""
    parts = []
    for name, member in shape.members.items():
        item = value.get(name)
        if item is not None and member.serialization.get("location") is None:
            parts.append(_element(str(member.serialization.get("name", name)), member, item))
    return "".join(parts)


def _element(name: str, shape: Shape, value: Any) -> str:  # noqa: ANN401 - follows the shape
    """One element of XML."""
    match shape.type_name:
        case "structure":
            inner = _members(shape, value)
        case "list":
            flat = shape.serialization.get("flattened")
            inside = shape.member.serialization.get("name", name if flat else "member")
            items = _plain(value)
            inner = "".join(_element(str(inside), shape.member, item) for item in items)
            if flat:
                return inner
        case "map":
            inner = "".join(f"<entry>{_pair(shape, key, item)}</entry>" for key, item in value.items())
        case _:
            inner = escape(_text(shape, value))
    return f"<{name}>{inner}</{name}>"


def _pair(shape: Shape, key: str, item: Any) -> str:  # noqa: ANN401 - follows the shape
    """One entry of a map."""
    names = [part.serialization.get("name", word) for part, word in ((shape.key, "key"), (shape.value, "value"))]
    return _element(str(names[0]), shape.key, key) + _element(str(names[1]), shape.value, item)


def _plain(values: Any) -> Any:  # noqa: ANN401 - a list or an array
    """A list of Python values."""
    if not isinstance(values, np.ndarray):
        return values
    if values.dtype.kind == "M":
        return [datetime.fromtimestamp(at, UTC) for at in values.astype("datetime64[s]").astype(np.int64).tolist()]
    return values.tolist()


def _text(shape: Shape, value: Any) -> str:  # noqa: ANN401 - a scalar
    """A scalar as XML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if shape.serialization.get("timestampFormat") == "rfc822":
            return format_datetime(value.astimezone(UTC), usegmt=True)
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def _rest(call: Call, operation: OperationModel, result: Mapping[str, Any], identity: tuple[str, str]) -> Answer:
    """An answer of a REST service: headers where the model says so, the rest (or the payload member) in the body."""
    shape = operation.output_shape
    if shape is None:
        return Answer(200, (identity,), b"")
    headers = [identity]
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header" and result.get(name) is not None:
            headers.append((str(member.serialization.get("name", name)), _text(member, result[name])))
    payload = shape.serialization.get("payload")
    if call.protocol == "rest-json":
        named = {
            member.serialization.get("name", name): result.get(name)
            for name, member in shape.members.items()
            if member.serialization.get("location") is None
        }
        return Answer(200, (*headers, ("Content-Type", "application/json")), _json(named))
    if payload:
        inside = shape.members[payload]
        body = _element(str(inside.serialization.get("name", inside.name)), inside, result.get(payload) or {})
    else:
        body = _element(str(shape.serialization.get("name", shape.name)), shape, result)
    return Answer(200, (*headers, ("Content-Type", "application/xml")), body.encode())
