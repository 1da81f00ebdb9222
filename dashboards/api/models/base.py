"""What all answers have in common."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

StatusWord = Literal["ok", "asleep", "warn", "unknown", "critical"]


class Answer(BaseModel):
    """What all answers have in common: they are values, and times are UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Item = TypeVar("Item", bound=Answer)


class Page(Answer, Generic[Item]):
    """Some of what was asked for."""

    items: list[Item]
    total: int = Field(description="How many there are in all.")
    next: str | None = Field(default=None, description="Address of the next page.")


class ProblemAnswer(Answer):
    """What is answered with every status of 400 and more (RFC 9457)."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    request_id: str
    parameter: str | None = Field(default=None, description="The parameter that was refused.")
