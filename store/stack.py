"""The stack as configuration describes it: environments and components, and which resource belongs to which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

ENVIRONMENT_TAGS = ("Environment", "environment", "Env", "env", "Stage", "stage")
_NOT_PRODUCTION = re.compile(r"(non|not|pre)[^a-z0-9]*(prod(uction)?|prd|live)")
_PRODUCTION = re.compile(r"(?<![a-z])(prod|production|prd|live)(?![a-z])|운영|프로덕션|상용")

COMPONENT_TAGS = ("Component", "component", "Service", "service", "com.docker.compose.service")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Match(_Strict):
    """Which resources are meant. What is given must hold together; within one list any entry may hold."""

    tags: dict[str, str] = Field(default_factory=dict, description="Tags a resource must carry; values may use * or ?")
    names: list[str] = Field(default_factory=list, description="Names of resources; may use * and ?.")
    types: list[str] = Field(default_factory=list, description="Types of resources, such as ec2:natgateway.")

    def holds(self, resource_type: str, name: str, tags: Mapping[str, str]) -> bool:
        """Whether a resource is meant. An empty match means nothing."""
        if not (self.tags or self.names or self.types):
            return False
        return (
            all(key in tags and fnmatchcase(tags[key], pattern) for key, pattern in self.tags.items())
            and (not self.names or any(fnmatchcase(name, pattern) for pattern in self.names))
            and (not self.types or resource_type in self.types)
        )


class Environment(_Strict):
    """One copy of the stack, such as dev or prod."""

    title: str = Field(default="", description="What people call it; the name by default.")
    match: list[Match] = Field(default_factory=list, description="Resources of it beyond those tagged with its name.")
    schedule: str | None = Field(default=None, description="The schedule by which it sleeps; without one it runs.")
    armed: bool = Field(default=False, description="Whether its schedule acts; until then it is told what it would do.")
    protect: bool = Field(default=False, description="Whether it never sleeps. What is called production never does.")


class Component(_Strict):
    """One service of the old Compose file, and what it became."""

    title: str = Field(default="", description="What people call it; the name by default.")
    depends_on: list[str] = Field(default_factory=list, description="Components that it needs, as in Compose.")
    match: list[Match] = Field(default_factory=list, description="Resources of it beyond those tagged with its name.")


class Stack(_Strict):
    """The application that is watched."""

    name: str = Field(default="stack", description="The name of the application.")
    timezone: str = Field(default="UTC", description="The zone in which times are shown, such as Asia/Seoul.")
    environments: dict[str, Environment] = Field(default_factory=dict)
    components: dict[str, Component] = Field(default_factory=dict)

    @field_validator("environments", "components", mode="before")
    @classmethod
    def _a_bare_name_has_the_defaults(cls, value: object) -> object:
        """`dev:` with nothing behind it is a null in YAML and means an environment with every default."""
        if not isinstance(value, dict):
            return value
        return {name: {} if described is None else described for name, described in value.items()}

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone: write an IANA name such as Asia/Seoul or UTC")
        return value

    @model_validator(mode="after")
    def _dependencies_exist(self) -> Stack:
        for name, component in self.components.items():
            for needed in component.depends_on:
                if needed not in self.components:
                    known = ", ".join(self.components)
                    raise ValueError(f"component {name!r} depends on {needed!r}, which is not one of: {known}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return ZoneInfo(self.timezone)

    def is_production(self, name: str) -> bool:
        """Whether an environment is called production, by its name or title: such a one is never put to sleep."""
        environment = self.environments.get(name)
        return any(_sounds_like_production(text) for text in (name, environment.title if environment else ""))

    def place(self, resource_type: str, name: str, tags: Mapping[str, str]) -> tuple[str | None, str | None]:
        """The (environment, component) of a resource, None where nothing says so.

        Order: an explicit match, a well-known tag, then the environment's or component's name as a whole word of
        the resource's name (`cloudmart-prod-backend-asg` is prod's backend).
        """
        return (
            _place(self.environments, ENVIRONMENT_TAGS, resource_type, name, tags),
            _place(self.components, COMPONENT_TAGS, resource_type, name, tags),
        )


def _sounds_like_production(text: str) -> bool:
    plain = text.lower().replace("_", "-")
    return _PRODUCTION.search(_NOT_PRODUCTION.sub("", plain)) is not None


def _place(
    choices: Mapping[str, Environment] | Mapping[str, Component],
    tag_names: tuple[str, ...],
    resource_type: str,
    name: str,
    tags: Mapping[str, str],
) -> str | None:
    for choice, described in choices.items():
        if any(match.holds(resource_type, name, tags) for match in described.match):
            return choice
    for tag in tag_names:
        if tags.get(tag) in choices:
            return tags[tag]
    words = name.replace("_", "-").replace("/", "-").replace(".", "-").split("-")
    return next((choice for choice in choices if choice in words), None)
