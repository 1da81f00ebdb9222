"""`lamplighter cost shared`: who bears the costs, the shared ones split, and what no tag tells apart."""

from __future__ import annotations

import click

from service.cli.answering import OK, WARNING, config_option, json_option, say_json, say_table
from service.cli.cost.common import money, opened
from store.money import Allocation


@click.command("shared")
@click.option("--last-month", is_flag=True, help="Of the last month in place of this one.")
@config_option
@json_option
def command(config: str | None, *, last_month: bool, as_json: bool) -> int:
    """Show each component's own cost and its part of the shared ones (`costs.shared`), and what has no component.

    Exit code 1 when the parts do not add up to the total.
    """
    wanted = "last_month" if last_month else "month"
    with opened(config) as (_, store):
        reports = {key: one for key, one in store.reports.all(Allocation).items() if key.partition(":")[0] == wanted}
    found = [reports[key] for key in sorted(reports)]
    if as_json:
        say_json([_json(one) for one in found])
    elif not found:
        click.echo("Nothing is known yet: costs by component have not been read.")
    for one in [] if as_json else found:
        _say(one)
    return OK if all(one.tied for one in found) else WARNING


def _say(one: Allocation) -> None:
    click.secho(f"{one.start} to {one.end}, {one.rule}", bold=True)
    rows = [(each.component, money(each.direct), money(each.shared), money(each.total)) for each in one.shares]
    rows += [("(without a tag)", money(one.untagged), "", money(one.untagged))]
    rows += [("(cannot carry one)", money(one.untaggable), "", money(one.untaggable))]
    say_table(("COMPONENT", "OWN", "SHARED", one.currency), rows, right=(1, 2, 3))
    click.echo(f"Total {money(one.total, one.currency)}")
    if not one.tied:
        click.secho("The parts do not add up to it: Cost Explorer's views differ for now.", fg="yellow", err=True)
    for key in one.unactivated:
        click.secho(f"The tag {key} is not activated for billing: no cost is told apart by it.", fg="yellow", err=True)


def _json(one: Allocation) -> dict[str, object]:
    return {
        "from": one.start.isoformat(),
        "to": one.end.isoformat(),
        "currency": one.currency,
        "basis": one.basis,
        "rule": str(one.rule),
        "components": {
            each.component: {"own": each.direct, "shared": each.shared, "total": each.total} for each in one.shares
        },
        "untagged": one.untagged,
        "untaggable": one.untaggable,
        "unactivated_tags": list(one.unactivated),
        "total": one.total,
        "ties_out": one.tied,
    }
