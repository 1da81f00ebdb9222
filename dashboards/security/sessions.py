"""Sessions: a signed cookie that names a person, ends after some hours, at a logout, and with the password."""

from __future__ import annotations

import hashlib
from datetime import datetime
from hmac import compare_digest
from typing import TYPE_CHECKING

import structlog
from flask import session

from dashboards.config import WebSettings
from store.errors import StoreError

if TYPE_CHECKING:
    from store import Store

CLOCK_SLACK = 300
"""Seconds by which a session may have begun in the future: clocks are set back, and replicas' clocks differ."""

_log = structlog.get_logger(__name__)


def begin(settings: WebSettings, name: str, now: datetime) -> None:
    """Start a fresh session for a person who has just proved who they are. What was in the old one is dropped."""
    session.clear()
    session.permanent = True
    session["name"] = name
    session["at"] = now.timestamp()
    session["key"] = _fingerprint(settings, name)


def end(store: Store, name: str, now: datetime) -> None:
    """End every session that this person has, also one whose cookie was copied."""
    session.clear()
    store.facts.set(_logout_fact(name), now.timestamp())


def name_of_session(settings: WebSettings, store: Store, now: datetime) -> str | None:
    """Who is logged in, None where nobody is, the time is over, the password was changed or they logged out since."""
    name, begun, key = session.get("name"), session.get("at"), session.get("key")
    if not isinstance(name, str) or not isinstance(begun, float) or not isinstance(key, str):
        return None
    known = _fingerprint(settings, name)
    if not known or not compare_digest(key, known):
        return None
    if not -CLOCK_SLACK <= now.timestamp() - begun < settings.login.session_hours * 3600:
        return None
    return name if begun > _last_logout(store, name) else None


def _last_logout(store: Store, name: str) -> float:
    try:
        ended = store.facts.get(_logout_fact(name))
    except StoreError as error:
        # The store is away: nothing of it can be shown either, and who is logged in must still see that said.
        _log.warning("session.unchecked", error=str(error))
        return 0.0
    return float(ended) if isinstance(ended, int | float) else 0.0


def _logout_fact(name: str) -> str:
    return f"web.logout:{name}"


def _fingerprint(settings: WebSettings, name: str) -> str:
    hashes = (user.password_hash.get_secret_value() for user in settings.login.users if user.name == name)
    return next((hashlib.blake2b(each.encode(), digest_size=12).hexdigest() for each in hashes), "")
