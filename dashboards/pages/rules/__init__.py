"""The rule pages: each rule with its score, one rule as it is in force, and what a rule would have done."""

from __future__ import annotations

from flask import Blueprint

from dashboards.pages.rules import listing, trying


def blueprint() -> Blueprint:
    """/rules and everything below it. Trying a rule over history changes nothing."""
    pages = Blueprint("rules", __name__)
    pages.record_once(trying.prepare)
    pages.get("/rules")(listing.page)
    pages.post("/rules/backtest")(listing.try_text)
    pages.get("/rules/<rule>")(listing.one)
    pages.post("/rules/<rule>/backtest")(listing.try_rule)
    return pages
