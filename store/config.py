"""The `store` section of lamplighter.yaml."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from store.durations import Duration


class Retention(BaseModel):
    """How long what is kept at which resolution. The defaults are CloudWatch's own.

    Source: Amazon CloudWatch User Guide, "Metrics retention".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    full: Duration = Field(default=timedelta(days=15), description="Points as they were collected.")
    five_minutes: Duration = Field(default=timedelta(days=63), description="Points of five minutes.")
    hour: Duration = Field(default=timedelta(days=455), description="Points of one hour; older ones are dropped.")
    history: Duration = Field(default=timedelta(days=455), description="Events, health changes, requests, the meter.")
    runs: Duration = Field(default=timedelta(days=14), description="The history of job runs.")

    @model_validator(mode="after")
    def _coarser_is_kept_longer(self) -> Retention:
        if not timedelta(days=1) <= self.full <= self.five_minutes <= self.hour:
            raise ValueError("full, five_minutes and hour must grow, and full must be 1d or more")
        return self

    @property
    def tiers(self) -> tuple[tuple[int, int], ...]:
        """The coarser steps and the age from which each holds, both in seconds: (step, age)."""
        return ((300, round(self.full.total_seconds())), (3600, round(self.five_minutes.total_seconds())))


class StoreSettings(BaseModel):
    """Where everything is kept, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        default="",
        description="sqlite:///path or postgresql://user:password@host/name; empty is a file in LAMPLIGHTER_HOME.",
    )
    retention: Retention = Field(default_factory=Retention, description="How long what is kept.")

    @field_validator("url")
    @classmethod
    def _names_a_database_we_know(cls, url: str) -> str:
        """Said before anything is opened, and without repeating what may hold a password."""
        scheme = url.partition("://")[0].partition("+")[0]
        if url and scheme not in ("sqlite", "postgresql", "postgres"):
            raise ValueError(
                "this names no database we know: write sqlite:////path/to/file.db or "
                "postgresql://user:password@host:5432/name"
            )
        if scheme.startswith("postgres"):
            try:
                urlsplit(url).port  # noqa: B018  it is worked out, and checked, when it is asked for
            except ValueError:
                raise ValueError(
                    "its host and port cannot be read: write postgresql://user:password@host:5432/name, with @ : / % "
                    "of a password as %40 %3A %2F %25"
                ) from None
        return url
