"""The least IAM policy that Lamplighter needs, as JSON, CloudFormation and Terraform."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from collectors.permission_table import TABLE, Permission

POLICY_VERSION = "2012-10-17"
NAME = "lamplighter-read"
Statement = Mapping[str, Any]
"""A statement of a policy, as IAM writes it."""


def actions(table: Sequence[Permission] = TABLE) -> list[str]:
    """The IAM actions that are allowed on everything, sorted."""
    return sorted({row.action for row in table if row.action and row.resource == "*"})


def policy(
    role_arns: Sequence[str] = (),
    topic_arns: Sequence[str] = (),
    table: Sequence[Permission] = TABLE,
    more: Sequence[Statement] = (),
) -> dict[str, Any]:
    """The least identity policy as an IAM document.

    `role_arns` are the roles of other accounts to assume, `topic_arns` the SNS topics that alerts are sent to, `more`
    the statements of what acts on AWS.
    """
    statements: list[dict[str, Any]] = [
        {"Sid": "LamplighterReads", "Effect": "Allow", "Action": actions(table), "Resource": "*"}
    ]
    if role_arns:
        roles = sorted(set(role_arns))
        statements.append(
            {"Sid": "LamplighterAssumes", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": roles}
        )
    if topic_arns:
        topics = sorted(set(topic_arns))
        statements.append(
            {"Sid": "LamplighterNotifies", "Effect": "Allow", "Action": ["sns:Publish"], "Resource": topics}
        )
    return {"Version": POLICY_VERSION, "Statement": [*statements, *more]}


def as_json(role_arns: Sequence[str] = (), topic_arns: Sequence[str] = (), more: Sequence[Statement] = ()) -> str:
    """The policy as JSON text."""
    return json.dumps(policy(role_arns, topic_arns, more=more), indent=2) + "\n"


def as_cloudformation(
    role_arns: Sequence[str] = (), topic_arns: Sequence[str] = (), more: Sequence[Statement] = ()
) -> str:
    """A CloudFormation template (JSON) of a role with the policy, for a principal and an external id to be given."""
    condition = {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    trust = {
        "Version": POLICY_VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Ref": "TrustedPrincipal"}},
                "Action": "sts:AssumeRole",
                "Condition": {"Fn::If": ["HasExternalId", condition, {"Ref": "AWS::NoValue"}]},
            }
        ],
    }
    role = {
        "RoleName": {"Ref": "RoleName"},
        "AssumeRolePolicyDocument": trust,
        "Policies": [{"PolicyName": NAME, "PolicyDocument": policy(role_arns, topic_arns, more=more)}],
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Lets Lamplighter read metrics, inventory and health.",
        "Parameters": {
            "RoleName": {"Type": "String", "Default": NAME},
            "TrustedPrincipal": {"Type": "String", "Description": "ARN of the role or user that Lamplighter runs as."},
            "ExternalId": {"Type": "String", "Default": "", "Description": "The external_id in lamplighter.yaml."},
        },
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {"LamplighterRole": {"Type": "AWS::IAM::Role", "Properties": role}},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["LamplighterRole", "Arn"]}}},
    }
    return json.dumps(template, indent=2) + "\n"


def as_terraform(role_arns: Sequence[str] = (), topic_arns: Sequence[str] = (), more: Sequence[Statement] = ()) -> str:
    """Terraform of the policy, to be attached to the role or user that Lamplighter runs as."""
    blocks = "\n".join(
        _terraform_statement(statement) for statement in policy(role_arns, topic_arns, more=more)["Statement"]
    )
    return (
        f'data "aws_iam_policy_document" "lamplighter_read" {{\n{blocks}}}\n\n'
        'resource "aws_iam_policy" "lamplighter_read" {\n'
        f'  name        = "{NAME}"\n'
        '  description = "Lets Lamplighter read metrics, inventory and health."\n'
        "  policy      = data.aws_iam_policy_document.lamplighter_read.json\n"
        "}\n"
    )


def _terraform_statement(statement: dict[str, Any]) -> str:
    resources = statement["Resource"]
    lines = [
        "  statement {",
        f'    sid       = "{statement["Sid"]}"',
        f'    effect    = "{statement["Effect"]}"',
        f"    resources = {json.dumps([resources] if isinstance(resources, str) else resources)}",
        "    actions = [",
        *(f'      "{action}",' for action in statement["Action"]),
        "    ]",
        *(
            line
            for test, keys in statement.get("Condition", {}).items()
            for variable, values in keys.items()
            for line in (
                "    condition {",
                f'      test     = "{test}"',
                f'      variable = "{variable}"',
                f"      values   = {json.dumps([values] if isinstance(values, str) else values)}",
                "    }",
            )
        ),
        "  }",
    ]
    return "\n".join(lines) + "\n"
