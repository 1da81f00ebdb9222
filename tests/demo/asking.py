"""How the tests of the embedded CloudWatch ask: about the series of `synthetic_aws`, at one frozen instant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config

from service.demo.launch import EmbeddedAws
from service.demo.synthetic import SyntheticSource

NOW = 1_795_435_200  # 2026-11-23 12:00 UTC
SOURCE = SyntheticSource(600, gaps=True)


def client(aws: EmbeddedAws) -> BaseClient:
    return boto3.client("cloudwatch", **aws.client_options(), config=Config(retries={"total_max_attempts": 1}))


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def query(number: int, stat: str = "Average", period: int = 60, **more: object) -> dict[str, Any]:
    dimensions = [{"Name": "Series", "Value": f"{number:05d}"}]
    metric = {"Namespace": "Synthetic", "MetricName": "Load", "Dimensions": dimensions}
    return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}} | more


def ask(cloudwatch: BaseClient, queries: list[dict[str, Any]], minutes: float = 60, **more: object) -> dict[str, Any]:
    span = {"StartTime": at(NOW - minutes * 60), "EndTime": at(NOW)}
    return dict(cloudwatch.get_metric_data(MetricDataQueries=queries, **(span | more)))


def points(result: Mapping[str, Any]) -> dict[int, float]:
    return {int(when.timestamp()): v for when, v in zip(result["Timestamps"], result["Values"], strict=True)}


def pages(
    cloudwatch: BaseClient, queries: list[dict[str, Any]], minutes: float, **more: object
) -> Iterator[dict[str, Any]]:
    answer = ask(cloudwatch, queries, minutes, **more)
    yield answer
    while "NextToken" in answer:
        answer = ask(cloudwatch, queries, minutes, NextToken=answer["NextToken"], **more)
        yield answer
