"""Block Kit is held to its published form: lengths, counts, types, required fields, and ids that stand only once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.demo.slack.blocks import characters, problems
from service.demo.slack.launch import EmbeddedSlack
from tests.demo.slack_asking import OPS, actions, button, refusal, section, web


def _problems(*blocks: Any, files: tuple[str, ...] = ()) -> list[str]:  # noqa: ANN401 - JSON, right or wrong
    return problems(list(blocks), lambda file: file.get("id") in files)


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _options(count: int) -> list[dict[str, Any]]:
    return [{"text": _plain("x"), "value": str(number)} for number in range(count)]


def _fields(count: int, length: int = 1) -> dict[str, Any]:
    return {"type": "section", "fields": [_plain("x" * length)] * count}


def _image(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"type": "image", "alt_text": "a chart"} | more


_CONFIRM = {"title": _plain("t"), "text": _plain("x"), "confirm": _plain("y"), "deny": _plain("n")}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "header", "text": _plain("x" * 150)},
        section("x" * 3000),
        _fields(10, 2000),
        section() | {"fields": [_plain("x")], "accessory": button("a")},
        {"type": "divider", "block_id": "b"},
        actions(*[button(str(number)) for number in range(25)]),
        actions(
            button("a", "x" * 75, value="v" * 2000, url="https://example.com/?q=1", style="danger", confirm=_CONFIRM)
        ),
        actions({"type": "static_select", "action_id": "s", "options": _options(100)}),
        actions({"type": "overflow", "action_id": "o", "options": _options(5)}),
        {"type": "context", "elements": [_plain("x")] * 10},
        {"type": "context", "elements": [_image(image_url="https://example.com/a.png")]},
        _image(slack_file={"id": "F1"}, title=_plain("Chart")),
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x", "verbatim": True}},
    ],
)
def test_what_is_within_the_limits_is_taken(block: dict[str, Any]) -> None:
    assert _problems(block, files=("F1",)) == []


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"type": "header", "text": _plain("x" * 151)}, "must be less than 151 characters @/text/text]"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "unsupported type: mrkdwn @/text/type]"),
        (section("x" * 3001), "must be less than 3001 characters @/text/text]"),
        (section(""), "must be more than 0 characters @/text/text]"),
        ({"type": "section"}, "must have at least one of: text, fields @]"),
        (_fields(11), "no more than 10 items allowed @/fields]"),
        (_fields(1, 2001), "must be less than 2001 characters @/fields/0/text]"),
        (actions(*[button(str(number)) for number in range(26)]), "no more than 25 items allowed @/elements]"),
        (actions(), "no fewer than 1 items allowed @/elements]"),
        (actions(button("a", "x" * 76)), "must be less than 76 characters @/elements/0/text/text]"),
        (actions(button("a", value="x" * 2001)), "must be less than 2001 characters @/elements/0/value]"),
        (actions(button("a" * 256)), "must be less than 256 characters @/elements/0/action_id]"),
        (actions(button("a", style="green")), "must be a valid enum value @/elements/0/style]"),
        (actions(button("a", url="nonsense")), "must be a valid URL @/elements/0/url]"),
        (actions(button("a", url="javascript:alert(1)")), "must be a valid URL @/elements/0/url]"),
        (actions(button("a", colour="red")), "invalid additional property: colour @/elements/0]"),
        (actions(button("a") | {"text": {"type": "mrkdwn"}}), "unsupported type: mrkdwn @/elements/0/text/type]"),
        (actions({"type": "button", "action_id": "a"}), "missing required field: text @/elements/0]"),
        (actions({"type": "static_select"}), "must have exactly one of: options, option_groups @/elements/0]"),
        (actions(button("a", confirm={"title": _plain("t")})), "missing required field: deny @/elements/0/confirm]"),
        ({"type": "context", "elements": [_plain("x")] * 11}, "no more than 10 items allowed @/elements]"),
        ({"type": "context", "elements": [button("a")]}, "unsupported type: button @/elements/0/type]"),
        ({"type": "image", "image_url": "https://example.com/a.png"}, "missing required field: alt_text @]"),
        (_image(), "must have exactly one of: image_url, slack_file @]"),
        (_image(image_url="http://127.0.0.1:8080/a.png"), "downloading image failed @/image_url]"),
        (_image(slack_file={"id": "F0"}), "invalid slack file @/slack_file]"),
        ({"type": "blink"}, "unsupported type: blink @/type]"),
        ({"text": _plain("x")}, "missing required field: type @]"),
        ("section", "must be an object @]"),
        ({"type": "divider", "block_id": "x" * 256}, "must be less than 256 characters @/block_id]"),
    ],
)  # fmt: skip
def test_what_is_beyond_them_is_refused_with_its_place(block: object, problem: str) -> None:
    words, _, place = problem.partition(" @")
    assert f"{words} [json-pointer:/blocks/0{place}" in _problems(block)


def test_ids_stand_only_once() -> None:
    divider = {"type": "divider", "block_id": "same"}
    assert _problems(divider, divider) == ["`block_id` already exists: same [json-pointer:/blocks/1/block_id]"]
    twice = actions(button("same"), button("same"))
    assert _problems(twice) == ["`action_id` already exists: same [json-pointer:/blocks/0/elements/1/action_id]"]
    assert _problems(actions(button("same")), actions(button("same"))) == []


def test_a_message_has_fifty_blocks_at_most() -> None:
    assert _problems(*[{"type": "divider"}] * 50) == []
    assert _problems(*[{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["section", "button", "image", "actions"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "fields", "accessory", "block_id"]), inner, max_size=5
        )
    ),
    max_leaves=30,
)


@given(blocks=_JSON)
def test_no_json_breaks_the_check(blocks: object) -> None:
    found = problems(blocks, lambda _file: False)
    assert all(one.endswith("]") and "[json-pointer:/blocks" in one for one in found)
    assert characters(blocks) >= 0


@pytest.mark.demo
def test_a_refusal_names_every_problem_and_posts_nothing(demo_slack: EmbeddedSlack) -> None:
    blocks = [section("x" * 3001), {"type": "header", "text": _plain("x" * 151)}]
    refused = refusal(web(demo_slack).chat_postMessage, channel=OPS, text="t", blocks=blocks)
    assert (refused["error"], len(refused["response_metadata"]["messages"])) == ("invalid_blocks", 2)
    assert refused["response_metadata"]["messages"][0].startswith("[ERROR] must be less than 3001 characters")
    assert demo_slack.control.messages() == []


@pytest.mark.demo
def test_all_texts_of_the_blocks_together_have_a_limit_too(demo_slack: EmbeddedSlack) -> None:
    post = web(demo_slack).chat_postMessage
    assert refusal(post, channel=OPS, text="t", blocks=[section("x" * 2700)] * 5)["error"] == "msg_blocks_too_long"
    assert post(channel=OPS, text="t", blocks=[section("x" * 2600)] * 5)["ok"]
