"""Demo Slack answers slack_sdk as Slack does: posting, editing, history, threads, files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from service.demo.slack.launch import EmbeddedSlack
from tests.demo.slack_asking import OPS, PNG, PROD, actions, button, fetch, refusal, section, web

pytestmark = pytest.mark.demo


def test_the_token_says_who_we_are(demo_slack: EmbeddedSlack) -> None:
    who = web(demo_slack).auth_test()
    assert (who["ok"], who["user"], who["bot_id"], who["url"]) == (
        True,
        "lamplighter",
        "B0LAMPBOT1",
        f"{demo_slack.url}/",
    )


def test_a_form_posts_as_json_does(demo_slack: EmbeddedSlack) -> None:
    form = {"token": demo_slack.bot_token, "channel": OPS, "text": "한글", "blocks": '[{"type":"divider"}]'}
    body = urlencode(form)
    status, answer, _ = fetch(f"{demo_slack.api_url}chat.postMessage", body.encode())
    said = demo_slack.control.messages("ops")[0]
    assert (status, b'"ok": true' in answer) == (200, True)
    assert (said["text"], said["blocks"][0]["type"]) == ("한글", "divider")


def test_a_message_is_found_in_history_by_its_metadata(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    mark = {"event_type": "notice", "event_payload": {"key": "ops/n1/1"}}
    sent = client.chat_postMessage(channel="#ops", text="down", metadata=mark)
    plain = client.conversations_history(channel=OPS)["messages"][0]
    whole = client.conversations_history(channel=OPS, include_all_metadata=True)["messages"][0]
    assert (sent["channel"], plain["ts"], "metadata" in plain) == (OPS, sent["ts"], False)
    assert whole["metadata"] == mark


def test_history_is_newest_first_in_pages_and_within_bounds(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    demo_slack.control.limits(enabled=False)
    times = [client.chat_postMessage(channel=OPS, text=f"m{number}")["ts"] for number in range(5)]
    first = client.conversations_history(channel=OPS, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = client.conversations_history(channel=OPS, limit=3, cursor=cursor)
    assert [one["text"] for one in first["messages"]] == ["m4", "m3"]
    assert ([one["text"] for one in second["messages"]], first["has_more"], second["has_more"]) == (
        ["m2", "m1", "m0"],
        True,
        False,
    )
    between: dict[str, Any] = {"channel": OPS, "oldest": times[1], "latest": times[3]}
    assert [one["text"] for one in client.conversations_history(**between)["messages"]] == ["m2"]
    inclusive = client.conversations_history(**between, inclusive=True)["messages"]
    assert [one["text"] for one in inclusive] == ["m3", "m2", "m1"]


def test_replies_stand_in_the_thread_and_not_in_the_channel(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    parent = client.chat_postMessage(channel=OPS, text="down")["ts"]
    reply = client.chat_postMessage(channel=OPS, text="worse", thread_ts=parent)["ts"]
    client.chat_postMessage(channel=OPS, text="a reply to a reply", thread_ts=reply)
    channel = client.conversations_history(channel=OPS)["messages"]
    thread = client.conversations_replies(channel=OPS, ts=parent)["messages"]
    assert [(one["text"], one["reply_count"]) for one in channel] == [("down", 2)]
    assert [one["text"] for one in thread] == ["down", "worse", "a reply to a reply"]
    assert refusal(client.conversations_replies, channel=OPS, ts="1.000001")["error"] == "thread_not_found"


def test_an_edit_keeps_the_message_and_its_versions(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    sent = client.chat_postMessage(channel=OPS, text="one", blocks=[section("one")])
    client.chat_update(channel=OPS, ts=sent["ts"], text="two", blocks=[section("two")])
    (kept,) = demo_slack.control.messages("ops")
    assert ([version["text"] for version in kept["versions"]], kept["ts"]) == (["one", "two"], sent["ts"])
    assert "edited" in client.conversations_history(channel=OPS)["messages"][0]


@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")
def test_an_edit_with_text_alone_takes_the_blocks_away_and_one_with_metadata_alone_does_not(
    demo_slack: EmbeddedSlack,
) -> None:
    client = web(demo_slack)
    ts = client.chat_postMessage(channel=OPS, text="one", blocks=[section()])["ts"]
    client.chat_update(channel=OPS, ts=ts, metadata={"event_type": "a", "event_payload": {}})
    assert demo_slack.control.messages("ops")[0]["blocks"]
    client.chat_update(channel=OPS, ts=ts, text="two")
    assert "blocks" not in demo_slack.control.messages("ops")[0]


def test_blocks_get_the_ids_they_lack(demo_slack: EmbeddedSlack) -> None:
    nameless = {"type": "button", "text": {"type": "plain_text", "text": "x"}}
    sent = web(demo_slack).chat_postMessage(channel=OPS, text="t", blocks=[actions(nameless, button("mine"))])
    (block,) = sent["message"]["blocks"]
    assert block["block_id"]
    assert [bool(one["action_id"]) for one in block["elements"]] == [True, True]
    assert block["elements"][1]["action_id"] == "mine"


def test_only_one_person_sees_an_ephemeral_message(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    sent = client.chat_postEphemeral(channel=OPS, user="U0ONCALL01", text="psst")
    assert client.conversations_history(channel=OPS)["messages"] == []
    assert demo_slack.control.messages("ops")[0]["seen_by"] == "U0ONCALL01"
    error = refusal(client.chat_update, channel=OPS, ts=sent["message_ts"], text="x")["error"]
    assert error == "message_not_found"
    assert refusal(client.chat_postEphemeral, channel=OPS, user="U0", text="x")["error"] == "user_not_in_channel"


def test_a_picture_is_uploaded_and_shown_in_a_block(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    file = client.files_upload_v2(content=PNG, filename="chart.png", title="Chart")["files"][0]
    block = {"type": "image", "slack_file": {"id": file["id"]}, "alt_text": "a chart"}
    client.chat_postMessage(channel=OPS, text="t", blocks=[block])
    by_address = block | {"slack_file": {"url": file["url_private"]}}
    client.chat_postMessage(channel=OPS, text="t", blocks=[by_address])
    status, body, headers = fetch(file["url_private"])
    assert (status, body, headers["Content-Type"].split(";")[0]) == (200, PNG, "image/png")


def test_an_upload_may_share_its_file_in_a_thread(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    ts = client.chat_postMessage(channel=OPS, text="down")["ts"]
    client.files_upload_v2(content=PNG, filename="c.png", channel=OPS, thread_ts=ts, initial_comment="look")
    reply = client.conversations_replies(channel=OPS, ts=ts)["messages"][1]
    assert (reply["text"], len(reply["files"])) == ("look", 1)


def test_a_file_that_slack_still_looks_at_cannot_be_shown_yet(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    demo_slack.control.limits(file_seconds=60)
    file = client.files_upload_v2(content=PNG, filename="chart.png")["files"][0]
    block = {"type": "image", "slack_file": {"id": file["id"]}, "alt_text": "a chart"}
    refused = refusal(client.chat_postMessage, channel=OPS, text="t", blocks=[block])
    assert refused["response_metadata"]["messages"] == [
        "[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"
    ]
    assert client.files_info(file=file["id"])["file"]["mimetype"] == ""
    demo_slack.control.advance(61)
    assert client.chat_postMessage(channel=OPS, text="t", blocks=[block])["ok"]
    assert client.files_info(file=file["id"])["file"]["mimetype"] == "image/png"


def test_an_upload_of_another_length_is_refused(demo_slack: EmbeddedSlack) -> None:
    place = web(demo_slack).files_getUploadURLExternal(filename="a.png", length=5)
    assert fetch(place["upload_url"], b"123")[0] == 400
    assert (
        refusal(web(demo_slack).files_completeUploadExternal, files=[{"id": place["file_id"]}])["error"]
        == "file_not_found"
    )


def test_a_permalink_leads_to_the_message_on_the_page(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    ts = client.chat_postMessage(channel=OPS, text="down")["ts"]
    link = client.chat_getPermalink(channel=OPS, message_ts=ts)["permalink"]
    assert link == f"{demo_slack.url}/archives/{OPS}/p{ts.replace('.', '')}"
    assert fetch(link)[0] == 200


def test_channels_are_listed_told_and_joined(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    names = [one["name"] for one in client.conversations_list()["channels"]]
    assert names == ["ops", "prod-alerts", "budget", "dev-lights"]
    demo_slack.control.channel("prod-alerts", joined=False)
    assert client.conversations_info(channel=PROD)["channel"]["is_member"] is False
    client.conversations_join(channel=PROD)
    assert client.conversations_info(channel=PROD)["channel"]["is_member"] is True
    assert client.conversations_join(channel=PROD)["warning"] == "already_in_channel"


def test_people_and_reactions(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    assert client.users_info(user="U0ONCALL01")["user"]["real_name"] == "On-call engineer"
    assert refusal(client.users_info, user="U0NOBODY00")["error"] == "user_not_found"
    ts = client.chat_postMessage(channel=OPS, text="down")["ts"]
    client.reactions_add(channel=OPS, timestamp=ts, name="eyes")
    assert client.conversations_history(channel=OPS)["messages"][0]["reactions"][0]["count"] == 1
    assert refusal(client.reactions_add, channel=OPS, timestamp=ts, name="eyes")["error"] == "already_reacted"


def test_a_deleted_message_is_gone(demo_slack: EmbeddedSlack) -> None:
    client = web(demo_slack)
    ts = client.chat_postMessage(channel=OPS, text="oops")["ts"]
    client.chat_delete(channel=OPS, ts=ts)
    assert client.conversations_history(channel=OPS)["messages"] == []
    assert refusal(client.chat_update, channel=OPS, ts=ts, text="x")["error"] == "message_not_found"


def test_ids_grow_while_the_clock_stands_still(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.call("POST", "clock", {"now": 1_795_000_000})
    times = [web(demo_slack).chat_postMessage(channel=OPS, text=str(number))["ts"] for number in range(3)]
    assert times == sorted(set(times))
