from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.delivery.config import DeliveryConfig
from service.config.masking import masked

TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:alerts"
SLACK = {"channel": "#ops", "token": "xoxb-1"}


def config(*receivers: dict[str, Any], **more: Any) -> DeliveryConfig:  # noqa: ANN401  YAML values
    return DeliveryConfig.model_validate({"receivers": list(receivers), **more})


@pytest.mark.parametrize(
    ("receiver", "says"),
    [
        ({}, "has no channel"),
        ({"slack": SLACK, "sns": {"topic_arn": TOPIC}}, "has slack and sns: keep one"),
        ({"slack": {"token": "xoxb-hunter2"}}, 'token but no channel: add channel: "#name"'),
        ({"slack": {"channel": "#ops"}}, "neither token nor webhook_url"),
        ({"slack": {**SLACK, "webhook_url": "https://hooks.slack.com/hunter2"}}, "both token and webhook_url"),
        ({"slack": {"webhook_url": "hooks.slack.com/services/hunter2"}}, "no http:// or https:// in front"),
        ({"slack": {"webhook_url": "https://hooks.slack.com/x", "signing_secret": "hunter2"}}, "takes no clicks"),
        ({"slack": {"channel": "ops", "token": "xoxb-1"}}, "no Slack channel"),
        ({"slack": {"channel": "#ops", "token": "xapp-hunter2"}}, "here belongs the one with xoxb-"),
        ({"slack": {**SLACK, "app_token": "xoxb-hunter2"}}, "here belongs the one with xapp-"),
        ({"slack": {"channel": "#ops", "token": ""}}, "the token is empty"),
        ({"slack": {**SLACK, "api_url": "slack.example"}}, "api_url has no http"),
        ({"sns": {"topic_arn": "alerts"}}, "is no topic"),
        ({"sns": {"topic_arn": f"{TOPIC}.fifo.x"}}, "ends in .fifo"),
        ({"email": {"topic_arn": f"{TOPIC}.fifo"}}, "a FIFO topic delivers no e-mail"),
        ({"webhook": {"url": "example.com/hunter2"}}, "no http:// or https:// in front"),
        ({"webhook": {"url": "https://u:hunter2@example.com/"}}, "holds a user or password: put them into headers"),
        ({"webhook": {"url": "https:///path"}}, "names no host"),
        ({"webhook": {"url": "https://x:port/hunter2"}}, "cannot be read as an address"),
        ({"webhook": {"url": "https://a b/hunter2"}}, "holds spaces"),
        ({"webhook": {"url": "https://hooks.slack.com/services/hunter2"}}, "write slack: {webhook_url: …}"),
        ({"webhook": {"url": "https://x/#hunter2"}}, "after #"),
        ({"webhook": {"url": "https://x", "headers": {"Authorization": "hunter2\r\nX: y"}}}, "cannot be sent"),
        ({"webhook": {"url": "https://x", "headers": {"Idempotency-Key": "hunter2"}}}, "set by Lamplighter itself"),
        ({"webhook": {"url": "https://x", "headers": {"bad name": "hunter2"}}}, "cannot be the name of a header"),
        ({"webhook": {"url": "https://x", "secret": "hunter2"}}, "shorter than 16 characters"),
        ({"webhook": {"url": "https://x", "timeout": 0}}, "greater than 0"),
        ({"name": "a/b", "sns": {"topic_arn": TOPIC}}, "should match pattern"),
        ({"sns": {"topic_arn": TOPIC}, "timezone": "Mars/Olympus"}, "is no time zone"),
        ({"sns": {"topic_arn": TOPIC}, "language": "fr"}, "'en' or 'ko'"),
        ({"pager": {}}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place_and_no_secret(receiver: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        config({"name": "ops", **receiver})
    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert all(error["loc"][:2] == ("receivers", 0) for error in refused.value.errors())


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        config({"name": "a"}, {"name": "b", "webhook": {"url": "x"}})
    assert {error["loc"][1] for error in refused.value.errors()} == {0, 1}


def test_two_receivers_of_one_name_and_a_fallback_to_nowhere_are_refused() -> None:
    with pytest.raises(ValidationError, match="several receivers are called ops"):
        config({"name": "ops", "sns": {"topic_arn": TOPIC}}, {"name": "ops", "slack": SLACK})
    with pytest.raises(ValidationError, match="fallback names 'sn', which is no receiver; known: sns"):
        config({"name": "sns", "sns": {"topic_arn": TOPIC}}, fallback="sn")
    with pytest.raises(ValidationError, match="between 10m and 7d"):
        config(give_up_after="1m")


def test_secrets_are_masked_where_the_configuration_is_shown() -> None:
    loaded = config(
        {"name": "ops", "slack": {**SLACK, "app_token": "xapp-1", "signing_secret": "s3cret"}},
        {"name": "hook", "slack": {"webhook_url": "https://hooks.slack.com/services/T/B/s3cret"}},
        {"name": "tool", "webhook": {"url": "https://x/s3cret", "headers": {"A": "s3cret"}, "secret": "s3cret" * 4}},
    )
    shown = str(masked(loaded.model_dump(mode="json"), {}))
    assert "s3cret" not in shown + repr(loaded)
    assert "xoxb-1" not in shown + repr(loaded)


def test_a_receiver_knows_its_channel_and_topic() -> None:
    loaded = config(
        {"name": "sns", "sns": {"topic_arn": f"{TOPIC}.fifo", "account": "main"}},
        {"name": "ops", "slack": {**SLACK, "api_url": "http://127.0.0.1:1/api"}, "language": "ko"},
    )
    topic, ops = loaded.receivers
    assert topic.channel == "sns"
    assert topic.sns is not None
    assert topic.sns.is_fifo
    assert topic.sns.region == "ap-northeast-2"
    assert ops.slack is not None
    assert ops.slack.api_url == "http://127.0.0.1:1/api/"
    assert loaded.give_up_after == timedelta(hours=24)


def test_a_lost_notice_is_told_on_another_channel() -> None:
    slack, second = {"name": "ops", "slack": SLACK}, {"name": "boss", "slack": SLACK}
    sns = {"name": "sns", "sns": {"topic_arn": TOPIC}}
    loaded = config(slack, second, sns)
    assert loaded.fallback_of("ops") == "sns", "boss shares the token that failed"
    assert loaded.fallback_of("sns") == "ops"
    assert config(slack, second).fallback_of("ops") == "boss", "better than nobody"
    assert config(slack).fallback_of("ops") is None
    chosen = config(slack, second, sns, fallback="boss")
    assert chosen.fallback_of("ops") == "boss"
    assert chosen.fallback_of("boss") == "sns"
    assert chosen.fallback_of("removed") == "boss"
