"""Reserved Instances and Savings Plans: how much of the use they cover, and how much of them is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dashboards.language import Language, _
from dashboards.pages.cost.words import days, money
from dashboards.site import Site
from store.money import Commitment


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """One kind of commitment of an account in words."""

    kind: str
    account: str
    days: str
    coverage: str
    utilisation: str
    on_demand: str
    unused: str


def commitment_rows(site: Site, language: Language) -> list[CommitmentRow]:
    """The newest of each account and kind, where there is any commitment at all."""
    newest: dict[tuple[str, str], Commitment] = {}
    for one in site.store.costs.commitments():
        newest.setdefault((one.account, one.kind), one)
    return [_row(one, language) for one in newest.values() if one.utilisation is not None or one.coverage]


def _row(one: Commitment, language: Language) -> CommitmentRow:
    kinds = {"reservations": _("Reserved Instances"), "savings_plans": _("Savings Plans")}
    return CommitmentRow(
        kind=kinds.get(one.kind, one.kind),
        account=one.account,
        days=days(language, one.start, one.end),
        coverage=_share(one.coverage, language),
        utilisation=_share(one.utilisation, language),
        on_demand=money(language, one.on_demand, one.currency),
        unused=money(language, one.unused, one.currency),
    )


def _share(share: Decimal | None, language: Language) -> str:
    return "\N{EM DASH}" if share is None else language.percent(float(share), 0)
