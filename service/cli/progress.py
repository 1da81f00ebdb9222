"""A progress bar on standard error, on a terminal only."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self

import click

_STEPS = 1000


class Progress:
    """`with Progress("Backing up") as progress: …; progress.show(0.4)`: fractions from 0 to 1."""

    def __init__(self, label: str) -> None:
        self._bar: Any = click.progressbar(length=_STEPS, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())
        self._done = 0

    def __enter__(self) -> Self:
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)

    def show(self, fraction: float) -> None:
        """Move on to `fraction`, never back."""
        done = int(min(1.0, max(0.0, fraction)) * _STEPS)
        if done > self._done:
            self._bar.update(done - self._done)
            self._done = done
