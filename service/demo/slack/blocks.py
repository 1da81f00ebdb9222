"""What Block Kit accepts: block and element types, their fields and lengths, and ids that may stand only once.

Source: Slack's Block Kit reference (message surface).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from service.demo.slack.schema import (
    Check,
    anything,
    array,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    number,
    problem,
    record,
    string,
    together,
    web_address,
    word,
)

MOST_BLOCKS = 50
MOST_CHARACTERS = 13_200
"""Of all texts of a message's blocks together. Not published; measured from outside."""


def _plain(most: int, least: int = 1) -> Check:
    return by_type({"plain_text": record({"text": string(most, least)}, {"emoji": boolean})})


def _text(most: int, least: int = 1) -> Check:
    fields = {"text": string(most, least)}
    plain, rich = record(fields, {"emoji": boolean}), record(fields, {"verbatim": boolean})
    return by_type({"plain_text": plain, "mrkdwn": rich})


_CONFIRM = record(
    {"title": _plain(100), "text": _text(300), "confirm": _plain(30), "deny": _plain(30)},
    {"style": word("primary", "danger")},
)
_OPTION = record({"text": _text(75), "value": string(150)}, {"description": _text(75), "url": web_address()})
_ACTION = {"action_id": string(255)}
_SELECT: dict[str, Check] = _ACTION | {"placeholder": _plain(150), "confirm": _CONFIRM, "focus_on_load": boolean}
_CHOICES = _ACTION | {"initial_option": _OPTION, "confirm": _CONFIRM, "focus_on_load": boolean}
_BUTTON_MORE = _ACTION | {
    "url": web_address(),
    "value": string(2000, 0),
    "style": word("primary", "danger"),
    "confirm": _CONFIRM,
    "accessibility_label": string(75),
}
_IMAGE_ELEMENT = together(
    record({"alt_text": string(2000)}, {"image_url": web_address(), "slack_file": anything}),
    exactly_one("image_url", "slack_file"),
)
_STATIC_SELECT = together(
    record(
        {},
        _SELECT
        | {
            "options": array(_OPTION, 100),
            "option_groups": array(record({"label": _plain(75), "options": array(_OPTION, 100)}), 100),
            "initial_option": _OPTION,
        },
    ),
    exactly_one("options", "option_groups"),
)
_ELEMENTS: dict[str, Check] = {
    "button": record({"text": _plain(75)}, _BUTTON_MORE),
    "static_select": _STATIC_SELECT,
    "users_select": record({}, _SELECT | {"initial_user": string(50)}),
    "channels_select": record({}, _SELECT | {"initial_channel": string(50)}),
    "overflow": record({"options": array(_OPTION, 5)}, _ACTION | {"confirm": _CONFIRM}),
    "datepicker": record({}, _SELECT | {"initial_date": string(10)}),
    "timepicker": record({}, _SELECT | {"initial_time": string(5), "timezone": string(50)}),
    "radio_buttons": record({"options": array(_OPTION, 10)}, _CHOICES),
    "checkboxes": record({"options": array(_OPTION, 10)}, _CHOICES | {"initial_options": array(_OPTION, 10)}),
}
_INPUTS: dict[str, Check] = {name: check for name, check in _ELEMENTS.items() if name not in {"button", "overflow"}} | {
    "plain_text_input": record(
        {},
        _ACTION
        | {"placeholder": _plain(150), "initial_value": string(3000, 0), "multiline": boolean}
        | {"min_length": number, "max_length": number, "focus_on_load": boolean, "dispatch_action_config": anything},
    )
}
_ID = {"block_id": string(255)}
_CONTEXT_ELEMENTS = {"image": _IMAGE_ELEMENT, "plain_text": _plain(3000), "mrkdwn": _text(3000)}
_RICH_MORE = {"border": number, "indent": number, "offset": number, "style": anything, "language": anything}
_RICH: dict[str, Check] = {
    name: record({"elements": array(anything, 1000, 0)}, _RICH_MORE)
    for name in ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
}
_BLOCKS: dict[str, Check] = {
    "header": record({"text": _plain(150)}, _ID | {"level": number}),
    "section": together(
        record(
            {},
            _ID
            | {"text": _text(3000), "fields": array(_text(2000), 10), "expand": boolean}
            | {"accessory": by_type(_ELEMENTS | {"image": _IMAGE_ELEMENT})},
        ),
        at_least_one(("text", "fields")),
    ),
    "divider": record({}, _ID),
    "context": record({"elements": array(by_type(_CONTEXT_ELEMENTS), 10)}, _ID),
    "actions": record({"elements": array(by_type(_ELEMENTS), 25)}, _ID),
    "image": together(
        record(
            {"alt_text": string(2000)},
            _ID | {"image_url": web_address(), "slack_file": anything, "title": _plain(2000)},
        ),
        exactly_one("image_url", "slack_file"),
    ),
    "rich_text": record({"elements": array(by_type(_RICH), 1000)}, _ID),
    "input": record(
        {"label": _plain(2000), "element": by_type(_INPUTS)},
        _ID | {"hint": _plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "markdown": record({"text": string(12_000)}, _ID),
}


def problems(blocks: object, knows_file: Callable[[Mapping[str, Any]], bool], most: int = MOST_BLOCKS) -> list[str]:
    """What Slack would refuse, each problem with its place; empty when all is well."""
    found = list(array(by_type(_BLOCKS), most, 0)(blocks, "/blocks"))
    if not found and isinstance(blocks, list):
        found = [*_twice(blocks), *_pictures(blocks, "/blocks", knows_file)]
    return found


def characters(value: object) -> int:
    """How many characters all `text` strings of some blocks have together."""
    if isinstance(value, list):
        return sum(characters(one) for one in value)
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(characters(one) for one in value.values())


def _twice(blocks: list[Any]) -> Iterator[str]:
    """Ids that stand twice: a block_id in a message, an action_id in a block."""
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        name = block.get("block_id")
        if name in seen:
            yield problem(f"`block_id` already exists: {name}", f"/blocks/{place}/block_id")
        seen |= {name} - {None}
        used: set[str] = set()
        for other, element in enumerate(block.get("elements", ()) if block["type"] == "actions" else ()):
            action = element.get("action_id")
            if action in used:
                yield problem(f"`action_id` already exists: {action}", f"/blocks/{place}/elements/{other}/action_id")
            used |= {action} - {None}


def _pictures(value: object, pointer: str, knows_file: Callable[[Mapping[str, Any]], bool]) -> Iterator[str]:
    """Pictures that Slack could not fetch: files it does not have (yet), and addresses that only we reach."""
    if isinstance(value, list):
        for place, one in enumerate(value):
            yield from _pictures(one, f"{pointer}/{place}", knows_file)
    if not isinstance(value, dict):
        return
    reference = value.get("slack_file")
    if reference is not None and not (isinstance(reference, dict) and knows_file(reference)):
        yield problem("invalid slack file", f"{pointer}/slack_file")
    if "image_url" in value and _is_private(str(value["image_url"])):
        yield problem("downloading image failed", f"{pointer}/image_url")
    for name, one in value.items():
        yield from _pictures(one, f"{pointer}/{name}", knows_file)


def _is_private(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".internal", ".localhost"))
