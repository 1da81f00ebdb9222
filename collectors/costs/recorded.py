"""What the last readings of costs say of calls that nobody tries for a diagnosis, because each try costs a cent."""

from __future__ import annotations

from dataclasses import replace

from collectors.costs.fetch import NO_DATA
from collectors.costs.memory import Memory
from collectors.costs.planner import TOTAL_NAME
from collectors.costs.round import NO_DATA_CODE
from collectors.diagnosis import PermissionCheck, Verdict
from store.messages import Message, Sentence

_QUESTIONS = {
    "GetCostForecast": "forecast",
    "GetAnomalies": "anomalies",
    "GetReservationCoverage": "commitments",
    "GetReservationUtilization": "commitments",
    "GetSavingsPlansCoverage": "commitments",
    "GetSavingsPlansUtilization": "commitments",
    "ListCostAllocationTags": "tags",
}
"""The question that each call belongs to; a failure of one call of a question is told of all of them."""
_DENIED = ("AccessDenied", "UnauthorizedOperation", "NotAuthorized")


def from_record(check: PermissionCheck, memory: Memory) -> PermissionCheck:
    """The check of a priced call by what came of it when costs were last read; any other check as it is."""
    row = check.permission
    question = _QUESTIONS.get(row.operation)
    if row.service != "ce" or check.verdict is not Verdict.SKIPPED or question is None:
        return check
    code = memory.codes.get(question, "")
    if code:
        return _failed(check, code)
    answered = memory.answered.get(question)
    if answered is None:
        return replace(check, message=f"{check.message}; `lamplighter serve` has not asked it yet")
    return replace(
        check, verdict=Verdict.OK, message=f"{row.why}: answered when it was last asked, {answered:%Y-%m-%d %H:%M} UTC"
    )


def _failed(check: PermissionCheck, code: str) -> PermissionCheck:
    row = check.permission
    action = row.action or row.operation
    if code == NO_DATA_CODE:
        return replace(check, message=f"{row.why}: AWS had none when it was last asked; it is asked again the next day")
    if any(word in code for word in _DENIED):
        return replace(
            check,
            verdict=Verdict.DENIED,
            message=f"AWS refused it when costs were last read ({code}), so costs cannot see {row.why}",
            remedy=f"Allow {action} on {row.resource}; `lamplighter doctor --iam` prints the least policy. "
            "It is asked again within the hour.",
        )
    message = f"it failed when costs were last read ({code})"
    return replace(check, verdict=Verdict.FAILED, message=message, remedy="It is asked again within the hour.")


def why_unknown(memory: Memory) -> Sentence:
    """Why no cost of an account is known, as far as its last reading says; empty where it was not asked yet."""
    code = memory.codes.get(TOTAL_NAME, "")
    if code == NO_DATA_CODE:
        return NO_DATA
    if not code:
        return ""
    return Message("Cost Explorer refused the costs of this account (%(code)s). Run: lamplighter doctor", code=code)
