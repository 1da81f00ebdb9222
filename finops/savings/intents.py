"""What people decide of a recommendation: from its acceptance on the bill is held against it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from store.messages import Message, Sentence
from store.money import Saving, SavingState, View
from store.vocabulary import Event, Intent

if TYPE_CHECKING:
    from store import Store

ACCEPT, DISMISS = "saving.accept", "saving.dismiss"
KINDS = (ACCEPT, DISMISS)
"""`{"id": ID, "comment": TEXT}`."""
LONGEST_COMMENT = 500
BASELINE_DAYS = 28

Result = tuple[str, Sentence]


def carry_out(store: Store, intent: Intent, now: datetime) -> Result:
    """Carry out one intent of `KINDS`; returns its state and a sentence. The same one twice does what it does once."""
    name, comment = intent.payload.get("id"), intent.payload.get("comment", "")
    saving = store.savings.get(name) if isinstance(name, str) else None
    if saving is None or not isinstance(comment, str):
        return "refused", Message("there is no such recommendation")
    if not intent.actor.strip():
        return "refused", Message("It is not known who asks: sign in first")
    wanted = SavingState.ACCEPTED if intent.kind == ACCEPT else SavingState.DISMISSED
    if saving.state is wanted:
        return "done", Message("it was decided so already, by %(who)s", who=saving.decided_by or intent.actor)
    if saving.state in {SavingState.VERIFIED, SavingState.GONE}:
        return "refused", Message("there is nothing left to decide of it")
    baseline = _baseline(store, saving, now) if wanted is SavingState.ACCEPTED else None
    store.savings.decide(saving.id, wanted, intent.actor, now, comment.strip()[:LONGEST_COMMENT], baseline)
    _note(store, saving, intent, comment, now)
    if wanted is SavingState.ACCEPTED:
        return "done", Message("%(what)s: accepted; the bill is held against it from now on", what=saving.title)
    return "done", Message("%(what)s: dismissed; it is not recommended again", what=saving.title)


def _note(store: Store, saving: Saving, intent: Intent, comment: str, now: datetime) -> None:
    what = "accepted" if intent.kind == ACCEPT else "dismissed"
    detail = {"id": saving.id, "monthly": str(saving.monthly), "comment": comment.strip()[:LONGEST_COMMENT]}
    key = f"saving.{what}:{intent.id}"
    title = f"Saving {what}: {saving.title}"
    place = (saving.environment, saving.component)
    store.events.add(Event(key, now, f"saving.{what}", title, intent.actor, *place, detail))


def _baseline(store: Store, saving: Saving, now: datetime) -> Decimal | None:
    """What the service costs a day in its environment (or everywhere), by the last four weeks; None if not known."""
    view = View.ENVIRONMENT if saving.environment is not None else View.USAGE
    span = store.costs.span(view.value)
    if span is None:
        return None
    end = min(span[1], now.date() - timedelta(days=1))
    start = max(span[0], end - timedelta(days=BASELINE_DAYS))
    if end <= start:
        return None
    service = 1 if view is View.ENVIRONMENT else 0
    total = sum(
        (
            line.unblended
            for line in store.costs.lines(start, end, view=view.value)
            if line.currency == saving.currency
            and saving.environment in {None, line.keys[0]}
            and saving.service in {None, line.keys[service]}
        ),
        Decimal(0),
    )
    return (total / (end - start).days).quantize(Decimal("0.0000000001"))
