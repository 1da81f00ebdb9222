"""The pages beside the costs: savings and their ledger, plan against actual, unit cost.

They read what was worked out (`store.savings`, `store.ledger`, `store.reports`) and work nothing out anew. What people
decide of a saving becomes an intent, which the worker carries out.
"""

from __future__ import annotations

from flask import Blueprint

from dashboards.pages.cost_more import acts, plan, savings, sheets, unit


def blueprint() -> Blueprint:
    """/cost/savings, /cost/plan and /cost/unit, each with its CSV. Looking changes nothing: each decision posts."""
    pages = Blueprint("cost_more", __name__)
    pages.get("/cost/savings")(savings.page)
    pages.post("/cost/savings/decide")(acts.decide)
    pages.get("/cost/savings.csv")(sheets.savings_csv)
    pages.get("/cost/ledger.csv")(sheets.ledger_csv)
    pages.get("/cost/plan", endpoint="plan")(plan.page)
    pages.get("/cost/plan.csv")(sheets.plan_csv)
    pages.get("/cost/unit", endpoint="unit")(unit.page)
    pages.get("/cost/unit.csv")(sheets.unit_csv)
    pages.get("/cost/allocation.csv")(sheets.allocation_csv)
    return pages
