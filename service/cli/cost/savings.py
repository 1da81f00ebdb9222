"""`lamplighter cost savings`: what could be saved, and accepting or dismissing it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import click

from service.cli.answering import OK, UNKNOWN, config_option, json_option, say_json, say_table
from service.cli.cost.common import money, opened, who
from store.money import Saving, SavingState
from store.vocabulary import Intent


@click.group("savings", invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Also what was dismissed or is gone.")
@config_option
@json_option
@click.pass_context
def command(context: click.Context, config: str | None, *, everything: bool, as_json: bool) -> int:
    """List what could be saved, the most first; `accept` or `dismiss` one by its id."""
    context.obj = config
    if context.invoked_subcommand is not None:
        return OK
    with opened(config) as (_, store):
        found = store.savings.all()
    hidden = () if everything else (SavingState.DISMISSED, SavingState.GONE)
    shown = sorted((one for one in found if one.state not in hidden), key=lambda one: -one.monthly)
    if as_json:
        say_json([_described(one) for one in shown])
    elif not shown:
        click.echo("Nothing to save was found.")
    else:
        say_table(
            ("ID", "STATE", "SAVES A MONTH", "EFFORT", "RISK", "WHAT"),
            [
                (one.id, one.state.value, money(one.monthly, one.currency), one.effort, one.risk, str(one.title))
                for one in shown
            ],
            right=(2,),
        )
        click.echo("\nSome exclude each other: they do not add up. lamplighter cost savings accept ID keeps the books.")
    return OK


@command.command("accept")
@click.argument("saving_id", metavar="ID")
@click.option("--comment", default="", help="Why, for the audit.")
@click.pass_context
def accept(context: click.Context, saving_id: str, comment: str) -> int:
    """Say that saving ID is being done: from now on the bill is held against it. Nothing is changed in AWS."""
    return _decide(context, "saving.accept", saving_id, comment)


@command.command("dismiss")
@click.argument("saving_id", metavar="ID")
@click.option("--comment", default="", help="Why, for the audit.")
@click.pass_context
def dismiss(context: click.Context, saving_id: str, comment: str) -> int:
    """Say that saving ID is not wanted; it is not recommended again."""
    return _decide(context, "saving.dismiss", saving_id, comment)


def _decide(context: click.Context, kind: str, saving_id: str, comment: str) -> int:
    from finops.savings.intents import carry_out  # noqa: PLC0415  the wings only where they work

    now = datetime.now(UTC)
    with opened(context.obj) as (_, store):
        intent = Intent(uuid4().hex, kind, who(), now, {"id": saving_id, "comment": comment})
        store.intents.add(intent)
        state, said = carry_out(store, intent, now)
        store.intents.settle(intent.id, state, str(said))
    click.echo(str(said), err=state != "done")
    return OK if state == "done" else UNKNOWN


def _described(one: Saving) -> dict[str, object]:
    return {
        "id": one.id,
        "rule": one.rule,
        "title": str(one.title),
        "state": one.state.value,
        "monthly": one.monthly,
        "currency": one.currency,
        "effort": one.effort,
        "risk": one.risk,
        "evidence": [str(each) for each in one.evidence],
        "how": str(one.how),
        "remedy": str(one.remedy),
        "resource": one.resource_id,
        "environment": one.environment,
        "component": one.component,
        "baseline_a_day": one.baseline,
        "verified": one.verified,
        "verified_to": one.verified_to and one.verified_to.isoformat(),
        "prices_of": one.prices_of and one.prices_of.isoformat(),
    }
