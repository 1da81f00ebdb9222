"""What IAM must allow: nothing while all is a dry run, then only on what carries the tag, and all that is called."""

from __future__ import annotations

import json

from collectors.permissions import as_json, as_terraform
from service.shutdown.config import ShutdownSettings
from service.shutdown.permissions import ACTIONS, statements
from tests.shutdown.nights import EVENING, MORNING, Night, schedule, stack_of
from tests.shutdown.test_wishes import Configuration


def configured(**environments: dict[str, object]) -> Configuration:
    return Configuration(stack_of(environments), {"office": schedule()}, ShutdownSettings())


def test_a_dry_run_and_production_need_nothing() -> None:
    settings = configured(dev={"schedule": "office"}, prod={"schedule": "office", "armed": True})
    assert statements(settings, "Environment") == []


def test_what_is_armed_is_named_and_what_is_protected_denied() -> None:
    settings = configured(dev={"schedule": "office", "armed": True}, prod={"schedule": "office", "armed": True})
    allow, _, _, deny = json.loads(as_json(more=statements(settings, "Env")))["Statement"][-4:]
    assert allow["Condition"] == {"StringEquals": {"aws:ResourceTag/Env": ["dev"]}}
    assert (deny["Effect"], deny["Action"]) == ("Deny", allow["Action"])
    text = as_terraform(more=statements(settings, "Env"))
    assert 'variable = "aws:ResourceTag/Env"' in text
    assert 'effect    = "Deny"' in text


def test_every_call_that_changes_something_is_in_the_policy(night: Night) -> None:
    night.group("dev-backend", (1, 1, 2))
    night.instance("dev-tools")
    night.database("dev-postgres")
    night.inventory()
    night.round()
    night.recorder.calls.clear()
    for at in (EVENING, *[None] * 5, MORNING, *[None] * 5):
        night.round(at)
    changing = {call for call in night.recorder.calls if ":Describe" not in call}
    asked = {action for kind in ("ec2:instance", "autoscaling:group", "rds:db") for action in ACTIONS[kind]}
    assert changing == asked


def test_what_is_made_again_is_held_to_the_tag_that_it_will_carry() -> None:
    settings = configured(dev={"schedule": "office", "armed": True})
    before = json.dumps(statements(settings, "Env"))
    assert "Nat" not in before
    assert "elasticache" not in before
    asked = Configuration(settings.stack, settings.schedules, ShutdownSettings(delete=["nat-gateways", "elasticache"]))
    found = statements(asked, "Env")
    made = [one for one in found if "RequestTag" in json.dumps(one)]
    assert {action for one in made for action in one["Action"] if ":Create" in action} >= {
        "ec2:CreateNatGateway",
        "elasticache:CreateCacheCluster",
        "elasticache:CreateReplicationGroup",
    }
    assert all(one["Condition"] == {"StringEquals": {"aws:RequestTag/Env": ["dev"]}} for one in made)
    allow = next(one for one in found if one["Sid"] == "LamplighterActs")
    assert {"ec2:DeleteNatGateway", "ec2:ReplaceRoute", "elasticache:DeleteCacheCluster"} <= set(allow["Action"])
    assert len({one["Sid"] for one in found}) == len(found)
