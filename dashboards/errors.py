"""What can go wrong in answering a reader.

DashboardError
├── BadParameter    a parameter of the request cannot be understood or asks for too much
├── NothingThere    what is asked for does not exist
└── BacktestRefused a rule cannot be tried over history
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.messages import Message, Sentence


class DashboardError(Exception):
    """Anything that the pages or the API refuse."""


class BadParameter(DashboardError):
    """A parameter of the request cannot be understood or asks for too much. The message names it and the form."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(f"{parameter}: {message}")
        self.parameter = parameter


class NothingThere(DashboardError):
    """What is asked for does not exist. `told` says what does."""

    def __init__(self, told: Message) -> None:
        super().__init__(str(told))
        self.told = told


class BacktestRefused(DashboardError):
    """A rule cannot be tried over history: it is broken, unknown, or there is nothing to try it on. `told` says why."""

    def __init__(self, told: Sentence) -> None:
        super().__init__(str(told))
        self.told = told
