"""Acting on what comes from Slack, by whichever way it came: intents are written, commands answered, refusals told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from slack_sdk import WebClient, WebhookClient

from alerts.errors import DeliveryError
from alerts.notice import Voice
from alerts.slack.actions import Workspace, is_from, wish_of
from alerts.slack.api import call, reach
from alerts.slack.commands import Answer, Reply, reply_to, shown
from store.messages import Message, Sentence
from store.vocabulary import Intent

_log = structlog.get_logger(__name__)
_TELL_SECONDS = 2
_HOOKS = "hooks.slack.com"


@dataclass(frozen=True, slots=True)
class Interactivity:
    """What a click or a command leads to.

    `perform` writes an intent down (one of a known id stays as it was) and wakes whoever carries it out; what it
    returns is said to the person who clicked, and to nobody else. `workspace` is where actions may come from. Answers
    to clicks go to the address that came with them, where it is Slack's own, or at `api_url`.
    """

    perform: Callable[[Intent], Sentence | None]
    answer: Answer
    voice: Voice
    clock: Callable[[], datetime]
    workspace: Callable[[], Workspace] = Workspace
    api_url: str = ""

    def clicked(self, payload: Mapping[str, Any]) -> None:
        """Act on a click. Nobody waits for it: it was acknowledged before. Never raises."""
        try:
            wish = wish_of(payload, self.clock(), self.workspace())
            said = self.perform(wish.intent) if wish.intent is not None else None
        except Exception:  # noqa: BLE001  a fault here must reach the person who clicked, not the socket
            _log.exception("slack.click_failed")
            self._tell(payload, Message("Lamplighter could not take this down: click again, or use the page"))
            return
        if said:
            self._tell(payload, said)
        if wish.refusal:
            _log.warning("slack.click_refused", reason=str(wish.refusal))
            self._tell(payload, wish.refusal)

    def commanded(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a slash command. Never raises."""
        try:
            if not is_from(payload, self.workspace()):
                return shown(Reply([self.voice.say(Message("This command belongs to another workspace"))]))
            return reply_to(payload, self.answer, self.voice)
        except Exception:  # noqa: BLE001  the same
            _log.exception("slack.command_failed")
            return shown(Reply([self.voice.say(Message("Lamplighter could not answer: try again, or use the page"))]))

    def _tell(self, payload: Mapping[str, Any], sentence: Sentence) -> None:
        address = payload.get("response_url")
        if not isinstance(address, str) or not self._is_slacks(address):
            return
        body = shown(Reply([self.voice.say(sentence)])) | {"replace_original": False}
        client = WebhookClient(address, timeout=_TELL_SECONDS, retry_handlers=[])
        try:
            reach("response_url", lambda: client.send_dict(body))
        except DeliveryError as error:
            _log.warning("slack.answer_lost", error=str(error))

    def _is_slacks(self, address: str) -> bool:
        """Whether it is safe to post there: the address came from outside."""
        try:
            asked, known = urlsplit(address), urlsplit(self.api_url)
            port = asked.port
        except ValueError:
            return False
        if asked.scheme == "https" and asked.hostname == _HOOKS and port in {None, 443}:
            return True
        return bool(known.netloc) and (asked.scheme, asked.netloc) == (known.scheme, known.netloc)


def workspace_of(client: WebClient) -> Workspace:
    """The workspace that a bot token is of; nothing known where Slack does not say now."""
    try:
        return Workspace(team=str(call("auth.test", client.auth_test).get("team_id") or ""))
    except DeliveryError as error:
        _log.warning("slack.workspace_unknown", error=str(error))
        return Workspace()
