"""A receiver of the configuration becomes a notifier that speaks its language, with its chart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from alerts.delivery.config import Receiver
from alerts.delivery.receivers import Slack
from alerts.delivery.surroundings import Surroundings, http_client
from alerts.notice import Notice, Voice
from alerts.slack.bot import SlackBot
from alerts.slack.channel import build
from alerts.slack.webhook import SlackWebhook
from service.demo.slack.launch import EmbeddedSlack
from tests.alerts.slack.samples import delivery, notice, voice
from tests.alerts.slack.test_slack_bot import PNG, told


def surroundings() -> Surroundings:
    def draw(of: Notice, speaker: Voice) -> bytes:
        return PNG + of.notice.encode() + speaker.code.encode()

    return Surroundings(
        http=http_client(),
        sns=lambda _account, _region: None,
        voice=lambda language, zone: voice(language, zone or "Asia/Seoul"),
        clock=lambda: datetime.now(UTC),
        public_url="https://lamp.example.com",
        draw=draw,
    )


def test_a_token_makes_a_bot_that_speaks_korean_and_shows_the_chart(demo_slack: EmbeddedSlack) -> None:
    slack = Slack(channel="#ops", token=SecretStr(demo_slack.bot_token), api_url=demo_slack.api_url)
    notifier = build(Receiver(name="ops", slack=slack, language="ko"), surroundings())
    assert isinstance(notifier, SlackBot)
    notifier.send(delivery(notice()), notice())
    notifier.close()
    (message,) = told(demo_slack)
    assert message["text"].startswith("🔴 긴급 · backend")
    assert "03:04\N{NO-BREAK SPACE}KST" in message["text"]
    assert [block["type"] for block in message["blocks"]].count("image") == 1


@pytest.mark.parametrize(
    ("way", "rows"), [({}, 0), ({"app_token": SecretStr("xapp-1")}, 1), ({"signing_secret": SecretStr("s")}, 1)]
)
def test_buttons_are_links_where_slack_has_no_way_to_tell_of_clicks(
    demo_slack: EmbeddedSlack, way: dict[str, SecretStr], rows: int
) -> None:
    slack = Slack(channel="#ops", token=SecretStr(demo_slack.bot_token), api_url=demo_slack.api_url, **way)
    build(Receiver(name="ops", slack=slack), surroundings()).send(delivery(notice()), notice())
    (message,) = told(demo_slack)
    assert [block["type"] for block in message["blocks"]].count("actions") == rows
    assert ("ask=acknowledge" in str(message["blocks"])) is (rows == 0)


def test_a_webhook_makes_a_webhook(demo_slack: EmbeddedSlack) -> None:
    slack = Slack(webhook_url=SecretStr(demo_slack.webhook_url))
    notifier = build(Receiver(name="hook", slack=slack), surroundings())
    assert isinstance(notifier, SlackWebhook)
    notifier.send(delivery(notice()), notice())
    notifier.close()
    assert len(told(demo_slack)) == 1


def test_a_receiver_without_slack_is_a_mistake_of_ours() -> None:
    receiver = Receiver.model_construct(name="ops", slack=None, language="en", timezone=None)
    with pytest.raises(ValueError, match="no slack"):
        build(receiver, surroundings())
