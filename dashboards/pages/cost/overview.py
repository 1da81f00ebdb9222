"""The page of costs: what it costs and will cost, and how final each figure is."""

from __future__ import annotations

from flask import render_template


def page() -> str:
    """The whole page."""
    return render_template("cost.html")
