"""Real series come through with every value equal to its source, and every spacing kept."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.demo.launch import EmbeddedAws, start
from service.demo.world.replay.series import MINUTE, ReplayFile, read_file, read_folder
from service.demo.world.replay.source import ReplaySource, buckets_of, metric_of

REPOSITORY = Path(__file__).parents[2]
OURS = Path(__file__).parent / "replay_series"
DAY = 86_400
NOW = 1_795_460_773.25


def _real_series() -> Path:
    shared = os.environ.get("LAMPLIGHTER_SHARED")
    return (Path(shared) if shared else REPOSITORY.parent / "shared") / "data" / "cloudwatch"


def _rows(path: Path) -> list[tuple[int, float]]:
    """The rows of a file, read without any code of ours."""
    with path.open(newline="", encoding="utf-8") as text:
        return [
            (int(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp()), float(row["value"]))
            for row in csv.DictReader(text)
        ]


def _sources() -> list[Path]:
    real = _real_series()
    return sorted(OURS.glob("*.csv")) + (sorted(real.glob("*.csv")) if real.is_dir() else [])


needs_real_series = pytest.mark.skipif(
    not _real_series().is_dir(), reason=f"the real series are not at {_real_series()} (set LAMPLIGHTER_SHARED)"
)


@pytest.mark.parametrize("path", _sources(), ids=lambda path: path.stem)
def test_every_value_and_spacing_is_kept(path: Path) -> None:
    rows, found = _rows(path), buckets_of(read_file(path), NOW)
    shift = int(found.times[-1]) - rows[-1][0]
    expected: dict[int, list[float]] = defaultdict(list)
    for at, value in rows:
        expected[at + shift].append(value)
    assert list(found.times) == sorted(expected)
    for at, values, weights in zip(found.times, found.values, found.weights, strict=True):
        assert sorted(values[weights > 0]) == sorted(expected[int(at)])


@pytest.mark.parametrize("path", _sources(), ids=lambda path: path.stem)
def test_the_series_ends_now_on_the_grid_of_its_period(path: Path) -> None:
    file = read_file(path)
    assert file.period == 300
    shifted = [time + file.shift(NOW) for time in file.times]
    assert 0 <= NOW - shifted[-1] < 600
    assert sum(time % 300 == 0 for time in shifted) > len(shifted) / 2


@given(now=st.floats(min_value=1.5e9, max_value=2.0e9), first=st.integers(0, 4), gaps=st.lists(st.integers(1, 9)))
def test_no_datum_ever_lies_in_the_future_or_moves_against_another(now: float, first: int, gaps: list[int]) -> None:
    times = [1_000_000_020 + first * MINUTE]
    for gap in gaps:
        times.append(times[-1] + gap * MINUTE)
    meaning = read_file(OURS / "ec2_cpu_utilization_ours1.csv").meaning
    file = ReplayFile(Path("made"), meaning, "made", tuple(times), tuple(float(n) for n in range(len(times))))
    found = buckets_of(file, now)
    assert found.times[-1] <= now
    assert list(np.diff(found.times)) == [gap * MINUTE for gap in gaps]
    assert found.times[-1] > now - 2 * file.period


def test_data_of_one_minute_are_samples_of_that_minute() -> None:
    found = buckets_of(read_file(OURS / "ec2_disk_write_bytes_ours2.csv"), NOW)
    shared = found.weights.sum(axis=1) == 2
    assert shared.sum() == 1
    assert sorted(found.values[shared][0]) == [1_024.0, 8_192.0]


def test_windows_of_a_replay_agree_with_the_whole() -> None:
    file = read_file(OURS / "elb_request_count_ours3.csv")
    source = ReplaySource()
    source.begin({"app/x/1": file}, NOW)
    which = metric_of(file, "app/x/1")
    assert which.namespace == "AWS/ApplicationELB"
    whole = source.observe(which, 0, int(NOW) + DAY, NOW)
    assert whole is not None
    pieces = [source.observe(which, int(at), int(at) + MINUTE, NOW) for at in whole.times]
    assert [float(piece.values[0, 0]) for piece in pieces if piece] == list(whole.values[:, 0])


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("weather_seoul.csv", "timestamp,value\n2026-01-05 00:00:00,1\n", "does not say what it is"),
        ("ec2_network_in_a.csv", "time,value\n2026-01-05 00:00:00,1\n", "must begin with the line"),
        ("ec2_network_in_a.csv", "timestamp,value\n", "has no data"),
        ("ec2_network_in_a.csv", "timestamp,value\nyesterday,1\n", "line 2: expected a time"),
        ("ec2_network_in_a.csv", "timestamp,value\n2026-01-05 00:00:00,much\n", "line 2: expected a time"),
        ("ec2_network_in_a.csv", "timestamp,value\n2026-01-05 00:00:00\n", "line 2: expected a time"),
        ("ec2_network_in_a.csv", "timestamp,value\n2026-01-05 00:00:00,nan\n", "line 2: expected a time"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_refused_by_name_and_line(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        read_folder(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no CSV file"):
        read_folder(tmp_path)


# Over HTTP, as Lamplighter reads it.


@pytest.fixture(scope="module")
def replaying() -> Iterator[EmbeddedAws]:
    real = _real_series()
    with start(replay=real if real.is_dir() else OURS) as aws:
        aws.control.limits(enabled=False)
        aws.control.advance(61)  # a last datum of this very minute would stand in a bucket that is not over
        yield aws


def _resources(aws: EmbeddedAws) -> dict[str, str]:
    """The dimension's value of each replayed resource, by its name, found as an inventory finds it."""
    client = {name: boto3.client(name, **aws.client_options()) for name in ("ec2", "elbv2", "rds")}
    wanted = [{"Name": "tag:Environment", "Values": ["replay"]}]
    found = {
        next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name"): instance["InstanceId"]
        for page in client["ec2"].get_paginator("describe_instances").paginate(Filters=wanted)
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if instance["State"]["Name"] == "running"
    }
    for balancer in client["elbv2"].describe_load_balancers()["LoadBalancers"]:
        found[balancer["LoadBalancerName"]] = balancer["LoadBalancerArn"].rsplit("loadbalancer/", 1)[1]
    for database in client["rds"].describe_db_instances()["DBInstances"]:
        found[database["DBInstanceIdentifier"]] = database["DBInstanceIdentifier"]
    return found


