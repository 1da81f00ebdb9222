"""What can go wrong with imported bills.

LakeError
├── LakeNotInstalled    the extra `lake` is missing
└── BadBill             a file is no bill, is damaged, or holds what cannot be kept

Each message names the thing, says what happened and what to do.
"""

from __future__ import annotations

from finops.errors import MoneyError
from store.messages import Message


class LakeError(MoneyError):
    """Anything that importing, querying or exporting bills refuses or fails to do."""


class LakeNotInstalled(LakeError):
    """DuckDB, Ibis or pyarrow is missing."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                "imported bills need DuckDB, Ibis and pyarrow, which are not installed: run %(command)s",
                command='pip install "lamplighter[lake]"',
            )
        )


class BadBill(LakeError):
    """A file that is refused whole; nothing was changed."""
