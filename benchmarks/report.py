"""What a benchmark found, as Markdown for people and as JSON for programs."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from benchmarks.machine import describe_machine

Scale = Literal["quick", "standard", "full"]
"""How much is simulated: some seconds to see that it works, some minutes, or all of what the issue asks for."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `notes` say how to read it. All cells are text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        """The table in Markdown, columns aligned: the first to the left, the others to the right."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]
        rule = [f":{'-' * (widths[0] - 1)}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
        text = [f"### {self.title}", "", _line(self.columns, widths), f"| {' | '.join(rule)} |"]
        text += [_line(row, widths) for row in self.rows]
        text += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(text).rstrip()


@dataclass(frozen=True, slots=True)
class Target:
    """A promise of the project and what was measured: met up to `at_most`, or from `at_least` on."""

    name: str
    measured: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        below = self.at_most is None or self.measured <= self.at_most
        return below and (self.at_least is None or self.measured >= self.at_least)

    def line(self) -> str:
        """One line for people."""
        bound = f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"
        return (
            f"- {'met' if self.met else '**MISSED**'}: {self.name}: {self.measured:.4g}{self.unit} ({bound}{self.unit})"
        )


@dataclass(frozen=True, slots=True)
class Report:
    """All that one benchmark found. `figures` are the raw numbers, as JSON values."""

    name: str
    tables: tuple[Table, ...]
    targets: tuple[Target, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)

    def markdown(self) -> str:
        """Tables, then what was promised."""
        parts = [table.markdown() for table in self.tables]
        if self.targets:
            parts.append("\n".join(target.line() for target in self.targets))
        return "\n\n".join(parts)

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "name": self.name,
            "targets": [asdict(target) | {"met": target.met} for target in self.targets],
            "tables": [asdict(table) for table in self.tables],
            "figures": self.figures,
        }


class Progress:
    """Tells on standard error how far a run is, at most once a second on the same line."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._begun = self._told = time.monotonic()

    def __call__(self, what: str, *, done: bool = False) -> None:
        """Say what is being done."""
        now = time.monotonic()
        interactive = sys.stderr.isatty()
        if not done and now - self._told < (1 if interactive else 15):
            return
        self._told = now
        start, end = ("\r\033[K", "\n" if done else "") if interactive else ("", "\n")
        print(f"{start}{self._name}: {what} ({now - self._begun:.0f} s)", end=end, file=sys.stderr, flush=True)


def run_alone(measure: Callable[[Scale, Progress], Report], name: str, arguments: Sequence[str] | None = None) -> int:
    """What `python -m benchmarks.NAME [--quick|--full] [--json]` does; 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(prog=f"benchmarks.{name}")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", dest="scale", action="store_const", const="quick", help="seconds: it works")
    sizes.add_argument("--full", dest="scale", action="store_const", const="full", help="all of it; takes hours")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of Markdown")
    wish = parser.parse_args(arguments)
    machine = describe_machine()
    report = measure(wish.scale or "standard", Progress(name))
    if wish.json:
        print(json.dumps({"machine": machine.as_json(), **report.as_json()}))
    else:
        print(f"## {name}\n\n{machine.sentence()}\n\n{report.markdown()}")
    return 0 if all(target.met for target in report.targets) else 1


def ratio(ours: float, peers: float) -> str:
    """Ours as a multiple of a peer's."""
    return f"{ours / peers:.2f} x" if peers else "-"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cells[0].ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)),
    ]
    return f"| {' | '.join(padded)} |"
