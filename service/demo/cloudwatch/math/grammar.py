"""Parses metric math into a tree, by operator precedence.

Loosest first: OR, AND, comparisons, + -, * /, unary -, ^. Source: CloudWatch user guide, "Metric math syntax and
functions".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|(?P<word>[A-Za-z_]\w*)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/^<>()\[\],])|(?P<end>$))"
)
_BINDING = {
    "OR": 1, "AND": 2, "==": 3, "!=": 3, "<": 3, ">": 3, "<=": 3, ">=": 3, "+": 4, "-": 4, "*": 5, "/": 5, "^": 7,
}  # fmt: skip
_UNARY = 6
_SAME = {"||": "OR", "&&": "AND"}
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of a query, or a word such as REPEAT."""

    value: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator between two operands; `-` and `+` before one operand stand as 0 - x and 0 + x."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name in capitals."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """`[m1, m2]`."""

    items: tuple[Node, ...]


Node = Number | Text | Name | Operation | Call | Array


class ExpressionError(ValueError):
    """An expression that cannot be understood or computed; the message says why."""


def parse(text: str) -> Node:
    """The tree of an expression. Raises ExpressionError."""
    parser = _Parser(_tokens(text))
    node = parser.expression(0, 0)
    parser.expect("end")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    """(kind, text) of each token; the kind of a sign or an operator word is itself."""
    found: list[tuple[str, str]] = []
    at = 0
    while not found or found[-1][0] != "end":
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"unexpected character at position {at + 1}: {text[at : at + 10]!r}")
        at = match.end()
        kind = str(match.lastgroup)
        word = _SAME.get(match[kind], match[kind])
        if kind == "sign" or (kind == "word" and word.upper() in {"AND", "OR"}):
            kind = word = word.upper()
        found.append((kind, word))
    return found


class _Parser:
    """A cursor over tokens."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def expect(self, kind: str) -> str:
        """Take a token of this kind."""
        found, text = self._tokens[self._at]
        if found != kind:
            raise ExpressionError(f"expected {kind!r}, found {text or 'the end'!r}")
        self._at += 1
        return text

    def expression(self, least: int, depth: int) -> Node:
        """An expression of operators that bind at least this tightly."""
        if depth > _DEEPEST:
            raise ExpressionError("too deeply nested")
        left = self._operand(depth)
        while (binding := _BINDING.get(self._tokens[self._at][0], -1)) >= max(least, 0):
            sign = self._tokens[self._at][0]
            self._at += 1
            # ^ binds to the right, the others to the left.
            left = Operation(sign, left, self.expression(binding if sign == "^" else binding + 1, depth + 1))
        return left

    def _operand(self, depth: int) -> Node:  # noqa: PLR0911 - one return per kind of token
        kind, text = self._tokens[self._at]
        self._at += 1
        match kind:
            case "number":
                return Number(float(text))
            case "text":
                return Text(text[1:-1])
            case "-" | "+":
                return Operation(kind, Number(0.0), self.expression(_UNARY, depth + 1))
            case "(":
                inner = self.expression(0, depth + 1)
                self.expect(")")
                return inner
            case "[":
                return Array(self._list("]", depth))
            case "word" if self._tokens[self._at][0] == "(":
                self._at += 1
                return Call(text.upper(), self._list(")", depth))
            case "word":
                return Name(text)
        raise ExpressionError(f"unexpected {text or 'end'!r}")

    def _list(self, closing: str, depth: int) -> tuple[Node, ...]:
        items: list[Node] = []
        while self._tokens[self._at][0] != closing:
            if items:
                self.expect(",")
            items.append(self.expression(0, depth + 1))
        self.expect(closing)
        return tuple(items)
