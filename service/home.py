"""LAMPLIGHTER_HOME: the folder that holds what Lamplighter keeps on this machine."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.errors import HomeUnusable

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of state: the database by default, the key that signs sessions, and the demo's own things."""

    path: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Home:
        """`LAMPLIGHTER_HOME`, or `.lamplighter` in the working folder. Nothing is made yet."""
        return cls(Path(environ.get("LAMPLIGHTER_HOME") or ".lamplighter").expanduser().absolute())

    def prepare(self) -> Home:
        """Make the folder, for its owner alone.

        Raises:
            HomeUnusable: it cannot be made or written.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise PermissionError("it is not writable")
        except OSError as error:
            raise HomeUnusable(
                f"the folder {self.path} cannot be used: {error}. Set LAMPLIGHTER_HOME to a folder that you may write."
            ) from None
        return self

    @property
    def default_store_url(self) -> str:
        """The SQLite database that is used unless the configuration names another store."""
        return f"sqlite:///{self.path / 'lamplighter.db'}"

    def secret_key(self, environ: Mapping[str, str]) -> str:
        """The key that signs sessions: `LAMPLIGHTER_SECRET_KEY`, else one that is made once and kept with mode 0600."""
        given = environ.get("LAMPLIGHTER_SECRET_KEY")
        if given:
            if len(given) < _KEY_BYTES:
                raise HomeUnusable(
                    f"LAMPLIGHTER_SECRET_KEY has under {_KEY_BYTES} characters: make one with `openssl rand -hex 32`."
                )
            return given
        keeper = self.path / "secret-key"
        if not keeper.exists():
            _write_once(keeper, secrets.token_hex(_KEY_BYTES).encode())
        return keeper.read_text(encoding="ascii")


def _write_once(place: Path, content: bytes) -> None:
    """Write a private file whole or not at all, and never over one that another process made meanwhile."""
    descriptor, draft = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, place)
    finally:
        Path(draft).unlink()


def lake_folder(named: str | None) -> Path:
    """Where imported bills are kept: `costs.lake.path`, or `lake` in LAMPLIGHTER_HOME."""
    return Path(named).expanduser().absolute() if named else Home.from_environment(os.environ).path / "lake"
