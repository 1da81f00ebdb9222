"""The lamplighter.yaml with which Lamplighter watches the demo's CloudMart."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from service.demo.upstream import DEFAULT_ACCOUNT
from service.demo.world.plan import REGION, REPLAY, STACK, TIMEZONE
from service.demo.world.seeding.leftovers import ALERTS_TOPIC

_CATALOGUE = Path(__file__).parent / "replay" / "catalogue.yaml"
_TITLES = {"dev": "Development", "staging": "Staging", "prod": "Production", REPLAY: "Replayed series"}
_COMPONENTS: dict[str, dict[str, Any]] = {
    "frontend": {"title": "Frontend (S3, CloudFront)", "depends_on": ["backend"]},
    "backend": {"title": "Backend (EC2, ALB)", "depends_on": ["postgres", "redis", "network"]},
    "postgres": {"title": "PostgreSQL (RDS)", "depends_on": ["network", "storage"]},
    "redis": {"title": "Redis (ElastiCache)", "depends_on": ["network"]},
    "network": {"title": "Network (VPC, NAT)"},
    "storage": {"title": "Storage (EBS)"},
}
_COSTS_READ = {
    **dict.fromkeys(("every", "groups_every", "slow_every", "forecast_every", "anomalies_every"), "1m"),
    "monthly_cap": None,
}
"""Every minute, so that a surprise shows at once: a page of the embedded Cost Explorer costs nothing."""
_BUDGETS = {"prod": 950, "staging": 300, "dev": 200}
"""US dollars a month, somewhat above what each environment costs."""
_NETWORK = {"name": "network", "title": "prod network", "environment": "prod", "component": "network", "amount": 95}
"""What the network of prod may cost a month: a jump of its traffic breaks it within days, whatever the day is."""
_SLEEPING = {"dev": True, "staging": False}
"""The environments with a schedule, and whether it acts."""
_SOON, _AWAKE = timedelta(minutes=35), timedelta(hours=11)
"""Whenever the demo starts, dev stops so soon that the notice comes within minutes, and has run as long as that."""
_PLANNED: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("backend", "BoxUsage:t3.large", "servers", {"count": 4}),
    ("backend", "LoadBalancerUsage", "load balancers", {"count": 3}),
    ("backend", "DataTransfer-Out-Bytes", "transfer out", {"amount": 600}),
    ("postgres", "InstanceUsage:db.t3.micro", "databases", {"count": 3}),
    ("redis", "NodeUsage:cache.t3.micro", "caches", {"count": 3}),
    ("network", "NatGateway-Hours", "NAT gateways", {"count": 3}),
    ("network", "NatGateway-Bytes", "what passes NAT", {"amount": 400}),
    ("storage", "EBS:VolumeUsage.gp3", "volumes", {"amount": 240}),
    ("frontend", "AP-DataTransfer-Out-Bytes", "CloudFront's transfer", {"amount": 700, "rate": "0.12", "unit": "GB"}),
)
"""A component's usage type with its quantity a month: what the three environments were planned to be."""
_REPLAYED = "20d"
"""How far back a replay is collected: the longest of the real series that we know has 16.4 days."""
_CAP = 300
"""US dollars: some 460 series, one poll a minute, a cent for a thousand of them, is about 200 a month."""
_HEADER = """\
# Written by `lamplighter demo`: CloudMart in an embedded AWS. The keys are fake, and nothing here leaves this machine.
# It polls each minute so that an incident shows at once, and has a cap to match; in an account of your own the default
# of five minutes reads the same points for a fifth of the price.
"""


@dataclass(frozen=True, slots=True)
class SlackAccess:
    """What an app needs of a Slack: where its Web API is, and the two tokens."""

    api_url: str
    token: str
    app_token: str


def configuration_text(*, endpoint: str, store_url: str, port: int, slack: SlackAccess | None = None) -> str:
    """The file's text for an embedded AWS that is ready at `endpoint`, which is asked for the ports of its probes.

    Raises OSError when it does not answer.
    """
    described = configuration(endpoint, about(endpoint), store_url=store_url, port=port, slack=slack)
    return _HEADER + yaml.safe_dump(described, sort_keys=False, allow_unicode=True, width=120)


def about(endpoint: str) -> dict[str, Any]:
    """What the world at `endpoint` says of itself: its environments, ports and replayed files. Raises OSError."""
    # No proxy of the environment may come between us and our own child.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{endpoint}/site/about", timeout=10) as answer:
        return dict(json.load(answer))


