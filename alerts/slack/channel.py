"""Making the notifier of a receiver with `slack:`."""

from __future__ import annotations

from collections.abc import Callable

from alerts.delivery.config import Receiver
from alerts.delivery.surroundings import Surroundings
from alerts.notice import Notice, Notifier, Voice
from alerts.slack.api import new_client
from alerts.slack.bot import SlackBot
from alerts.slack.links import Links
from alerts.slack.pictures import Draw, Picture
from alerts.slack.webhook import SlackWebhook
from alerts.slack.words import summary_of


def build(receiver: Receiver, surroundings: Surroundings) -> Notifier:
    """The notifier: a bot where there is a token, else a webhook. Nothing is called yet."""
    slack = receiver.slack
    if slack is None:
        raise ValueError(f"receiver {receiver.name!r} has no slack")
    voice, links = surroundings.voice(receiver.language, receiver.timezone), Links(surroundings.public_url)
    if slack.token is not None:
        client = new_client(slack.token.get_secret_value(), slack.api_url)
        draw = _drawer(surroundings.draw, voice)
        # Where Slack has no way to tell of clicks, links to pages that ask stand in place of dead buttons.
        clickable = bool(slack.app_token or slack.signing_secret)
        return SlackBot(receiver.name, slack.channel, client, voice, links, draw=draw, clickable=clickable)
    if slack.webhook_url is None:
        raise ValueError(f"receiver {receiver.name!r} has neither token nor webhook_url")
    return SlackWebhook(receiver.name, slack.webhook_url.get_secret_value(), voice, links)


def _drawer(draw: Callable[[Notice, Voice], bytes | None] | None, voice: Voice) -> Draw | None:
    if draw is None:
        return None

    def picture(notice: Notice) -> Picture | None:
        png = draw(notice, voice)
        title = next((summary_of(alert, voice) for alert in notice.alerts), notice.notice)
        return Picture(png, title[:200]) if png else None

    return picture
