"""Incoming webhooks: what gets a message of its own, and what the answers mean."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.errors import Busy, Refused, Unreachable
from alerts.slack.links import Links
from alerts.slack.webhook import SlackWebhook
from service.demo.slack.launch import EmbeddedSlack
from store.alerting import NoticeKind
from tests.alerts.slack.samples import delivery, notice, resolved, taken, voice


def hook(slack: EmbeddedSlack, url: str = "") -> SlackWebhook:
    return SlackWebhook("hook", url or slack.webhook_url, voice(), Links("https://lamp.example.com"), timeout=1)


def told(slack: EmbeddedSlack) -> list[dict[str, Any]]:
    return slack.control.messages("ops")


def test_it_speaks_when_it_begins_gets_worse_and_ends(demo_slack: EmbeddedSlack) -> None:
    worse = notice(kind=NoticeKind.CHANGED, sequence=2, mention="@here")
    receiver = hook(demo_slack)
    receiver.send(delivery(notice()), notice())
    receiver.send(delivery(worse, reason="severity_rise"), worse)
    receiver.send(delivery(taken(), reason="acknowledged"), taken())
    receiver.send(delivery(resolved()), resolved())
    assert [message["text"][:10] for message in told(demo_slack)] == ["🔴 Page · b", "🔴 Page · b", "✅ Resolved"]


def test_what_is_left_out_says_why(demo_slack: EmbeddedSlack) -> None:
    sent = hook(demo_slack).send(delivery(taken(), reason="acknowledged"), taken())
    assert sent.receipt == {"left_out": "acknowledged"}


def test_its_buttons_are_links(demo_slack: EmbeddedSlack) -> None:
    hook(demo_slack).send(delivery(notice()), notice())
    (message,) = told(demo_slack)
    assert "ask=acknowledge" in str(message["blocks"])
    assert not [block for block in message["blocks"] if block["type"] == "actions"]


@pytest.mark.parametrize(
    ("status", "word"), [(404, "no_service"), (410, "channel_is_archived"), (403, "invalid_token"), (400, "no_text")]
)
def test_what_will_never_work_is_refused(demo_slack: EmbeddedSlack, status: int, word: str) -> None:
    demo_slack.control.fault("status", method="webhook", status=status, error=word)
    with pytest.raises(Refused, match=str(status)):
        hook(demo_slack).send(delivery(notice()), notice())


def test_a_revoked_webhook_says_to_make_a_new_one(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.revoke("hook")
    with pytest.raises(Refused, match="make a new one"):
        hook(demo_slack).send(delivery(notice()), notice())


def test_an_archived_channel_says_so(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.channel("ops", archived=True)
    with pytest.raises(Refused, match="unarchive"):
        hook(demo_slack).send(delivery(notice()), notice())


def test_busy_says_for_how_long(demo_slack: EmbeddedSlack) -> None:
    demo_slack.control.fault("ratelimited", method="webhook", seconds=9)
    with pytest.raises(Busy) as busy:
        hook(demo_slack).send(delivery(notice()), notice())
    assert busy.value.seconds == 9


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "reset_after"}])
def test_what_may_have_arrived_is_ambiguous(demo_slack: EmbeddedSlack, fault: dict[str, Any]) -> None:
    demo_slack.control.fault(fault.pop("kind"), method="webhook", **fault)
    with pytest.raises(Unreachable) as broken:
        hook(demo_slack).send(delivery(notice()), notice())
    assert broken.value.ambiguous


def test_an_error_never_tells_the_address() -> None:
    receiver = SlackWebhook("hook", "http://127.0.0.1:9/services/T0/B0/secret", voice(), Links(), timeout=1)
    with pytest.raises(Unreachable) as broken:
        receiver.send(delivery(notice()), notice())
    assert not broken.value.ambiguous
    assert "secret" not in str(broken.value)
