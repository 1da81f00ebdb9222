"""`lamplighter doctor`: make the real read calls, name what blocks, print the least IAM policy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.alerting import topics
from service.cli.answering import CRITICAL, OK, config_option, json_option, say_json
from service.clock import system_clock
from service.config import Loaded, find_file, load
from service.home import Home

if TYPE_CHECKING:
    from collectors.diagnosis import PermissionCheck

_MARKS = {"ok": ("ok", "green"), "denied": ("DENIED", "red"), "failed": ("FAILED", "red"), "skipped": ("-", "yellow")}
_FORMS = ("json", "cloudformation", "terraform")


@click.command("doctor")
@click.option(
    "--iam", is_flag=False, flag_value="json", type=click.Choice(_FORMS), help="Only print the least IAM policy."
)
@config_option
@json_option
def command(iam: str | None, config: str | None, *, as_json: bool) -> int:
    """Try each call that Lamplighter makes, in each account and region, and say what blocks and what to do.

    Nothing is changed anywhere; one metric is read, for $0.00001, and one day's cost, for $0.01. Of the other priced
    calls it is told what came of them when costs were last read. Exit code 2 when something blocks. What there is
    nothing to try on (no ECS service, say) does not block.
    """
    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    if iam is not None:
        click.echo(_policy(loaded, iam), nl=False)
        return OK
    store_problems = _store_problems(loaded)
    checks = _checks(loaded) if store_problems else _with_record(loaded, _checks(loaded))
    if as_json:
        say_json({"store": store_problems, "checks": [_described(check) for check in checks]})
    else:
        _say(store_problems, checks)
    verdicts = {check.verdict.value for check in checks}
    if store_problems or verdicts & {"denied", "failed"}:
        return CRITICAL
    return OK


def _policy(loaded: Loaded, form: str) -> str:
    from collectors import permissions  # noqa: PLC0415  only the calls need boto3
    from service.shutdown.permissions import statements  # noqa: PLC0415  the same

    roles = [account.role_arn for account in loaded.settings.accounts if account.role_arn]
    makers = {
        "json": permissions.as_json,
        "cloudformation": permissions.as_cloudformation,
        "terraform": permissions.as_terraform,
    }
    acting = statements(loaded.settings, loaded.settings.costs.environment_tag)
    return makers[form](roles, topics(loaded), acting)


def _store_problems(loaded: Loaded) -> list[str]:
    from service.assembly import opened_store  # noqa: PLC0415
    from store.errors import StoreError  # noqa: PLC0415

    try:
        with opened_store(loaded, Home.from_environment(os.environ)) as store:
            return list(store.check())
    except StoreError as error:
        return [str(error)]


def _checks(loaded: Loaded) -> list[PermissionCheck]:
    from collectors.aws import Aws  # noqa: PLC0415
    from collectors.diagnosis import diagnose  # noqa: PLC0415
    from collectors.meter import Meter  # noqa: PLC0415

    aws = Aws(loaded.settings.accounts, Meter(system_clock), agent="lamplighter-doctor")
    try:
        without = () if loaded.settings.collect.costs.enabled else ("costs",)
        return [check for scope in aws.scopes() for check in diagnose(aws, scope, system_clock(), without=without)]
    finally:
        aws.close()


def _with_record(loaded: Loaded, checks: Sequence[PermissionCheck]) -> list[PermissionCheck]:
    """What each priced call brought when costs were last read stands in place of "not tried"."""
    from collectors.costs.memory import load as remembered  # noqa: PLC0415  as above
    from collectors.costs.recorded import from_record  # noqa: PLC0415  the same
    from service.assembly import opened_store  # noqa: PLC0415  the same

    homes = {(account.name, account.regions[0]) for account in loaded.settings.accounts if account.regions}
    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        memories = {name: remembered(store, f"costs:{name}") for name in {check.scope.account for check in checks}}
    return [
        from_record(check, memories[check.scope.account])
        if (check.scope.account, check.scope.region) in homes
        else check
        for check in checks
    ]


def _described(check: PermissionCheck) -> dict[str, object]:
    return {
        "account": check.scope.account,
        "region": check.scope.region,
        "call": check.permission.api,
        "action": check.permission.action,
        "verdict": check.verdict.value,
        "message": check.message,
        "remedy": check.remedy,
    }


def _say(store_problems: Sequence[str], checks: Sequence[PermissionCheck]) -> None:
    if store_problems:
        for problem in store_problems:
            click.secho(f"Store: {problem}", fg="red")
    else:
        click.echo("Store: sound.")
    for scope in dict.fromkeys(check.scope for check in checks):
        click.secho(f"\n{scope}", bold=True)
        for check in (one for one in checks if one.scope == scope):
            mark, colour = _MARKS[check.verdict.value]
            click.echo(f"  {click.style(mark.ljust(6), fg=colour)}  {check.permission.api}: {check.message}")
            if check.remedy:
                click.echo(f"          -> {check.remedy}")
    blocked = [check for check in checks if check.verdict.value in {"denied", "failed"}]
    click.echo()
    if blocked:
        click.echo(f"{len(blocked)} of {len(checks)} calls are blocked. The least policy: lamplighter doctor --iam")
    else:
        click.echo("Nothing blocks.")
