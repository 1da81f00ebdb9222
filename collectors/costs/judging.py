"""How a round of reading costs ended, in words: what ties out, what does not, what waits, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from collectors.costs.fetch import NO_DATA
from collectors.costs.planner import TOTAL_NAME
from collectors.costs.round import NO_DATA_CODE, Round
from collectors.costs.ties import CENT
from collectors.errors import AwsError
from store.messages import Message, PluralMessage, Sentence, joined
from store.money import CostRead
from store.vocabulary import JobOutcome

NET_MISSING = Message("AWS tells no net costs of this account; net stands for unblended: there are no discounts.")


def judge(done: Round, reads: Iterable[CostRead]) -> JobOutcome:
    """The outcome of a round. What is amiss stays told until it is mended, also in rounds in which nothing was due.

    `reads` are the newest readings of the account.
    """
    newest = {read.view: read for read in reads}
    untied = [read for read in newest.values() if not read.tied]
    waiting = done.memory.waiting(done.now)
    views = 1 + len(done.means.grouped)
    troubles = [*_failures(done.errors, waiting), *(_untied(read) for read in untied)]
    if done.held:
        troubles.append(_held(done.held))
    notes: list[Sentence] = [NET_MISSING] if done.net_missing else []
    good = sum(1 for read in newest.values() if read.tied and (read.view or TOTAL_NAME) not in waiting)
    coverage = min(1.0, good / views)
    blind = TOTAL_NAME in done.errors or TOTAL_NAME in waiting
    verdict = "failed" if blind else "partial" if troubles else "ok"
    return JobOutcome(verdict, joined(" ", [_read(done), *troubles, *notes]), coverage)


def _read(done: Round) -> Sentence:
    if not done.asked:
        return Message("No costs were due to be read.")
    return PluralMessage(
        "%(what)s read; %(num)s row is new.",
        "%(what)s read; %(num)s rows are new.",
        done.rows,
        what=", ".join(done.asked),
    )


def _failures(errors: Mapping[str, AwsError], waiting: Mapping[str, tuple[str, datetime]]) -> list[Sentence]:
    told: list[Sentence] = []
    if TOTAL_NAME in waiting and waiting[TOTAL_NAME][0] == NO_DATA_CODE:
        return [NO_DATA]
    for name, error in errors.items():
        told.append(Message("%(name)s could not be read: %(why)s", name=name, why=error.message))
    for name, (code, until) in waiting.items():
        if name not in errors:
            told.append(
                Message(
                    "%(name)s could not be read (%(code)s) and is asked for again at %(time)s.",
                    name=name,
                    code=code,
                    time=until.isoformat(timespec="minutes"),
                )
            )
    return told


def _untied(read: CostRead) -> Sentence:
    currency, basis, residual = max(read.residuals, key=lambda one: abs(one[2]), default=("", "", Decimal(0)))
    if abs(residual) <= CENT:
        return Message(
            "The costs by %(view)s do not tie out with the total of their days, though their sums do; read again when "
            "it is next due.",
            view=read.view,
        )
    return Message(
        "The costs by %(view)s do not tie out: the total is %(residual)s %(currency)s (%(basis)s) beyond their sum "
        "between %(start)s and %(end)s; read again when it is next due.",
        view=read.view,
        residual=str(residual.quantize(CENT)),
        currency=currency,
        basis=basis,
        start=read.start.isoformat(),
        end=read.end.isoformat(),
    )


def _held(held: tuple[str, ...]) -> Sentence:
    return Message(
        "The costs by %(views)s wait: this month's readings of Cost Explorer are ahead of `collect.costs.monthly_cap`.",
        views="; ".join(held),
    )
