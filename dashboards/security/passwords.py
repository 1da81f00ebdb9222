"""Passwords: hashed by scrypt, and checked in the same time whether the name exists or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from threading import Lock

from werkzeug.security import check_password_hash, generate_password_hash

LEAST_LENGTH = 10
"""Characters of a password. NIST SP 800-63B asks for 8 or more; here one password is all there is."""
GREATEST_LENGTH = 256
METHOD = "scrypt:32768:8:1"
"""scrypt with N=2^15, r=8, p=1: 32 MiB and some tens of milliseconds a check."""


def hash_password(password: str) -> str:
    """Hash a password for `web.login.users`.

    Raises:
        ValueError: the password is too short or too long; the message says by which limit.
    """
    if len(password) < LEAST_LENGTH:
        raise ValueError(f"the password has {len(password)} characters: choose one of {LEAST_LENGTH} or more")
    if len(password) > GREATEST_LENGTH:
        raise ValueError(f"the password has {len(password)} characters: choose one of {GREATEST_LENGTH} or fewer")
    return generate_password_hash(password, METHOD)


def _unguessable() -> str:
    return generate_password_hash(token_urlsafe(32), METHOD)


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Checks names and passwords against hashes, one at a time: each check takes 32 MiB of memory."""

    hashes: Mapping[str, str]
    _stand_in: str = field(default_factory=_unguessable, repr=False)
    _turn: Lock = field(default_factory=Lock, repr=False)

    def holds(self, name: str, password: str) -> bool:
        """Whether the name exists and the password is its own. An unknown name costs as much as a wrong password."""
        if len(password) > GREATEST_LENGTH:
            return False
        with self._turn:
            right = check_password_hash(self.hashes.get(name, self._stand_in), password)
        return right and name in self.hashes