def _points(aws: EmbeddedAws, query: dict[str, Any], start: datetime, end: datetime) -> dict[int, float]:
    client = boto3.client("cloudwatch", **aws.client_options())
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[{"Id": "q", "MetricStat": query}], StartTime=start, EndTime=end
    )
    return {
        int(at.timestamp()): value
        for page in pages
        for result in page["MetricDataResults"]
        for at, value in zip(result["Timestamps"], result["Values"], strict=True)
    }


@pytest.mark.demo
@needs_real_series
@pytest.mark.parametrize("path", [p for p in _sources() if p.parent != OURS], ids=lambda path: path.stem)
def test_cloudwatch_answers_every_value_of_the_last_fifteen_days(replaying: EmbeddedAws, path: Path) -> None:
    service, tail = path.stem.split("_")[0], path.stem.rsplit("_", 1)[1]
    file, resource = read_file(path), _resources(replaying)[f"replay-{service}-{tail}"]
    metric = {
        "Namespace": file.meaning.namespace,
        "MetricName": file.meaning.metric,
        "Dimensions": [{"Name": file.meaning.dimension, "Value": resource}],
    }
    now = datetime.fromtimestamp(replaying.control.now(), UTC)
    begin = now.replace(second=0, microsecond=0) - timedelta(days=15) + timedelta(minutes=1)
    soon = now + timedelta(minutes=5)
    found = _points(replaying, {"Metric": metric, "Period": MINUTE, "Stat": "Sum"}, begin, soon)
    rows = _rows(path)
    shift = max(found) - rows[-1][0]
    assert max(found) % 300 == 0
    assert 0 <= now.timestamp() - max(found) < 900
    expected: dict[int, float] = defaultdict(float)
    for at, value in rows:
        if at + shift >= begin.timestamp():
            expected[at + shift] += value
    assert len(expected) >= 4_000
    assert found == expected


@pytest.mark.demo
@needs_real_series
def test_what_is_older_than_fifteen_days_comes_at_five_minutes(replaying: EmbeddedAws) -> None:
    path = _real_series() / "ec2_disk_write_bytes_1ef3de.csv"
    metric = {
        "Namespace": "AWS/EC2",
        "MetricName": "DiskWriteBytes",
        "Dimensions": [{"Name": "InstanceId", "Value": _resources(replaying)["replay-ec2-1ef3de"]}],
    }
    now = datetime.fromtimestamp(replaying.control.now(), UTC)
    soon = now + timedelta(minutes=5)
    found = _points(replaying, {"Metric": metric, "Period": 300, "Stat": "Sum"}, now - timedelta(days=20), soon)
    rows = _rows(path)
    shift = max(found) - rows[-1][0]
    expected: dict[int, float] = defaultdict(float)
    for at, value in rows:
        expected[(at + shift) // 300 * 300] += value
    assert [found[at] for at in sorted(found)] == [expected[at] for at in sorted(expected)]


@pytest.mark.demo
def test_nothing_but_the_files_happens_to_replayed_resources(replaying: EmbeddedAws) -> None:
    client = boto3.client("cloudwatch", **replaying.client_options())
    mine = set(_resources(replaying).values()) - {f"cloudmart-{e}-postgres" for e in ("dev", "staging", "prod")}
    listed = [
        metric
        for page in client.get_paginator("list_metrics").paginate()
        for metric in page["Metrics"]
        if metric["Dimensions"][0]["Value"] in mine and metric["Namespace"] in {"AWS/EC2", "AWS/RDS"}
    ]
    assert {metric["MetricName"] for metric in listed} <= {"CPUUtilization", "DiskWriteBytes", "NetworkIn"}
