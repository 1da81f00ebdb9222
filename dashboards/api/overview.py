"""GET status, environments, components, settings: how the stack is, and what is in force."""

from __future__ import annotations

from flask import g

from dashboards.api.endpoint import COMPONENT, ENVIRONMENT, Arguments, Endpoint
from dashboards.api.models import (
    ComponentAnswer,
    ComponentPage,
    EnvironmentAnswer,
    EnvironmentPage,
    SettingsAnswer,
    StatusAnswer,
)
from dashboards.language import current_language
from dashboards.memory import read_verdict
from dashboards.site import current_site
from store.vocabulary import Status


def status(_arguments: Arguments) -> StatusAnswer:
    """The verdict."""
    site = current_site()
    return StatusAnswer.from_verdict(read_verdict(site, g.now), site.stack, current_language(), g.now)


def environments(_arguments: Arguments) -> EnvironmentPage:
    """Every environment that the stack declares."""
    site = current_site()
    judged = read_verdict(site, g.now).components
    items = []
    for name, described in site.stack.environments.items():
        here = [component for component in judged if component.environment == name]
        worst = max((one.status for one in here if one.covered), key=lambda one: one.rank, default=Status.UNKNOWN)
        items.append(
            EnvironmentAnswer(
                name=name,
                title=described.title or name,
                status=worst.value,
                components=sorted(component.component for component in here),
            )
        )
    return EnvironmentPage(items=items, total=len(items))


def components(arguments: Arguments) -> ComponentPage:
    """Every component in which something was found, worst first."""
    site = current_site()
    items = [
        ComponentAnswer.from_verdict(one, site.stack, current_language())
        for one in read_verdict(site, g.now).components
        if arguments["environment"] in {None, one.environment} and arguments["component"] in {None, one.component}
    ]
    return ComponentPage(items=items, total=len(items))


def settings(_arguments: Arguments) -> SettingsAnswer:
    """The configuration in force, masked."""
    site = current_site()
    return SettingsAnswer(
        version=site.version,
        yaml=site.effective_config(),
        problem=site.config_problem(),
        permissions=site.permissions(),
    )


ENDPOINTS = (
    Endpoint("/status", "status", "How the whole stack is, in one sentence, and each component.", StatusAnswer, status),
    Endpoint("/environments", "environments", "The environments of the stack.", EnvironmentPage, environments),
    Endpoint(
        "/components",
        "components",
        "The components of each environment, worst first.",
        ComponentPage,
        components,
        (ENVIRONMENT, COMPONENT),
    ),
    Endpoint("/settings", "settings", "The configuration in force, its secrets masked.", SettingsAnswer, settings),
)
