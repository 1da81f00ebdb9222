"""The channels of a receiver as configuration describes them: Slack, SNS, e-mail through SNS, webhook."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_TOPIC_ARN = re.compile(r"arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(?P<fifo>\.fifo)?")
_CHANNEL = re.compile(r"#[^\s#@,.A-Z]{1,80}|[CGD][A-Z0-9]{5,20}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = ("content-type", "content-length", "host", "idempotency-key", "user-agent")
SLACK_API = "https://slack.com/api/"
SLACK_HOOKS = "hooks.slack.com"


class Secretive(BaseModel):
    """A part of the configuration whose errors never repeat what was given: it may be a token in the wrong place."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _address(text: str, name: str, example: str) -> SplitResult:
    """An absolute HTTP address without credentials. Raises ValueError with the remedy; the text is not repeated."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"{name} cannot be read as an address: write it as {example}") from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f"{name} has no http:// or https:// in front: write it as {example}")
    if not host or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError(f"{name} names no host, or holds spaces: write it as {example}")
    return parts


class Slack(Secretive):
    """A Slack channel: with a bot token (edits in place, threads, charts, buttons), or with a webhook only."""

    channel: str = Field(
        default="", description='The channel: "#ops", or its id such as C0123456789. With a token only.'
    )
    token: SecretStr | None = Field(default=None, description="The bot token, xoxb-…")
    app_token: SecretStr | None = Field(
        default=None, description="The app-level token for Socket Mode, xapp-…: clicks without an inbound address."
    )
    signing_secret: SecretStr | None = Field(
        default=None, description="The signing secret, for clicks that Slack posts to /slack/interactivity."
    )
    webhook_url: SecretStr | None = Field(default=None, description="An incoming webhook, in place of a token.")
    api_url: str = Field(default=SLACK_API, description="Where Slack's Web API is.")

    @field_validator("channel")
    @classmethod
    def _is_a_channel(cls, value: str) -> str:
        if value and not _CHANNEL.fullmatch(value):
            raise ValueError('this is no Slack channel: write "#name" in lower case, or its id such as C0123456789')
        return value

    @field_validator("token", "app_token")
    @classmethod
    def _tokens_are_not_swapped(cls, value: SecretStr | None, info: object) -> SecretStr | None:
        wanted, other = ("xapp-", "xoxb-") if getattr(info, "field_name", "") == "app_token" else ("xoxb-", "xapp-")
        if value is not None and not value.get_secret_value():
            raise ValueError(f"the token is empty: put the one that begins with {wanted} here, or leave the line out")
        if value is not None and value.get_secret_value().startswith(other):
            raise ValueError(f"this is the token that begins with {other}: here belongs the one with {wanted}")
        return value

    @field_validator("webhook_url")
    @classmethod
    def _webhook_is_an_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _address(value.get_secret_value(), "webhook_url", "https://hooks.slack.com/services/…")
        return value

    @field_validator("api_url")
    @classmethod
    def _api_ends_in_a_slash(cls, value: str) -> str:
        _address(value, "api_url", SLACK_API)
        return value if value.endswith("/") else f"{value}/"

    @model_validator(mode="after")
    def _one_way(self) -> Slack:
        if self.token is None and self.webhook_url is None:
            raise ValueError("it has neither token nor webhook_url: give the bot token of the app, or a webhook")
        if self.token is not None and self.webhook_url is not None:
            raise ValueError("it has both token and webhook_url: keep the token (it can edit), remove webhook_url")
        if self.token is not None and not self.channel:
            raise ValueError('it has a token but no channel: add channel: "#name"')
        if self.webhook_url is not None and (self.app_token or self.signing_secret):
            raise ValueError("a webhook takes no clicks: remove app_token and signing_secret, or use a token")
        if self.webhook_url is not None and self.channel:
            raise ValueError("a webhook posts to the channel that it was made for: remove channel")
        return self


class _Topic(Secretive):
    topic_arn: str = Field(description="The topic, such as arn:aws:sns:ap-northeast-2:123456789012:alerts.")
    account: str | None = Field(
        default=None, description="Which of `accounts` publishes; the first one when none is named."
    )

    @field_validator("topic_arn")
    @classmethod
    def _is_a_topic(cls, value: str) -> str:
        if not _TOPIC_ARN.fullmatch(value):
            raise ValueError(
                f"{value[:120]!r} is no topic: write arn:aws:sns:REGION:123456789012:NAME, and for a FIFO topic its"
                " whole name, which ends in .fifo"
            )
        return value

    @property
    def region(self) -> str:
        """The region that the topic is in."""
        return self.topic_arn.split(":")[3]

    @property
    def is_fifo(self) -> bool:
        """Whether the topic keeps the order and drops what it got twice."""
        return self.topic_arn.endswith(".fifo")


class Sns(_Topic):
    """An SNS topic, standard or FIFO."""


class Email(_Topic):
    """An SNS topic with e-mail subscribers: a letter that reads well."""

    @field_validator("topic_arn")
    @classmethod
    def _mail_needs_a_standard_topic(cls, value: str) -> str:
        if value.endswith(".fifo"):
            raise ValueError("a FIFO topic delivers no e-mail: name a standard topic here")
        return value


class Webhook(Secretive):
    """Any HTTP endpoint that takes a POST of JSON."""

    url: SecretStr = Field(description="Where to post, http:// or https://.")
    headers: dict[str, SecretStr] = Field(default_factory=dict, description="Headers to add, such as Authorization.")
    secret: SecretStr | None = Field(
        default=None, description="Signs each request: X-Lamplighter-Signature: t=SECONDS,v1=HMAC-SHA256."
    )
    timeout: float = Field(default=10.0, gt=0, le=60, description="Seconds to wait for an answer.")

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: SecretStr) -> SecretStr:
        parts = _address(value.get_secret_value(), "url", "https://HOST/PATH")
        if parts.username is not None or parts.password is not None:
            raise ValueError("url holds a user or password: put them into headers, as Authorization")
        if parts.hostname == SLACK_HOOKS:
            raise ValueError("this is Slack's webhook: write slack: {webhook_url: …} in place of webhook")
        if parts.fragment:
            raise ValueError("url has a part after #, which no server ever sees: remove it")
        return value

    @field_validator("headers")
    @classmethod
    def _headers_can_be_sent(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, content in value.items():
            if not _HEADER.fullmatch(name):
                raise ValueError(f"{name[:40]!r} cannot be the name of a header")
            if name.lower() in _OURS or name.lower().startswith("x-lamplighter-"):
                raise ValueError(f"{name} is set by Lamplighter itself: remove it")
            text = content.get_secret_value()
            if re.search(r"[\r\n\x00]", text) or not text.isascii():
                raise ValueError(f"the value of {name} holds a line break or what is not ASCII: it cannot be sent")
        return value

    @field_validator("secret")
    @classmethod
    def _secret_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:  # noqa: PLR2004  said in the message
            raise ValueError("the secret is shorter than 16 characters: make one with `openssl rand -hex 24`")
        return value


ChannelKind = Literal["slack", "sns", "email", "webhook"]
"""The kinds of channels, each also the name of its setting."""
