"""The configuration of schedules, and which environments may sleep at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from service.shutdown.holidays import Holidays, holidays_from
from service.shutdown.periods import parse_periods
from service.shutdown.timetable import Timetable
from store.durations import Duration
from store.messages import Message, Sentence
from store.power import Mode
from store.stack import Stack

Schedules = dict[str, "Schedule"]
Fault = tuple[str, str, str]
"""Where, what is wrong, and what to do about it."""


class Schedule(BaseModel):
    """When environments run; outside its periods they sleep."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: str | None = Field(default=None, description="The zone of its times; that of the stack by default.")
    running: list[str] = Field(
        description="Running periods: mon-fri 09:00-20:00, sat 10:00-02:00, 1 09:00-12:00, always, never."
    )
    holidays: Annotated[Holidays, BeforeValidator(holidays_from)] = Field(
        default_factory=Holidays, description="Days on which nothing wakes by itself: KR, a list of days, or both."
    )
    mode: Mode = Field(
        default=Mode.EDGE, description="edge: a start or stop by hand stands until the next edge. enforce: it does not."
    )

    @field_validator("running", mode="before")
    @classmethod
    def _one_period_may_stand_alone(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("running")
    @classmethod
    def _periods_can_be_read(cls, value: list[str]) -> list[str]:
        if not value:
            raise ValueError("it has no period: write `never` for one that never runs")
        parse_periods(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone: write an IANA name such as Asia/Seoul or UTC")
        return value

    def timetable(self, name: str, stack: Stack) -> Timetable:
        """The schedule as intervals can be had from it."""
        return Timetable(name, ZoneInfo(self.timezone or stack.timezone), parse_periods(self.running), self.holidays)


class ShutdownSettings(BaseModel):
    """How environments are put to sleep and woken, and how far people may go against their schedules."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: Duration = Field(default=timedelta(minutes=1), description="How often it is looked.")
    notice: Duration = Field(default=timedelta(minutes=30), description="How long before a stop people are told.")
    deadline: Duration = Field(default=timedelta(minutes=30), description="After how long a stop or start is late.")
    grace: Duration = Field(default=timedelta(minutes=10), description="How long after waking alerts still keep quiet.")
    most: int = Field(default=50, ge=1, description="How many resources one stop or start may touch before it asks.")
    delete: list[Literal["elasticache", "nat-gateways"]] = Field(
        default_factory=list, description="What sleeps by being deleted and made again: elasticache, nat-gateways."
    )
    longest: Duration = Field(default=timedelta(hours=12), description="The longest that one person's wish may reach.")
    longest_hold: Duration = Field(default=timedelta(hours=72), description="The longest hold for maintenance.")
    per_person: Duration = Field(
        default=timedelta(hours=24), description="How long one person may keep an environment from sleeping in a week."
    )


def protected(name: str, stack: Stack) -> Sentence:
    """Why an environment never sleeps, or nothing. What is called production is safe from every configuration."""
    if stack.is_production(name):
        return Message("protected: what is called production never sleeps")
    return Message("protected by the configuration") if stack.environments[name].protect else ""


def faults(schedules: Schedules, stack: Stack) -> list[Fault]:
    """What does not fit together."""
    listed = ", ".join(schedules) or "none yet: add it under schedules"
    return [
        (f"environments.{name}.schedule", f"there is no schedule {environment.schedule!r}", f"known: {listed}")
        for name, environment in stack.environments.items()
        if environment.schedule is not None and environment.schedule not in schedules
    ]
