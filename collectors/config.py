"""The configuration sections of the collectors: accounts, collect, probes and bill."""

from __future__ import annotations

import difflib
import json
import os
import re
from datetime import timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from collectors.costs.config import Costs
from store.durations import Duration

_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_REGION = re.compile(r"[a-z0-9-]{1,63}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def known_regions() -> list[str]:
    """The regions that the installed botocore knows, in every partition."""
    described = json.loads((files("botocore") / "data" / "partitions.json").read_text(encoding="utf-8"))
    regions = [region for partition in described["partitions"] for region in partition["regions"]]
    return [region for region in regions if not region.endswith("-global")]


def region_fault(region: str) -> str | None:
    """What is wrong with a region's name, with the nearest one that exists; None when it is fine.

    Behind AWS_ENDPOINT_URL any name is fine: an endpoint of one's own may have regions of its own.
    """
    if not _REGION.fullmatch(region):
        return f"{region!r} is no AWS region: write one such as 'ap-northeast-2'"
    if os.environ.get("AWS_ENDPOINT_URL"):
        return None
    regions = known_regions()
    if region in regions:
        return None
    near = difflib.get_close_matches(region, regions, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else "write one such as 'ap-northeast-2'"
    return f"{region!r} is no AWS region: {hint}"


STEPS = "1m, 5m, 10m, 15m, 20m, 30m, or whole hours that divide a day: CloudWatch's retention asks for it"


def is_step(seconds: int) -> bool:
    """Whether points of this step can be read at any age: CloudWatch keeps 60 s, then 300 s, then 3,600 s."""
    if seconds >= 3600:  # noqa: PLR2004  CloudWatch's coarsest step
        return seconds % 3600 == 0 and 86400 % seconds == 0
    return seconds == 60 or (seconds >= 300 and seconds % 300 == 0 and 3600 % seconds == 0)  # noqa: PLR2004  as above


class Account(_Strict):
    """One AWS account, how it is reached, and in which regions it is collected."""

    name: str = Field(
        default="main", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="What the account is called here."
    )
    profile: str | None = Field(default=None, description="A profile of ~/.aws/config; boto3's own chain by default.")
    role_arn: str | None = Field(default=None, description="A role to assume, for an account other than the caller's.")
    external_id: str | None = Field(default=None, description="The external id that the role's trust policy asks for.")
    regions: list[str] = Field(
        default_factory=list, description="Regions to collect; the profile's or AWS_REGION when none is given."
    )

    @field_validator("regions")
    @classmethod
    def _regions_exist(cls, regions: list[str]) -> list[str]:
        faults = [fault for region in regions if (fault := region_fault(region))]
        if faults:
            raise ValueError("; ".join(faults))
        return list(dict.fromkeys(regions))

    @field_validator("role_arn")
    @classmethod
    def _role_is_an_arn(cls, value: str | None) -> str | None:
        if value is not None and not _ROLE_ARN.fullmatch(value):
            raise ValueError(f"{value!r} is no role: write arn:aws:iam::123456789012:role/NAME")
        return value

    @model_validator(mode="after")
    def _external_id_needs_a_role(self) -> Account:
        if self.external_id and not self.role_arn:
            raise ValueError(f"account {self.name!r} has an external_id but no role_arn to give it to")
        return self


class Metrics(_Strict):
    """What is collected from CloudWatch metrics, and how often."""

    every: Duration = Field(default=timedelta(minutes=5), description="How often a series is polled: its price.")
    resolution: Duration = Field(
        default=timedelta(minutes=1), description="The finest step that is kept: asking for it costs nothing more."
    )
    hot_every: Duration = Field(default=timedelta(minutes=1), description="How often a promoted series is polled.")
    reread: Duration = Field(
        default=timedelta(minutes=30), description="How far back each poll reads again, for points that came late."
    )
    first: Duration = Field(default=timedelta(hours=24), description="What the first start brings at once.")
    backfill: Duration = Field(default=timedelta(days=15), description="How far back the backfill reaches behind it.")

    @model_validator(mode="after")
    def _lengths_make_sense(self) -> Metrics:
        minute = timedelta(minutes=1)
        for name in ("every", "resolution", "hot_every"):
            length: timedelta = getattr(self, name)
            if length < minute or length % minute:
                raise ValueError(f"{name} must be whole minutes, 1m or more")
        if not is_step(round(self.resolution.total_seconds())):
            raise ValueError(f"resolution must be {STEPS}")
        if self.hot_every > self.every:
            raise ValueError("hot_every must not be longer than every: a promoted series is polled more often")
        if self.resolution > self.every:
            raise ValueError("resolution must not be coarser than every")
        if self.reread > timedelta(hours=3):
            raise ValueError("reread must be 3h or less: AWS delivers late points within the hour")
        if self.backfill > timedelta(days=455):
            raise ValueError("backfill must be 455d or less: CloudWatch keeps nothing longer")
        if self.first > timedelta(days=3):
            raise ValueError("first must be 3d or less: what lies further back is brought by the backfill")
        if self.first > self.backfill:
            raise ValueError("first must not reach further back than backfill")
        return self


class Inventory(_Strict):
    """How often the resources are listed."""

    every: Duration = Field(default=timedelta(minutes=10), description="How often the resources are listed.")


class Health(_Strict):
    """How often the health of targets, groups, databases and caches is read."""

    every: Duration = Field(default=timedelta(minutes=1), description="How often health is read; the calls are free.")


class Collect(_Strict):
    """What is collected, and how often."""

    metrics: Metrics = Field(default_factory=Metrics)
    inventory: Inventory = Field(default_factory=Inventory)
    health: Health = Field(default_factory=Health)
    costs: Costs = Field(default_factory=Costs)
    catalogue: list[Path] = Field(
        default_factory=list, description="Catalogue files of your own, read after the one that comes with Lamplighter."
    )
    skip: list[str] = Field(default_factory=list, description="Namespaces that are not collected, such as AWS/EBS.")


class Probe(_Strict):
    """One HTTP or TCP check made from where Lamplighter runs."""

    name: str = Field(
        default="probe", pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$", description="What the probe is called."
    )
    environment: str | None = Field(default=None, description="The environment that it speaks for.")
    component: str | None = Field(default=None, description="The component that it speaks for.")
    url: str | None = Field(default=None, description="An http:// or https:// address to fetch.")
    tcp: str | None = Field(default=None, description="HOST:PORT to connect to, in place of url.")
    method: Literal["GET", "HEAD"] = Field(default="GET", description="The HTTP method.")
    expect_status: list[int] = Field(default_factory=lambda: [200], description="The HTTP statuses that are fine.")
    expect_text: str | None = Field(default=None, description="Text that must stand in the first 64 KiB of the body.")
    headers: dict[str, str] = Field(default_factory=dict, description="Headers to send.")
    follow_redirects: bool = Field(
        default=False, description="Whether to judge what a redirect leads to, in place of the redirect; 5 at most."
    )
    timeout: Duration = Field(default=timedelta(seconds=5), description="When to give up, redirects included.")
    failures: int = Field(
        default=2, ge=1, le=100, description="Failures in a row that are critical; fewer of them are a warning."
    )
    every: Duration = Field(default=timedelta(minutes=1), description="How often it is made.")
    slow: Duration | None = Field(default=None, description="From this long on an answer is a warning.")
    tls_warn: Duration = Field(
        default=timedelta(days=21), description="Warn when the certificate ends within this; a third of it is critical."
    )
    verify_tls: bool = Field(default=True, description="Whether the certificate must be trusted and name the host.")

    @field_validator("expect_status", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, int) else value

    @model_validator(mode="after")
    def _one_target(self) -> Probe:
        if (self.url is None) == (self.tcp is None):
            raise ValueError(f"probe {self.name!r} needs either url or tcp")
        if self.url is not None and not re.fullmatch(r"https?://[^/\s]+\S*", self.url):
            raise ValueError(f"{self.url!r} is no address: write http://HOST/PATH or https://HOST/PATH")
        if self.tcp is not None and not _is_host_and_port(self.tcp):
            raise ValueError(f"{self.tcp!r} is no HOST:PORT: write for example db.internal:5432")
        if not timedelta() < self.timeout <= timedelta(seconds=30):
            raise ValueError("timeout must be more than 0s and at most 30s")
        if self.every < timedelta(seconds=10):
            raise ValueError("every must be 10s or more")
        return self


def _is_host_and_port(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal() and 0 < int(port) < 65536  # noqa: PLR2004  TCP's range of ports


class Bill(_Strict):
    """What Lamplighter's own calls to AWS may cost."""

    monthly_cap: Decimal | None = Field(
        default=Decimal(40), gt=0, description="US dollars a calendar month (UTC); null for no cap."
    )
    least_important: list[str] = Field(
        default_factory=lambda: ["dev", "develop", "development", "test", "sandbox"],
        description="Environments that are polled less often first when the cap is near.",
    )
    keep: list[str] = Field(
        default_factory=list,
        description="Environments, components or NAMESPACE/METRIC names that are collected even above the cap.",
    )
