"""What can go wrong in answering a reader.

DashboardError
└── BadParameter    a parameter of the request cannot be understood or asks for too much
"""

from __future__ import annotations


class DashboardError(Exception):
    """Anything that the pages or the API refuse."""


class BadParameter(DashboardError):
    """A parameter of the request cannot be understood or asks for too much. The message names it and the form."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(f"{parameter}: {message}")
        self.parameter = parameter
