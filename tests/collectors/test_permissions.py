"""The permission table against every call that is really made, in both directions, and what is printed from it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag

import boto3
import pytest
from botocore import xform_name

import collectors
from collectors.aws import Aws, Scope
from collectors.config import Account, Bill, Collect
from collectors.costs.config import Costs
from collectors.costs.jobs import cost_jobs
from collectors.diagnosis import PermissionCheck, Verdict, diagnose, explain, is_clock_skew
from collectors.diagnosis_calls import ARGUMENTS, SAMPLES
from collectors.errors import AccessDenied, Call, CallFailed, Unreachable
from collectors.jobs import Surroundings, collector_jobs
from collectors.meter import Meter
from collectors.permission_table import TABLE
from collectors.permissions import actions, as_cloudformation, as_json, as_terraform, policy
from service.demo.launch import EmbeddedAws
from store import Store
from store.jobspec import JobContext, JobSpec
from store.stack import Stack
from tests.collectors.conftest import Calls

ROLE = "arn:aws:iam::123456789012:role/lamplighter"
_EMPTY = ("ecs:ListServices", "ecs:DescribeServices", "eks:ListNodegroups", "eks:DescribeNodegroup")
"""Not tried where there is no cluster."""
Reach = Callable[..., Aws]


def _seed(embedded: EmbeddedAws) -> None:
    """One of each thing whose presence leads to further calls."""
    session = boto3.session.Session()
    ec2, elb, ecs, s3 = (session.client(name, **embedded.client_options()) for name in ("ec2", "elbv2", "ecs", "s3"))
    eks = session.client("eks", **embedded.client_options())
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="t3.micro")
    elb.create_load_balancer(Name="backend", Subnets=subnets)
    elb.create_target_group(Name="backend", TargetType="lambda")
    s3.create_bucket(Bucket="frontend", CreateBucketConfiguration={"LocationConstraint": embedded.region})
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "web", "memory": 64}])
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=1)
    role = "arn:aws:iam::123456789012:role/nodes"
    eks.create_cluster(name="shop", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    eks.create_nodegroup(clusterName="shop", nodegroupName="web", subnets=subnets, nodeRole=role)
    database = {"Engine": "postgres", "DBInstanceClass": "db.t3.micro"}
    session.client("rds", **embedded.client_options()).create_db_instance(DBInstanceIdentifier="db", **database)


def _around(aws: Aws, store: Store, stack: Stack, collect: Collect) -> Surroundings:
    return Surroundings(aws, Meter(lambda: datetime.now(UTC)), store, stack, collect, Bill())


def _run(jobs: Iterable[JobSpec], store: Store) -> None:
    now = datetime.now(UTC)
    for job in jobs:
        store.jobs.declare([(job.name, 60)], now)
        claim = store.jobs.claim(job.name, now, "test", 600)
        assert claim is not None
        outcome = job.run(JobContext(now, claim, Flag(), lambda _: None))
        assert outcome.outcome == "ok", f"{job.name}: {outcome.message}"


@pytest.mark.demo
def test_topics_of_alerts_may_be_published_to_and_nothing_else() -> None:
    topic = "arn:aws:sns:ap-northeast-2:123456789012:alerts"
    statement = policy([], [topic, topic])["Statement"][1]
    assert (statement["Action"], statement["Resource"]) == (["sns:Publish"], [topic])
    assert topic in as_terraform([], [topic])
    assert topic in as_cloudformation([], [topic])
    assert topic in as_json([], [topic])


def test_the_table_holds_every_call_and_no_other(  # noqa: PLR0913, PLR0917  two worlds and what is asked of them
    embedded_aws: EmbeddedAws, cloudmart: EmbeddedAws, reach: Reach, calls: Calls, sqlite_store: Store, stack: Stack
) -> None:
    _run(cost_jobs(_around(reach(cloudmart), sqlite_store, stack, Collect())), sqlite_store)
    _seed(embedded_aws)
    aws = reach(embedded_aws, Account(name="main", regions=[embedded_aws.region], role_arn=ROLE))
    _run(collector_jobs(_around(aws, sqlite_store, stack, Collect(costs=Costs(enabled=False)))), sqlite_store)
    health = {state.latest.kind for state in sqlite_store.health.states()}
    assert {"database", "service", "instance"} <= health
    checks = diagnose(aws, aws.scopes()[0], datetime.now(UTC), without=("costs",))  # only CloudMart has any
    assert {check.permission.api for check in checks if check.verdict is not Verdict.OK} == {"sts:AssumeRole"}
    made = set(calls.apis())
    table = {row.api for row in TABLE}
    assert made - table == set(), "calls that the table lacks: the printed policy would not allow them"
    assert table - made == set(), "rows that nobody needs: the printed policy would allow too much"


def test_no_operation_stands_in_the_source_that_the_table_lacks() -> None:
    known = {xform_name(row.operation) for row in TABLE}
    folder = Path(next(iter(collectors.__path__)))
    named = {
        operation: path.name
        for path in folder.rglob("*.py")
        for operation in re.findall(r'"((?:describe|list|get|assume|put|start)_[a-z_]+)"', path.read_text())
    }
    assert {operation: where for operation, where in named.items() if operation not in known} == {}


def test_every_row_is_an_operation_of_its_service_and_is_made_once() -> None:
    session = boto3.session.Session()
    for row in TABLE:
        client = session.client(row.service, "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106  no secret
        assert row.operation in client.meta.service_model.operation_names
        assert re.fullmatch(r"[a-z0-9]+:[A-Z]\w+|", row.action)
        assert row.why
        assert row.features
        client.close()
    apis = [row.api for row in TABLE]
    assert len(apis) == len(set(apis))
    assert set(ARGUMENTS) | set(SAMPLES) <= set(apis)


def test_the_policy_allows_reading_only() -> None:
    verbs = {action.partition(":")[2] for action in actions()}
    assert all(verb.startswith(("Describe", "List", "Get", "ViewBudget")) for verb in verbs)
    assert "sts:AssumeRole" not in actions()


def test_the_policy_names_the_roles_that_are_assumed() -> None:
    statements = policy([ROLE, ROLE])["Statement"]
    assert statements[1] == {
        "Sid": "LamplighterAssumes", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": [ROLE],
    }  # fmt: skip
    assert len(policy()["Statement"]) == 1


def test_the_policy_is_small_enough_for_iam() -> None:
    compact = json.dumps(policy([ROLE] * 20), separators=(",", ":"))
    assert json.loads(as_json()) == policy()
    assert len(compact) < 6144, "IAM takes at most 6,144 characters in a managed policy"


@pytest.mark.demo
def test_the_cloudformation_template_makes_a_role_with_the_policy(embedded_aws: EmbeddedAws) -> None:
    options = embedded_aws.client_options()
    session = boto3.session.Session()
    client = session.client("cloudformation", **options)
    parameters = [{"ParameterKey": "TrustedPrincipal", "ParameterValue": "arn:aws:iam::111122223333:role/ops"}]
    client.create_stack(
        StackName="lamplighter",
        TemplateBody=as_cloudformation(),
        Parameters=[*parameters, {"ParameterKey": "ExternalId", "ParameterValue": "abc"}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    iam = session.client("iam", **options)
    role = iam.get_role(RoleName="lamplighter-read")["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "abc"}}
    made = iam.get_role_policy(RoleName="lamplighter-read", PolicyName="lamplighter-read")["PolicyDocument"]
    assert ast.literal_eval(made) == policy()  # moto keeps a template's policy as Python text


def test_terraform_lists_every_action_once() -> None:
    text = as_terraform([ROLE])
    assert re.findall(r'^      "([^"]+)",$', text, re.MULTILINE) == [*actions(), "sts:AssumeRole"]
    assert f'resources = ["{ROLE}"]' in text
    assert text.count("{") == text.count("}")


@pytest.mark.demo
def test_the_doctor_names_the_action_and_the_caller_of_what_is_denied(cloudmart: EmbeddedAws, reach: Reach) -> None:
    aws = reach(cloudmart)
    cloudmart.control.fault("deny", service="elasticache", action="DescribeCacheClusters")
    checks = diagnose(aws, aws.scopes()[0], datetime.now(UTC))
    (denied,) = [check for check in checks if check.verdict is Verdict.DENIED]
    assert denied.message.startswith("arn:aws:sts::123456789012:")
    assert "may not elasticache:DescribeCacheClusters, so inventory and health cannot see caches" in denied.message
    assert "lamplighter doctor --iam" in denied.remedy
    skipped = {check.permission.api for check in checks if check.verdict is Verdict.SKIPPED}
    dear = {row.api for row in TABLE if row.price}
    assert skipped == {"sts:AssumeRole", *_EMPTY} | dear


@pytest.mark.demo
def test_the_doctor_stops_at_expired_credentials(cloudmart: EmbeddedAws, reach: Reach, calls: Calls) -> None:
    aws = reach(cloudmart)
    cloudmart.control.fault("expired")
    first, *others = diagnose(aws, aws.scopes()[0], datetime.now(UTC))
    assert first.verdict is Verdict.FAILED
    assert "Sign in again" in first.remedy
    assert {check.verdict for check in others} == {Verdict.SKIPPED}
    assert len(calls.attempts) == 1


def _diagnosed(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> PermissionCheck:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    quiet = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    for name, value in {**quiet, **environment}.items():
        monkeypatch.setenv(name, value)
    aws = Aws([Account(name="main", regions=["ap-northeast-2"])], Calls())
    try:
        return diagnose(aws, aws.scopes()[0], datetime.now(UTC))[0]
    finally:
        aws.close()


def test_the_doctor_says_that_there_are_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    first = _diagnosed({}, monkeypatch)
    assert first.verdict is Verdict.FAILED
    assert "NoCredentialsError" in first.message
    assert "environment, profile, role" in first.remedy


def test_the_doctor_says_that_the_endpoint_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    first = _diagnosed({"AWS_ENDPOINT_URL": "http://127.0.0.1:9", **keys}, monkeypatch)
    assert first.verdict is Verdict.FAILED
    assert "AWS_ENDPOINT_URL" in first.remedy


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("SignatureDoesNotMatch", "Signature expired: 20261123T115500Z is now earlier than 20261123T120000Z"),
        (
            "InvalidSignatureException",
            "Signature not yet current: 20261123T130000Z is still later than 20261123T120500Z",
        ),
    ],
)
def test_a_clock_that_is_wrong_is_told_from_wrong_credentials(code: str, detail: str) -> None:
    error = CallFailed(Call("main", "ap-northeast-2", "DescribeVpcs"), code, detail, "Try again.")
    check = explain(_scope(), TABLE[4], error, "arn:me")
    assert is_clock_skew(error)
    assert "this machine's clock is wrong" in check.message
    assert "NTP" in check.remedy
    assert not is_clock_skew(CallFailed(error.call, "SignatureDoesNotMatch", "The signature does not match.", "x"))


def _scope(region: str = "ap-northeast-2") -> Scope:
    return Scope("main", region)


def test_a_region_that_does_not_exist_is_named_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    error = Unreachable(Call("main", "ap-northeast-22", "DescribeVpcs"), "EndpointConnectionError", "no host", "x")
    check = explain(_scope("ap-northeast-22"), TABLE[4], error, "")
    assert "'ap-northeast-22' is no AWS region" in check.message
    assert "accounts" in check.remedy


def test_a_denial_without_a_known_caller_still_reads_well() -> None:
    error = AccessDenied(Call("main", "ap-northeast-2", "DescribeInstances"), "UnauthorizedOperation", "no", "x")
    check = explain(_scope(), next(row for row in TABLE if row.operation == "DescribeInstances"), error, "")
    assert check.message == "The caller may not ec2:DescribeInstances, so inventory cannot see instances"