def configuration(
    endpoint: str,
    facts: Mapping[str, Any],
    *,
    store_url: str,
    port: int,
    slack: SlackAccess | None = None,
) -> dict[str, Any]:
    """The configuration as a mapping; `facts` as `about` returns them. Without a Slack, alerts go to SNS alone."""
    return {
        "stack": {
            "name": STACK,
            "timezone": TIMEZONE,
            "environments": {name: _environment(name) for name in facts["environments"]},
            "components": {name: {**component, "match": _match(name)} for name, component in _COMPONENTS.items()},
        },
        "accounts": [{"name": "main", "regions": [REGION]}],
        "collect": _collect(facts),
        "probes": list(_probes(endpoint, facts["ports"])),
        "bill": {"monthly_cap": _CAP},
        "costs": _costs(facts["environments"]),
        "schedules": {"seoul-office": _office(datetime.now(UTC))},
        "shutdown": {"every": "10s", "grace": "1m"},
        "alerts": _alerts(slack),
        "store": {"url": store_url},
        "web": {"listen": f"127.0.0.1:{port}", **({"public_url": f"http://127.0.0.1:{port}"} if port else {})},
    }


def _office(now: datetime) -> dict[str, Any]:
    """Office hours that end soon, on a round five minutes, whatever the hour and the day are."""
    stop = now.astimezone(ZoneInfo(TIMEZONE)) + _SOON
    stop += timedelta(minutes=-stop.minute % 5)
    return {"timezone": TIMEZONE, "running": [f"mon-sun {stop - _AWAKE:%H:%M}-{stop:%H:%M}"], "mode": "edge"}


def _environment(name: str) -> dict[str, Any]:
    """An environment; dev sleeps at night, staging would and says so, prod never does."""
    described: dict[str, Any] = {"title": _TITLES.get(name, name)}
    if name in _SLEEPING:
        described |= {"schedule": "seoul-office", "armed": _SLEEPING[name]}
    return described


def _alerts(slack: SlackAccess | None) -> dict[str, Any]:
    """Everything to one channel, pages to another besides, and to a topic; short waits, for somebody is looking."""
    topic = {"name": "topic", "sns": {"topic_arn": f"arn:aws:sns:{REGION}:{DEFAULT_ACCOUNT}:{ALERTS_TOPIC}"}}
    waits = {"group_wait": "5s", "group_interval": "30s", "repeat_interval": "30m"}
    if slack is None:
        return {"receivers": [topic], "route": waits}
    access = {"token": slack.token, "app_token": slack.app_token, "api_url": slack.api_url}
    return {
        "receivers": [
            {"name": "ops", "slack": {"channel": "#ops", **access}},
            {"name": "prod-alerts", "slack": {"channel": "#prod-alerts", **access}, "language": "ko"},
            topic,
        ],
        "fallback": "topic",
        "route": {
            "receiver": "ops",
            **waits,
            "routes": [
                {"match": ["severity=page"], "receiver": "topic", "continue": True},
                {"match": ["environment=prod", "severity=page"], "receiver": "prod-alerts", "continue": True},
                {"receiver": "ops"},
            ],
        },
    }


def _costs(environments: Iterable[str]) -> dict[str, Any]:
    """A budget for all of it, and one for each environment."""
    named = [name for name in environments if name in _BUDGETS]
    budgets = [{"name": name, "environment": name, "amount": _BUDGETS[name]} for name in named]
    plan = {"plan": _plan()} if len(named) == len(_BUDGETS) else {}
    network = [_NETWORK] if "prod" in named else []
    return {"budgets": [{"name": "all", "amount": 1450}, *budgets, *network], "aws_budgets": False} | plan


def _plan() -> dict[str, Any]:
    """What the three environments were meant to be: two servers fewer, databases in one zone, less transfer."""
    items = [
        {"component": component, "usage_type": usage_type, "what": what} | quantity
        for component, usage_type, what, quantity in _PLANNED
    ]
    return {"name": STACK, "title": "CloudMart, as planned", "region": REGION, "items": items}


def _match(component: str) -> list[dict[str, Any]]:
    """Whose resources lost their tags are known by name, as in `cloudmart-prod-redis`."""
    return [{"names": [f"{STACK}-*-{component}", f"{STACK}-*-{component}-*"]}]


def _collect(facts: Mapping[str, Any]) -> dict[str, Any]:
    collect: dict[str, Any] = {"metrics": {"every": "1m"}, "inventory": {"every": "2m"}, "costs": _COSTS_READ}
    if facts.get("replay"):
        collect["catalogue"] = [str(_CATALOGUE)]
        collect["metrics"]["backfill"] = _REPLAYED
    return collect


def _probes(endpoint: str, ports: Mapping[str, Mapping[str, int]]) -> Iterator[dict[str, Any]]:
    for environment, doors in ports.items():
        place = {"environment": environment, "every": "30s", "timeout": "6s"}
        site = f"{endpoint}/site/{environment}"
        yield {
            "name": f"{environment} shop",
            **place,
            "component": "frontend",
            "url": f"{site}/frontend/",
            "expect_text": "CloudMart",
        }
        yield {
            "name": f"{environment} backend health",
            **place,
            "component": "backend",
            "url": f"{site}/backend/health",
            "slow": "1s",
        }
        for component, number in doors.items():
            yield {
                "name": f"{environment} {component} port",
                **place,
                "component": component,
                "tcp": f"127.0.0.1:{number}",
            }
