"""Putting many environments to sleep beside Cloud Custodian's offhours: calls and seconds, on the same embedded AWS."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Any

import boto3
import structlog
import yaml

from benchmarks.report import Progress, Report, Scale, Table, Target, run_alone
from collectors.aws import Aws
from collectors.caller import Caller
from collectors.config import Account
from collectors.inventory import autoscaling, ec2, rds
from collectors.inventory.survey import read, settle
from collectors.meter import Attempt
from service.demo.launch import EmbeddedAws, start
from service.shutdown.config import Schedule, ShutdownSettings
from service.shutdown.kinds import KINDS
from service.shutdown.price import hourly
from service.shutdown.reconcile.round import Around, Turn, run
from store import Store, open_store
from store.power import Condition
from store.stack import Stack

CUSTODIAN = "c7n==0.9.53"
ENVIRONMENTS: dict[Scale, int] = {"quick": 4, "standard": 20, "full": 100}
INSTANCES, GROUPS, DATABASES = 40, 5, 5
"""What an environment has: 50 resources."""
AT_A_TIME = 5
"""Servers of a reservation: the embedded AWS pages by these and not by servers, and is slow with large pages."""
IMAGE = "ami-0123456789abcdef0"
READERS = (*ec2.READERS[:1], *autoscaling.READERS, *rds.READERS)
MOST_ROUNDS = 12
EVENING = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
"""When the schedule of the benchmark stops."""
OURS, THEIRS = "111111111111", "222222222222"


class Silent:
    """A meter that counts nothing: the embedded AWS counts."""

    def attempt(self, attempt: Attempt) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What it took: `calls` by name, `seconds`, the CPU seconds of the caller, and what was asleep in the end."""

    who: str
    calls: Counter[str]
    seconds: float
    asleep: int


def measure(scale: Scale, progress: Progress) -> Report:
    """One full stop by each, and a look of ours with nothing to do."""
    many = ENVIRONMENTS[scale]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lamplighter-bench-")))
        aws = stack.enter_context(start("empty"))
        custodian = _custodian(folder, progress)
        for account in (OURS, THEIRS):
            _seed(replace(aws, account=account), many, progress)
        store = stack.enter_context(open_store(f"sqlite:///{folder}/lamplighter.db"))
        store.migrate()
        mine = replace(aws, account=OURS)
        os.environ.update(mine.environment())
        clients = Aws([Account(name="main", regions=[aws.region])], Silent(), agent="lamplighter-benchmark")
        stack.callback(clients.close)
        around = _around(clients, store, many)
        _inventory(around)
        progress("a look with nothing to do")
        idle = _idle(around, mine)
        progress("Lamplighter stops them")
        ours = _ours(around, mine)
        progress("Cloud Custodian stops them")
        theirs = _theirs(custodian, folder, replace(aws, account=THEIRS))
    progress("stopped", done=True)
    return Report("sleep", (_table(many, idle, ours, theirs),), tuple(_targets(many, idle, ours, theirs)))


def _custodian(folder: Path, progress: Progress) -> str:
    """Cloud Custodian, in an environment of its own: it brings another boto3."""
    if found := os.environ.get("CUSTODIAN") or shutil.which("custodian"):
        return found
    progress(f"installing {CUSTODIAN}")
    venv.create(folder / "c7n", with_pip=True)
    subprocess.run([folder / "c7n/bin/pip", "install", "-q", CUSTODIAN], check=True)
    return str(folder / "c7n/bin/custodian")


