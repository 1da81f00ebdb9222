"""Uploading a file in three steps, as Slack asks for since files.upload is gone, and showing it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from service.demo.slack.desk import Desk
from service.demo.slack.model import BOT, BOT_USER, File, Message
from service.demo.slack.wire import Call, Refused

_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_FORM_FILE = re.compile(rb"\r\n\r\n(.*)\r\n--", re.DOTALL)


def reserve(desk: Desk, call: Call) -> dict[str, Any]:
    """files.getUploadURLExternal."""
    length = call.required("length")
    if not length.isdigit() or int(length) == 0:
        raise Refused("invalid_arguments", ("must be a positive number [json-pointer:/length]",))
    name = call.required("filename")
    key = f"F{secrets.token_hex(5).upper()}"
    desk.workspace.keep_file(File(key, name, name, call.text("alt_txt"), int(length)))
    return {"upload_url": f"{desk.url}/upload/v1/{key}", "file_id": key}


def receive(desk: Desk, key: str, body: bytes, content_type: str) -> str:
    """The bytes of a file, plain or as a form. Raises Refused (404, or 400 when the length is another)."""
    file = desk.workspace.files.get(key)
    if file is None or file.complete:
        raise Refused("file_not_found", status=404)
    if content_type.startswith("multipart/"):
        part = _FORM_FILE.search(body)
        body = part.group(1) if part else b""
    if len(body) != file.length:
        raise Refused("invalid_length", status=400)
    desk.workspace.keep_file(replace(file, body=body, kind=_kind(body)))
    return f"OK - {len(body)}"


def complete(desk: Desk, call: Call) -> dict[str, Any]:
    """files.completeUploadExternal, which may also share the files in a channel."""
    wanted = call.structured("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
        raise Refused("invalid_arguments", ("missing required field: files",))
    channels = [desk.workspace.channel(one) for one in _channels(call)]
    for channel in channels:
        if not channel.joined:
            raise Refused("not_in_channel")
        if channel.archived:
            raise Refused("is_archived")
    done = [_finish(desk, one) for one in wanted]
    for channel in channels:
        text, files = call.text("initial_comment"), tuple(one.id for one in done)
        desk.workspace.say(
            Message(
                channel.id, "", BOT_USER, text, 0.0, thread=call.text("thread_ts"), bot=BOT, via="file", files=files
            )
        )
    return {"files": [describe(desk, one) for one in done]}


def describe(desk: Desk, file: File) -> dict[str, Any]:
    """A file as the Web API gives it."""
    address = f"{desk.url}/files-pri/T-{file.id}/{file.id}/{file.name}"
    kind = {"mimetype": file.kind, "filetype": file.kind.rpartition("/")[2], "size": file.length}
    return {"id": file.id, "name": file.name, "title": file.title, "url_private": address, "permalink": address} | kind


def info(desk: Desk, call: Call) -> dict[str, Any]:
    """files.info: `mimetype` is empty until Slack has looked at the file."""
    file = desk.workspace.files.get(call.required("file"))
    if file is None or not file.complete:
        raise Refused("file_not_found")
    looked_at = file.ready_at <= desk.workspace.now()
    return {"file": describe(desk, file if looked_at else replace(file, kind=""))}


def _channels(call: Call) -> Iterable[str]:
    one, several = call.text("channel_id"), call.text("channels")
    return [name for name in (one, *several.split(",")) if name]


def _finish(desk: Desk, wanted: Mapping[str, Any]) -> File:
    file = desk.workspace.files.get(str(wanted.get("id", "")))
    if file is None or not file.body:
        raise Refused("file_not_found")
    ready = desk.workspace.now() + desk.limits.settings.file_seconds
    return desk.workspace.keep_file(
        replace(file, title=str(wanted.get("title") or file.name), complete=True, ready_at=ready)
    )


def _kind(body: bytes) -> str:
    found = next((kind for start, kind in _PICTURES.items() if body.startswith(start)), "")
    return found or "application/octet-stream"
