"""`lamplighter cost`: what it costs and what it will cost. Each command is a module here."""

from __future__ import annotations

import click

from service.cli.lazy import lazy_group

_COMMANDS = {
    "today": "today, the month so far, its forecast and its budgets",
    "total": "the cost of some days, exact to the last digit",
    "top": "what costs most, and what grew most",
    "forecast": "the end of this month and the next one, with a range",
    "anomalies": "costs that are not as expected, with their likely cause",
    "unit": "what a thousand requests cost",
    "shared": "who bears the costs, the shared ones split",
    "plan": "what a stack is meant to cost, and why it costs other than that",
    "savings": "what could be saved, and accepting or dismissing it",
    "ledger": "what was saved, verified against the bill",
    "import": "bring in FOCUS or CUR files",
    "export": "write costs as a FOCUS file",
}


@click.group("cost", cls=lazy_group(__name__, _COMMANDS))
def command() -> None:
    """What it costs and what it will cost. Days are UTC days."""
