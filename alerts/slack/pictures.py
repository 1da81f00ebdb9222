"""Pictures for Slack: drawn, uploaded, and never in the way of the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_sdk import WebClient

from alerts.errors import DeliveryError, Refused
from alerts.notice import Notice
from alerts.slack.api import call, new_client

_log = structlog.get_logger(__name__)
_SECONDS = 5
_PAUSE = 5
"""Pictures that are left out after one could not be uploaded, so that a slow file server holds nothing up."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart to show with a notice."""

    png: bytes
    title: str


Draw = Callable[[Notice], Picture | None]
"""Draws what shows a notice best; None where there is nothing to draw."""


class Pictures:
    """Uploads the pictures of one receiver. Nothing in here raises."""

    def __init__(self, client: WebClient, draw: Draw | None) -> None:
        # A client of its own: a picture is not worth waiting for as long as the text is.
        self._client = new_client(client.token or "", client.base_url, min(client.timeout, _SECONDS))
        self._draw = draw
        self._skip = 0

    def upload(self, notice: Notice) -> tuple[Picture, str] | None:
        """The picture and the id of its file, which nobody sees yet; None where there is none or it did not work."""
        if self._draw is None or self._skip > 0:
            self._skip = max(self._skip - 1, 0)
            return None
        try:
            picture = self._draw(notice)
        except Exception:  # noqa: BLE001  a fault of the drawing must not become one of the message
            _log.exception("slack.picture_not_drawn", notice=notice.key)
            return None
        file = self._send(picture, notice) if picture else ""
        return (picture, file) if picture and file else None

    def share(self, picture: Picture, notice: Notice, channel: str, thread: str) -> None:
        """Upload a picture into the thread of a message."""
        self._send(picture, notice, channel, thread)

    def _send(self, picture: Picture, notice: Notice, channel: str | None = None, thread: str | None = None) -> str:
        try:
            answer = call(
                "files.completeUploadExternal",
                lambda: self._client.files_upload_v2(
                    content=picture.png,
                    filename="chart.png",
                    title=picture.title,
                    highlight_type="png",
                    channel=channel,
                    thread_ts=thread,
                ),
            )
        except Refused as error:
            # Most often the scope files:write, which nobody has to give.
            _log.warning("slack.pictures_off", notice=notice.key, error=str(error))
            self._draw = None
        except DeliveryError as error:
            _log.warning("slack.picture_not_uploaded", notice=notice.key, error=str(error))
            self._skip = _PAUSE
        else:
            return str((answer.get("file") or {}).get("id") or "")
        return ""
