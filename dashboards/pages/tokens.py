"""Forms in pieces that are rendered once for many readers: each reader's own token is put in at the end."""

from __future__ import annotations

from secrets import token_hex

from flask import current_app
from flask_wtf.csrf import generate_csrf

EXTENSION = "lamplighter.token_place"


def place() -> str:
    """What stands for the token in a shared piece; nobody outside can know it, so no text can hold it."""
    kept: str = current_app.extensions.setdefault(EXTENSION, f"token-{token_hex(16)}")
    return kept


def filled(piece: str) -> str:
    """The piece with the token of the reader of this request."""
    mark = place()
    return piece.replace(mark, generate_csrf()) if mark in piece else piece
