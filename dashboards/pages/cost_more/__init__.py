"""The pages beside the costs: savings and their ledger, plan against actual, unit cost."""

from __future__ import annotations

from flask import Blueprint


def blueprint() -> Blueprint:
    """/cost/savings, /cost/plan and /cost/unit."""
    return Blueprint("cost_more", __name__)
