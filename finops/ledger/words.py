"""What the ledger says beside its figures."""

from __future__ import annotations

from decimal import Decimal

from finops.ledger.baseline import LEAST_BEFORE
from finops.ledger.verifying import LEAST_DAYS, Outcome, Verdict
from store.messages import Message, Sentence

_CENT = Decimal("0.01")


def waiting(known: int) -> Sentence:
    """While too few days are final."""
    text = "%(known)s of %(least)s days since it was accepted are final: it is held against the bill then"
    return Message(text, known=known, least=LEAST_DAYS)


def nothing_before(known: int) -> Sentence:
    """Where nothing can be compared with."""
    text = "cannot be verified: %(known)s of %(least)s final days before it was accepted are known"
    return Message(text, known=known, least=LEAST_BEFORE)


def no_scope(currency: str) -> Sentence:
    """Where the costs do not know what it is about."""
    return Message("cannot be verified: no cost in %(currency)s is told apart that would hold it", currency=currency)


def not_accepted() -> Sentence:
    """For what somebody took back."""
    return Message("is accepted no more, so nothing is counted")


def told(verdict: Verdict, scope: str, currency: str) -> Sentence:
    """What the bill says, with what was expected beside it."""
    found = verdict.found
    figures = {
        "scope": scope,
        "saved": amount(found.mean, currency),
        "low": amount(found.low, currency),
        "high": amount(found.high, currency),
        "expected": amount(verdict.expected, currency),
    }
    said = Message(_TOLD[verdict.outcome], **figures)
    return Message("%(what)s; in the last week it was there no more", what=said) if verdict.ended else said


def stopped(hours: Decimal, count: int, unpriced: int, found: Sentence = "") -> Sentence:
    """How the entry of a shutdown was worked out."""
    text = "%(hours)s resource-hours of %(count)s stopped resources by the price book"
    said: Sentence = Message(text, hours=f"{hours:.1f}", count=count)
    if unpriced:
        said = Message("%(what)s; %(unpriced)s of them have no price", what=said, unpriced=unpriced)
    return Message("%(what)s; %(bill)s", what=said, bill=found) if found else said


def not_final() -> Sentence:
    """For a day that AWS still changes."""
    return Message("the day is not final yet")


def never_awake() -> Sentence:
    """For a shutdown without days to compare with."""
    text = "cannot be held against the bill: fewer than %(least)s final days without a stop are known"
    return Message(text, least=LEAST_BEFORE)


def against(full: float, cost: float, low: float, high: float, currency: str) -> Sentence:
    """For a shutdown's day that is final."""
    text = "billed %(cost)s where a day without a stop costs %(full)s: saved %(low)s to %(high)s"
    return Message(
        text,
        cost=amount(cost, currency),
        full=amount(full, currency),
        low=amount(low, currency),
        high=amount(high, currency),
    )


def amount(number: float | Decimal, currency: str) -> str:
    """To the cent, with its currency."""
    return f"{Decimal(str(number)).quantize(_CENT):,} {currency}"


_TOLD = {
    Outcome.VERIFIED: (
        "%(scope)s cost %(saved)s a day less than it would have, net of growth (at 95 %%: %(low)s to %(high)s); "
        "%(expected)s was expected"
    ),
    Outcome.SHORT: (
        "%(scope)s cost %(saved)s a day less than it would have, net of growth (at 95 %%: %(low)s to %(high)s): short "
        "of %(expected)s, which was expected"
    ),
    Outcome.NOT_FOUND: (
        "not found in the bill: %(scope)s cost %(saved)s a day less than it would have, net of growth, which cannot be "
        "told from chance (at 95 %%: %(low)s to %(high)s); %(expected)s was expected"
    ),
}
