"""The bot against a server that speaks Slack, with its limits on."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.errors import Busy, Refused, Unreachable
from alerts.notice import Notice
from alerts.slack.api import new_client
from alerts.slack.bot import SlackBot
from alerts.slack.links import Links
from alerts.slack.pictures import Draw, Picture
from service.demo.slack.launch import EmbeddedSlack
from store.alerting import NoticeKind, Severity
from tests.alerts.slack.samples import NOW, alert, delivery, notice, resolved, taken, voice

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
TIMEOUT = 1


def drawn(of: Notice) -> Picture | None:
    return Picture(PNG, of.notice)


def bot(slack: EmbeddedSlack, channel: str = "#ops", *, token: str = "", draw: Draw | None = None) -> SlackBot:
    client = new_client(token or slack.bot_token, slack.api_url, TIMEOUT)
    return SlackBot("ops", channel, client, voice(), Links("https://lamp.example.com"), draw=draw)


def told(slack: EmbeddedSlack, channel: str = "ops") -> list[dict[str, Any]]:
    """The messages of a channel that are no replies."""
    return [
        message
        for message in slack.control.messages(channel)
        if message.get("thread_ts", message["ts"]) == message["ts"]
    ]


def replies(slack: EmbeddedSlack, channel: str = "ops") -> list[dict[str, Any]]:
    return [
        message
        for message in slack.control.messages(channel)
        if message.get("thread_ts", message["ts"]) != message["ts"]
    ]


def test_an_incident_is_one_message_that_is_edited_in_place(demo_slack: EmbeddedSlack) -> None:
    ops = bot(demo_slack)
    first = ops.send(delivery(notice()), notice())
    second = ops.send(delivery(taken(), ref=dict(first.ref)), taken())
    third = ops.send(delivery(resolved(), ref=dict(second.ref)), resolved())
    assert first.ref["ts"] == second.ref["ts"] == third.ref["ts"]
    (message,) = told(demo_slack)
    assert len(message["versions"]) == 3
    assert message["text"].startswith("✅ Resolved · backend: HTTP 5xx 7.2 % · prod · Resolved after 23 min")
    assert [reply["text"] for reply in replies(demo_slack)] == [
        "• oncall acknowledged backend-5xx",
        "✅ Resolved after 23 min",
    ]


def test_the_first_message_carries_its_key(demo_slack: EmbeddedSlack) -> None:
    bot(demo_slack).send(delivery(notice()), notice())
    (message,) = told(demo_slack)
    assert message["metadata"]["event_type"] == "lamplighter_notice"
    assert message["metadata"]["event_payload"]["key"] == "ops/n0123456789abcdef/1"


def test_an_edit_without_news_says_nothing_in_the_thread(demo_slack: EmbeddedSlack) -> None:
    ops = bot(demo_slack)
    first = ops.send(delivery(notice()), notice())
    quiet = notice(kind=NoticeKind.CHANGED, sequence=2)
    ops.send(delivery(quiet, ref=dict(first.ref)), quiet)
    assert replies(demo_slack) == []


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after"])
def test_what_was_posted_before_the_connection_broke_is_found_again(demo_slack: EmbeddedSlack, kind: str) -> None:
    demo_slack.control.fault(kind, method="chat.postMessage", seconds=2, times=1)
    ops = bot(demo_slack)
    with pytest.raises(Unreachable) as broken:
        ops.send(delivery(notice()), notice())
    assert broken.value.ambiguous
    sent = ops.send(delivery(notice(), attempts=2), notice())
    (message,) = told(demo_slack)
    assert sent.ref["ts"] == message["ts"]


def test_another_process_finds_it_too(demo_slack: EmbeddedSlack) -> None:
    bot(demo_slack).send(delivery(notice()), notice())
    bot(demo_slack).send(delivery(notice(), attempts=2), notice())
    assert len(told(demo_slack)) == 1


def test_another_receivers_message_of_the_same_channel_is_not_taken_for_ours(demo_slack: EmbeddedSlack) -> None:
    bot(demo_slack).send(delivery(notice()), notice())
    other = SlackBot("boss", "#ops", new_client(demo_slack.bot_token, demo_slack.api_url), voice(), Links())
    told_too = notice(receiver="boss")
    other.send(delivery(told_too, attempts=2), told_too)
    assert len(told(demo_slack)) == 2


def test_a_message_that_never_arrived_is_posted_by_the_next_attempt(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("reset_before", method="chat.postMessage", times=1)
    ops = bot(demo_slack)
    with pytest.raises(Unreachable):
        ops.send(delivery(notice()), notice())
    ops.send(delivery(notice(), attempts=2), notice())
    assert len(told(demo_slack)) == 1


def test_if_nobody_can_tell_it_is_said_twice_rather_than_never(demo_slack: EmbeddedSlack) -> None:
    bot(demo_slack).send(delivery(notice()), notice())
    demo_slack.control.fault("error", method="conversations.history", error="missing_scope")
    bot(demo_slack, "C0DEMO0OPS").send(delivery(notice(), attempts=2), notice())
    assert len(told(demo_slack)) == 2


def test_an_ambiguous_reply_is_not_repeated(demo_slack: EmbeddedSlack) -> None:
    ops = bot(demo_slack)
    first = ops.send(delivery(notice()), notice())
    demo_slack.control.fault("timeout_after", method="chat.postMessage", seconds=2, times=1)
    with pytest.raises(Unreachable):
        ops.send(delivery(taken(), ref=dict(first.ref)), taken())
    ops.send(delivery(taken(), attempts=2, ref=dict(first.ref)), taken())
    assert len(replies(demo_slack)) == 1


def test_a_change_whose_first_message_was_never_recorded_finds_it(demo_slack: EmbeddedSlack) -> None:
    ops = bot(demo_slack)
    ops.send(delivery(notice()), notice())
    ops.send(delivery(resolved()), resolved())
    (message,) = told(demo_slack)
    assert message["text"].startswith("✅")


def test_a_deleted_message_is_posted_anew(demo_slack: EmbeddedSlack) -> None:
    ops = bot(demo_slack)
    first = ops.send(delivery(notice()), notice())
    new_client(demo_slack.bot_token, demo_slack.api_url).chat_delete(channel=first.ref["channel"], ts=first.ref["ts"])
    again = ops.send(delivery(taken(), ref=dict(first.ref)), taken())
    assert again.ref["ts"] != first.ref["ts"]
    assert [message["ts"] for message in told(demo_slack) if not message["deleted"]] == [again.ref["ts"]]


def test_busy_says_for_how_long_and_posts_without_looking_afterwards(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("ratelimited", method="chat.postMessage", seconds=7, times=1)
    ops = bot(demo_slack)
    with pytest.raises(Busy) as busy:
        ops.send(delivery(notice()), notice())
    assert busy.value.seconds == 7
    ops.send(delivery(notice(), attempts=2), notice())
    assert demo_slack.control.calls("conversations.history") == []
    assert len(told(demo_slack)) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_may_have_had_its_effect(demo_slack: EmbeddedSlack, status: int) -> None:
    demo_slack.control.fault("status", status=status, times=1)
    with pytest.raises(Unreachable) as broken:
        bot(demo_slack).send(delivery(notice()), notice())
    assert broken.value.ambiguous


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "request_timeout", "something_new"])
def test_an_error_that_is_not_known_to_be_final_is_tried_again(demo_slack: EmbeddedSlack, error: str) -> None:
    demo_slack.control.fault("error", method="chat.postMessage", error=error, times=1)
    with pytest.raises(Unreachable):
        bot(demo_slack).send(delivery(notice()), notice())


def test_an_answer_that_is_not_json_is_tried_again(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("garbage", method="chat.postMessage", times=1)
    with pytest.raises(Unreachable):
        bot(demo_slack).send(delivery(notice()), notice())


def test_nothing_that_listens_is_certainly_without_effect() -> None:
    client = new_client("xoxb-1", "http://127.0.0.1:9/api/", TIMEOUT)
    with pytest.raises(Unreachable) as broken:
        SlackBot("ops", "#ops", client, voice(), Links()).send(delivery(notice()), notice())
    assert not broken.value.ambiguous


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("invalid_auth", "put the bot token"),
        ("account_inactive", "put the bot token"),
        ("token_revoked", "put the bot token"),
        ("channel_not_found", "check the channel"),
        ("not_in_channel", "/invite @lamplighter"),
        ("is_archived", "unarchive"),
        ("restricted_action", "administrator"),
    ],
)
def test_what_will_never_work_is_refused_with_the_remedy(demo_slack: EmbeddedSlack, error: str, remedy: str) -> None:
    demo_slack.control.fault("error", method="chat.postMessage", error=error)
    with pytest.raises(Refused, match=remedy):
        bot(demo_slack).send(delivery(notice()), notice())


def test_a_refusal_says_so_in_korean_too(demo_slack: EmbeddedSlack) -> None:
    with pytest.raises(Refused) as refused:
        bot(demo_slack, "#nowhere").send(delivery(notice()), notice())
    assert "채널의 이름이나 ID를 확인하세요" in voice("ko").say(refused.value.args[0])


def test_a_token_is_never_in_an_error(demo_slack: EmbeddedSlack) -> None:
    with pytest.raises(Refused) as refused:
        bot(demo_slack, token=f"xoxb-{PNG.hex()}").send(delivery(notice()), notice())
    assert PNG.hex()[:20] not in str(refused.value)


def test_refused_blocks_are_sent_as_the_same_text(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("error", method="chat.postMessage", error="invalid_blocks", times=1)
    bot(demo_slack).send(delivery(notice(mention="@here")), notice(mention="@here"))
    (message,) = told(demo_slack)
    assert not message.get("blocks")
    for said in ("backend: HTTP 5xx", "One in fourteen", "<!here>", "deploy backend 4312", "|Open>"):
        assert said in message["text"]


def test_an_edit_with_refused_blocks_leaves_no_old_blocks(demo_slack: EmbeddedSlack) -> None:
    ops = bot(demo_slack)
    first = ops.send(delivery(notice()), notice())
    demo_slack.control.fault("error", method="chat.update", error="invalid_blocks", times=1)
    ops.send(delivery(resolved(), ref=dict(first.ref)), resolved())
    (message,) = told(demo_slack)
    assert not message.get("blocks")
    assert message["text"].startswith("✅ Resolved")


def test_a_note_is_a_message_of_its_own(demo_slack: EmbeddedSlack) -> None:
    note = notice(kind=NoticeKind.NOTE, note={"en": ("A test", "It works.")}, alerts=(), total=0, sequence=7)
    ops = bot(demo_slack)
    sent = ops.send(delivery(note, ref={"channel": "C0DEMO0OPS", "ts": "1.0"}), note)
    assert sent.ref == {}
    ops.send(delivery(note, attempts=2), note)
    (message,) = told(demo_slack)
    assert "A test" in message["text"]


def test_a_reminder_and_a_rise_of_severity_name_people_in_the_thread(demo_slack: EmbeddedSlack) -> None:
    ops = bot(demo_slack)
    first = ops.send(delivery(notice(severity=Severity.WARNING)), notice(severity=Severity.WARNING))
    again = notice(kind=NoticeKind.REMINDER, sequence=2, mention="<!subteam^S0123>", at=NOW)
    ops.send(delivery(again, ref=dict(first.ref)), again)
    (reply,) = replies(demo_slack)
    assert reply["text"] == "<!subteam^S0123>\n⏰ Still firing: 12 min"


def test_a_picture_is_shown_in_the_message_after_its_text(demo_slack: EmbeddedSlack) -> None:
    ops = bot(demo_slack, draw=drawn)
    sent = ops.send(delivery(notice()), notice())
    (message,) = told(demo_slack)
    images = [block for block in message["blocks"] if block["type"] == "image"]
    assert [image["slack_file"]["id"] for image in images] == [sent.ref["chart"]]
    ops.send(delivery(taken(), ref=dict(sent.ref)), taken())
    assert any(block["type"] == "image" for block in told(demo_slack)[0]["blocks"])


def test_a_picture_that_slack_still_looks_at_goes_into_the_thread(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.limits(file_seconds=60)
    sent = bot(demo_slack, draw=drawn).send(delivery(notice()), notice())
    assert "chart" not in sent.ref
    (message,) = told(demo_slack)
    assert all(block["type"] != "image" for block in message["blocks"])
    (reply,) = replies(demo_slack)
    assert reply["files"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "method": "files.getUploadURLExternal", "error": "missing_scope"},
        {"kind": "status", "method": "files.getUploadURLExternal", "status": 500},
        {"kind": "status", "method": "upload", "status": 500},
        {"kind": "reset_before", "method": "files.completeUploadExternal"},
        {"kind": "ratelimited", "method": "chat.update", "seconds": 30},
    ],
)
def test_a_picture_that_fails_never_fails_the_text(demo_slack: EmbeddedSlack, fault: dict[str, Any]) -> None:
    demo_slack.control.fault(fault.pop("kind"), **fault)
    sent = bot(demo_slack, draw=drawn).send(delivery(notice()), notice())
    assert [message["ts"] for message in told(demo_slack)] == [sent.ref["ts"]]


def test_a_drawing_that_breaks_never_fails_the_text(demo_slack: EmbeddedSlack) -> None:
    def broken(of: Notice) -> Picture | None:
        raise ZeroDivisionError(of.key)

    sent = bot(demo_slack, draw=broken).send(delivery(notice()), notice())
    assert sent.ref["ts"]


def test_after_a_failed_upload_the_next_pictures_are_left_out(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("status", method="files.getUploadURLExternal", status=500)
    ops = bot(demo_slack, draw=drawn)
    for number in range(3):
        one = notice(notice=f"n{number}")
        ops.send(delivery(one), one)
    assert len(demo_slack.control.calls("files.getUploadURLExternal")) == 1


def test_text_of_100_kb_in_four_scripts_is_taken(demo_slack: EmbeddedSlack) -> None:
    flood = "<!channel> & 서버가 응답하지 않습니다 サーバー Сервер 👩‍👩‍👧‍👦 " * 2000
    huge = alert(summary={"en": flood}, impact={"en": flood}, reason=flood, last_change=flood, muted=flood)
    many = notice(*[huge] * 50, total=10_000, group_labels={"environment": flood})
    bot(demo_slack).send(delivery(many), many)
    one = notice(huge, notice="n1")
    bot(demo_slack).send(delivery(one), one)
    for message in told(demo_slack):
        assert message["blocks"]
        assert "<!channel>" not in str(message["blocks"]) + message["text"]
