"""What cannot be worked out."""

from __future__ import annotations

from store.messages import Sentence


class MoneyError(Exception):
    """What cannot be worked out, in a sentence for people with what to do about it."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said