def _seed(aws: EmbeddedAws, many: int, progress: Progress) -> None:
    session = boto3.session.Session()
    server, scaling, databases = (
        session.client(name, **aws.client_options())  # type: ignore[call-overload]
        for name in ("ec2", "autoscaling", "rds")
    )
    machine = {"ImageId": IMAGE, "InstanceType": "t3.micro"}
    scaling.create_launch_configuration(LaunchConfigurationName="bench", **machine)
    for number in range(many):
        tags = [{"Key": "Environment", "Value": f"dev-{number}"}, {"Key": "Component", "Value": "backend"}]
        specification = [{"ResourceType": "instance", "Tags": tags}]
        for _ in range(INSTANCES // AT_A_TIME):
            server.run_instances(**machine, MinCount=AT_A_TIME, MaxCount=AT_A_TIME, TagSpecifications=specification)
        for group in range(GROUPS):
            scaling.create_auto_scaling_group(
                AutoScalingGroupName=f"dev-{number}-{group}",
                LaunchConfigurationName="bench",
                MinSize=1,
                DesiredCapacity=1,
                MaxSize=2,
                AvailabilityZones=[f"{aws.region}a"],
                Tags=[{**tag, "PropagateAtLaunch": True} for tag in tags],
            )
        for database in range(DATABASES):
            databases.create_db_instance(
                DBInstanceIdentifier=f"dev-{number}-{database}",
                DBInstanceClass="db.t3.micro",
                Engine="postgres",
                AllocatedStorage=20,
                MasterUsername="app",
                MasterUserPassword="not-a-secret",
                Tags=tags,
            )
        progress(f"account {aws.account}: environment {number + 1} of {many}")


def _around(clients: Aws, store: Store, many: int) -> Around:
    environments = {f"dev-{number}": {"schedule": "office", "armed": True} for number in range(many)}
    given = {"timezone": "UTC", "environments": environments, "components": {"backend": {}}}
    office = Schedule.model_validate({"timezone": "UTC", "running": ["daily 09:00-20:00"]})
    return Around(
        aws=clients,
        store=store,
        stack=Stack.model_validate(given),
        schedules={"office": office},
        settings=ShutdownSettings(),
        kinds=KINDS,
        clock=lambda: datetime.now(UTC),
        hourly=hourly,
    )


def _inventory(around: Around) -> None:
    caller = Caller(around.aws, around.aws.scopes()[0], "inventory")
    readings = read([(one, caller) for one in READERS], Flag())
    if failed := [reading.error for reading in readings if reading.error]:
        raise RuntimeError(f"the inventory cannot be read: {failed[0]}")
    for found in settle(readings, [], around.stack):
        around.store.resources.replace("main", found.region, found.types, found.resources, EVENING)


def _idle(around: Around, aws: EmbeddedAws) -> Stopped:
    run(around, Turn(None, EVENING - timedelta(minutes=61)))
    aws.control.reset_meter()
    begun = time.perf_counter()
    run(around, Turn(None, EVENING - timedelta(minutes=60)))
    return Stopped("Lamplighter, nothing to do", _calls(aws), time.perf_counter() - begun, 0)


def _ours(around: Around, aws: EmbeddedAws) -> Stopped:
    aws.control.reset_meter()
    begun = time.perf_counter()
    for number in range(MOST_ROUNDS):
        told = run(around, Turn(None, EVENING + timedelta(minutes=number)))
        if all(one.condition is Condition.STOPPED for one in told.values()):
            break
    seconds = time.perf_counter() - begun
    return Stopped(f"Lamplighter, {number + 1} looks", _calls(aws), seconds, _asleep(aws))


def _theirs(custodian: str, folder: Path, aws: EmbeddedAws) -> Stopped:
    now = datetime.now(UTC)
    off = {"type": "offhour", "default_tz": "utc", "offhour": now.hour, "opt-out": True, "weekends": False}
    alone = {"tag:aws:autoscaling:groupName": "absent"}
    policies: list[dict[str, Any]] = [
        {"name": "servers", "resource": "ec2", "filters": [alone, off], "actions": ["stop"]},
        {"name": "groups", "resource": "asg", "filters": [off], "actions": ["suspend"]},
        {"name": "databases", "resource": "rds", "filters": [off], "actions": ["stop"]},
    ]
    written = folder / "policies.yml"
    written.write_text(yaml.safe_dump({"policies": policies}))
    command = [custodian, "run", "-s", str(folder / "out"), "--region", aws.region, "--cache", "memory", str(written)]
    aws.control.reset_meter()
    begun = time.perf_counter()
    ran = subprocess.run(command, env={**os.environ, **aws.environment()}, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if ran.returncode:
        raise RuntimeError(f"{CUSTODIAN} ended with {ran.returncode}: {ran.stderr[-2000:]}")
    return Stopped(f"Cloud Custodian ({CUSTODIAN})", _calls(aws), seconds, _asleep(aws))


def _calls(aws: EmbeddedAws) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in aws.control.meter()["rows"]:
        if row["account"] == aws.account:
            found[f"{row['service']}:{row['action']}"] += row["calls"] + row["failed"] + row["throttled"]
    return found


def _asleep(aws: EmbeddedAws) -> int:
    """Servers that stand alone, groups and databases that do not run."""
    session = boto3.session.Session()
    server, scaling, databases = (
        session.client(name, **aws.client_options())  # type: ignore[call-overload]
        for name in ("ec2", "autoscaling", "rds")
    )
    running, alone = set(), 0
    for page in server.get_paginator("describe_instances").paginate():
        for one in (one for part in page["Reservations"] for one in part["Instances"]):
            if one["State"]["Name"] == "running":
                running.add(one["InstanceId"])
            in_group = any(tag["Key"] == "aws:autoscaling:groupName" for tag in one.get("Tags", ()))
            alone += one["State"]["Name"] == "stopped" and not in_group
    groups = [
        group
        for page in scaling.get_paginator("describe_auto_scaling_groups").paginate()
        for group in page["AutoScalingGroups"]
    ]
    quiet = sum(1 for one in groups if not running & {each["InstanceId"] for each in one["Instances"]})
    stopped = sum(
        one["DBInstanceStatus"] == "stopped"
        for page in databases.get_paginator("describe_db_instances").paginate()
        for one in page["DBInstances"]
    )
    return alone + quiet + stopped


def _reads(one: Stopped) -> int:
    return sum(count for call, count in one.calls.items() if ":Describe" in call)


def _targets(many: int, idle: Stopped, ours: Stopped, theirs: Stopped) -> list[Target]:
    total = many * (INSTANCES + GROUPS + DATABASES)
    pages = sum(-(-size * many // page) for size, page in ((INSTANCES + GROUPS, 1000), (GROUPS, 50), (DATABASES, 50)))
    return [
        Target("resources asleep", ours.asleep, at_least=total),
        Target("describes of a look with nothing to do, by page", _reads(idle), at_most=pages),
        Target("seconds beside Cloud Custodian's", ours.seconds / theirs.seconds, " x", at_most=2),
    ]


def _table(many: int, *found: Stopped) -> Table:
    rows = []
    for one in found:
        changes = sum(one.calls.values()) - _reads(one)
        cells = (f"{_reads(one)}", f"{changes}", f"{one.seconds:.1f}", f"{one.asleep or '-'}")
        rows.append((one.who, *cells))
    told = [f"{one.who}: {', '.join(f'{call} {count}' for call, count in sorted(one.calls.items()))}." for one in found]
    each = f"{INSTANCES} servers, {GROUPS} groups, {DATABASES} databases"
    return Table(
        f"One full stop of {many} environments of {each}",
        ("Who", "describes", "other calls", "seconds", "asleep"),
        tuple(rows),
        (
            "Lamplighter asks EC2 with DryRun first, writes down each act before it makes it, and looks again.",
            "Cloud Custodian asks once, and does not look again.",
            "Cloud Custodian suspends groups and stops their servers; Lamplighter sets them to 0/0/0.",
            *told,
        ),
    )


if __name__ == "__main__":
    sys.exit(run_alone(measure, "sleep"))
