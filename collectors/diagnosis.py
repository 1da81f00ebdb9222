"""Makes the real reading calls, cheaply, and names what stands in the way of collecting, with the remedy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from collectors.answers import text
from collectors.aws import Aws, Scope
from collectors.caller import Caller
from collectors.config import region_fault
from collectors.costs.fetch import NO_DATA, unavailable
from collectors.diagnosis_calls import arguments_for
from collectors.errors import AccessDenied, AwsError, ExpiredCredentials, NoCredentials, UnknownRegion, Unreachable
from collectors.permission_table import TABLE, Permission

JOB = "doctor"

BLOCKING = (NoCredentials, ExpiredCredentials, UnknownRegion, Unreachable)
"""What the first call meets every other would meet too."""

SKEW_CODES = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired"})
SKEW_WORDS = ("signature expired", "signature not yet current")
"""How AWS refuses a request whose date is more than about five minutes (S3: fifteen) off."""


class Verdict(StrEnum):
    """What came of a check. One that could not run has not failed."""

    OK = "ok"
    DENIED = "denied"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class PermissionCheck:
    """Whether a call of the table can be made in a scope: `message` says what was found, `remedy` what to do."""

    scope: Scope
    permission: Permission
    verdict: Verdict
    message: str
    remedy: str = ""


def diagnose(aws: Aws, scope: Scope, now: datetime, *, without: Collection[str] = ()) -> list[PermissionCheck]:
    """Each call of the table, tried in a scope, but for those that only the features `without` need.

    One metric is asked for, which costs $0.00001, and one day's cost in the account's first region, which costs
    $0.01; the rest is free.

    When already the first call shows that no call can work, the others are skipped and it alone names the blocker.
    """
    caller = Caller(aws, scope, JOB)
    first, *rest = TABLE
    others = [row for row in rest if not set(row.features) <= set(without)]
    answer, error = _try(caller, first, {})
    if isinstance(error, BLOCKING):
        reason = f"not tried: {first.operation} shows that no call can work here"
        skipped = [PermissionCheck(scope, row, Verdict.SKIPPED, reason) for row in others]
        return [explain(scope, first, error, ""), *skipped]
    who = text(answer, "Arn")
    checks = [_fine(scope, first, f"calls are made as {who}") if error is None else explain(scope, first, error, who)]
    answers: dict[str, Mapping[str, Any]] = {first.api: answer}
    home = aws.regions(scope.account)[0]
    for row in others:
        if row.once and scope.region != home:
            checks.append(PermissionCheck(scope, row, Verdict.SKIPPED, f"the same everywhere: tried in {home}"))
            continue
        arguments, missing = arguments_for(row, answers, now)
        if missing:
            checks.append(PermissionCheck(scope, row, Verdict.SKIPPED, missing))
            continue
        answers[row.api], error = _try(caller, row, arguments)
        checks.append(_fine(scope, row, row.why) if error is None else explain(scope, row, error, who))
    return checks


def _try(caller: Caller, row: Permission, arguments: Mapping[str, object]) -> tuple[Mapping[str, Any], AwsError | None]:
    try:
        names = caller.aws.client(caller.scope, row.service, job=JOB).meta.method_to_api_mapping
        method = next(method for method, operation in names.items() if operation == row.operation)
        return caller.call(row.service, method, **arguments), None
    except AwsError as error:
        return {}, error


def _fine(scope: Scope, row: Permission, message: str) -> PermissionCheck:
    return PermissionCheck(scope, row, Verdict.OK, message)


def explain(scope: Scope, row: Permission, error: AwsError, who: str) -> PermissionCheck:
    """What an error means for a call that `who` (an ARN, if it is known) made."""
    if is_clock_skew(error):
        return PermissionCheck(
            scope,
            row,
            Verdict.FAILED,
            f"AWS refuses {row.operation} because this machine's clock is wrong: {error.detail}",
            "Set the clock, best by NTP (`timedatectl set-ntp true`); AWS allows five minutes.",
        )
    if row.service == "ce" and unavailable(error):
        return PermissionCheck(scope, row, Verdict.FAILED, NO_DATA, "Switch Cost Explorer on, or collect.costs off.")
    if isinstance(error, AccessDenied):
        action = row.action or row.operation
        missing = f", so {' and '.join(row.features)} cannot see {row.why}"
        return PermissionCheck(
            scope,
            row,
            Verdict.DENIED,
            f"{who or 'The caller'} may not {action}{missing}",
            f"Allow {action} on {row.resource}; `lamplighter doctor --iam` prints the least policy.",
        )
    fault = region_fault(scope.region)
    if isinstance(error, Unreachable | UnknownRegion) and fault:
        return PermissionCheck(scope, row, Verdict.FAILED, fault, "Correct `regions` of the account in `accounts`.")
    return PermissionCheck(scope, row, Verdict.FAILED, f"{row.operation}: {error.code}: {error.detail}", error.remedy)


def is_clock_skew(error: AwsError) -> bool:
    """Whether AWS refused a call for its date."""
    told = error.detail.lower()
    return error.code in SKEW_CODES or any(words in told for words in SKEW_WORDS)
