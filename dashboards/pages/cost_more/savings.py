"""The page of savings: what could be saved and how that is known, what was decided, and what the bill bears out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import g, render_template, request

from dashboards.asking import NOBODY
from dashboards.errors import NothingThere
from dashboards.language import Language, current_language
from dashboards.pages.board import title_of
from dashboards.pages.cost_more import acts, ledger
from dashboards.pages.cost_more.rows import SavingRow, row_of
from dashboards.pages.cost_more.words import added, sums_words
from dashboards.site import Site, current_site
from store.messages import Message
from store.money import Saving, SavingState

SHOWN = 60
"""Recommendations listed of each kind; the others are counted, and the CSV has them all."""
DECIDED = (SavingState.ACCEPTED, SavingState.VERIFIED)
CLOSED = (SavingState.DISMISSED, SavingState.GONE)


def page() -> str:
    """The whole page. `env` leaves only one environment, `ledger` opens a month or a day of the ledger."""
    site, language = current_site(), current_language()
    every = site.store.savings.all()
    env = request.args.get("env", "")[:64]
    environments = sorted({one.environment for one in every if one.environment})
    if env and env not in environments and env not in site.stack.environments:
        raise NothingThere(Message("There is no environment %(asked)s.", asked=env))
    here = [one for one in every if not env or one.environment == env]
    chosen = ledger.chosen(request.args.get("ledger", ""), g.now.date())
    return render_template(
        "cost_savings.html",
        env=env,
        environments=[(each, title_of(site.stack, each)) for each in environments],
        refused=acts.refused(site),
        actor=g.get("login_name") or NOBODY,
        address=lambda **words: _address(env, chosen.text, words),
        ledger=ledger.words(site, chosen, env, language),
        **_words(site, here, language),
    )


def _words(site: Site, here: Sequence[Saving], language: Language) -> dict[str, Any]:
    asked = acts.asked(site)

    def rows(states: Sequence[SavingState]) -> list[SavingRow]:
        return [row_of(site, one, asked.get(one.id, ""), language) for one in here if one.state in states]

    parts = {
        "open_rows": rows([SavingState.RECOMMENDED]),
        "decided_rows": rows(DECIDED),
        "closed_rows": rows(CLOSED),
    }
    return {
        **{name: found[:SHOWN] for name, found in parts.items()},
        **{f"more_{name}": max(len(found) - SHOWN, 0) for name, found in parts.items()},
        "figures": _figures(here, language),
    }


def _figures(here: Sequence[Saving], language: Language) -> dict[str, str]:
    """What is recommended and accepted, a month, and what the bill bears out so far; by currency."""

    def monthly(state: SavingState) -> str:
        return sums_words(language, added((one.currency, one.monthly) for one in here if one.state is state))

    verified = added((one.currency, one.verified) for one in here if one.state in DECIDED and one.verified is not None)
    return {
        "recommended": monthly(SavingState.RECOMMENDED),
        "accepted": monthly(SavingState.ACCEPTED),
        "verified": sums_words(language, verified) if verified else "",
    }


def _address(env: str, ledger_text: str, changes: dict[str, str]) -> str:
    words = {"env": env, "ledger": ledger_text, **changes}
    query = urlencode({name: value for name, value in words.items() if value})
    return f"/cost/savings{'?' if query else ''}{query}"
