"""Sentences for people: English text that remembers how it was made, so that a page can say it in another language.

A `Message` is a `str`, its English text, so logs, the command line and programs need to know nothing of this. What is
cut from it or glued to it as a string is plain English again: put sentences together with places or with `joined`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

Value = str | int | float
"""What stands at a place of a message: words that are final, a number, or a message in turn."""


class Message(str):
    """English text with %(name)s places, and their values. A literal per cent sign is written `%%`."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, Value]

    def __new__(cls, template: str, /, **values: Value) -> Self:
        """Fill in the values."""
        message = super().__new__(cls, template % values)
        message.template, message.values = template, values
        return message

    def naming(self, **values: Value) -> Message:
        """The same sentence with some of its places filled anew. Not for a sentence that depends on a count."""
        return Message(self.template, **{**self.values, **values})

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, Value]]:
        """What copying makes it from: a `str` would be made from its text."""
        return (self.template,), dict(self.values)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:  # noqa: ANN401  pydantic's own
        """How pydantic keeps a sentence as JSON: as `to_json` does."""
        from pydantic_core import core_schema  # noqa: PLC0415  most who speak never need it

        del source, handler
        kept = core_schema.plain_serializer_function_ser_schema(to_json)
        return core_schema.no_info_plain_validator_function(_from_kept, serialization=kept)


class PluralMessage(Message):
    """A sentence that depends on a count; `%(num)s` stands for the count."""

    __slots__ = ("many", "number", "one")

    one: str
    many: str
    number: int

    def __new__(cls, one: str, many: str, count: int, /, **values: Value) -> Self:
        """Choose the form that fits the count, and fill in the values."""
        message = super().__new__(cls, one if count == 1 else many, **{"num": count, **values})
        message.one, message.many, message.number, message.values = one, many, count, values
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, Value]]:
        """What copying makes it from."""
        return (self.one, self.many, self.number), dict(self.values)


Sentence = Message | str
"""Something to say: a message to translate, or words that are already final, such as AWS's own."""


def joined(separator: str, parts: Iterable[Sentence]) -> Sentence:
    """The parts one after the other, each to be said in the reader's language. The separator has no words in it."""
    said = {f"part{number}": part for number, part in enumerate(parts)}
    if len(said) <= 1:
        return next(iter(said.values()), "")
    return Message(separator.join(f"%({name})s" for name in said), **said)


def _from_kept(kept: object) -> Message:
    found = kept if isinstance(kept, Message) else from_json(kept)
    if not isinstance(found, Message):
        raise ValueError("this is no message")  # noqa: TRY004  pydantic reads a ValueError as "not of this kind"
    return found


def to_json(sentence: Value) -> Any:  # noqa: ANN401  JSON is any value
    """A sentence, or a value of one, as it is kept."""
    if isinstance(sentence, PluralMessage):
        known = {"one": sentence.one, "many": sentence.many, "number": sentence.number}
        return known | {"values": {name: to_json(value) for name, value in sentence.values.items()}}
    if isinstance(sentence, Message):
        return {"text": sentence.template, "values": {name: to_json(value) for name, value in sentence.values.items()}}
    return sentence


def from_json(kept: Any) -> Any:  # noqa: ANN401  JSON is any value
    """The sentence, or the value, that was kept."""
    if not isinstance(kept, dict):
        return kept
    values = {name: from_json(value) for name, value in kept["values"].items()}
    if (template := kept.get("text")) is not None:
        return Message(template, **values)
    one, many, number = (kept[name] for name in ("one", "many", "number"))
    return PluralMessage(one, many, number, **values)
