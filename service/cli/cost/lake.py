"""What the commands on imported bills share: the lake that they read and write, and exact amounts in words."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING

from service.config import Loaded
from service.home import lake_folder

if TYPE_CHECKING:
    from finops.lake.importing import Lake
    from store import Store


def lake_of(loaded: Loaded, store: Store) -> Lake:
    """The lake of a configuration."""
    from finops.lake.importing import Lake  # noqa: PLC0415  the wing only where it works

    costs = loaded.settings.costs
    tags = {"x_Component": costs.component_tag, "x_Environment": costs.environment_tag}
    return Lake(lake_folder(costs.lake.path), store.bills, tags)


def exact(amount: Decimal) -> str:
    """Every digit of an amount, at least two behind the point, and no zeros behind that mean nothing."""
    with localcontext(Context(prec=200)):
        plain = f"{amount.normalize():f}"
    whole, _, behind = plain.partition(".")
    return f"{'0' if whole == '-0' and not behind.strip('0') else whole}.{behind.ljust(2, '0')}"
