"""What probes see of CloudMart, and the configuration that makes them look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from collectors.catalogue import load_catalogue
from service.config import loads
from service.demo.world.configuration import configuration
from service.demo.world.history import History
from service.demo.world.incidents.incident import Incident
from service.demo.world.load import Load
from service.demo.world.scene import Scene
from service.demo.world.sites import backend, current, frontend
from service.demo.world.state import Snapshot
from tests.demo.world_scenes import NOON, cloudmart, incident, with_instance

LUCKY, UNLUCKY = 0.999, 0.0001
LATER = NOON + 600.5


def _load(state: Snapshot | None = None, incidents: Sequence[Incident] = (), now: float = LATER) -> Load:
    return current(Scene(History.of(state or cloudmart()), incidents), "prod", now)


def test_the_backend_answers_quickly_and_says_that_all_is_well() -> None:
    reply = backend(_load(), LUCKY)
    assert (reply.status, reply.after < 0.3) == (200, True)
    assert json.loads(reply.body) == {"status": "ok", "database": "up", "cache": "up"}


def test_the_backend_answers_503_without_a_healthy_target() -> None:
    state = cloudmart()
    for number in range(3):
        state = with_instance(state, f"i-prod-{number}", "stopped")
    assert backend(_load(state), LUCKY).status == 503


def test_a_bad_deploy_fails_one_probe_in_fourteen() -> None:
    load = _load(incidents=(incident("deploy-5xx"),))
    failed = sum(backend(load, number / 1_000 + 0.0005).status == 500 for number in range(1_000))
    assert failed == 70


@pytest.mark.parametrize(("name", "seconds"), [("slow-backend", 1.0), ("db-connections", 2.0)])
def test_a_slow_incident_is_felt_by_a_probe(name: str, seconds: float) -> None:
    reply = backend(_load(incidents=(incident(name),)), LUCKY)
    assert reply.status == 200
    assert seconds < reply.after <= 4.0


def test_an_incident_is_felt_at_once_and_over_at_once() -> None:
    going = replace(incident("frontend-down"), start=NOON + 0.5, end=NOON + 60.5)
    assert frontend(_load(incidents=(going,), now=NOON + 0.5), "prod", published=True).status == 503
    assert frontend(_load(incidents=(going,), now=NOON + 60.5), "prod", published=True).status == 200


def test_a_shop_without_its_files_answers_503() -> None:
    assert frontend(_load(), "prod", published=False).status == 503


FACTS: dict[str, Any] = {
    "environments": ["dev", "staging", "prod"],
    "ports": {name: {"postgres": 40_001, "redis": 40_002} for name in ("dev", "staging", "prod")},
    "replay": [],
}


def _settings(facts: dict[str, Any]) -> Any:  # noqa: ANN401 - pydantic's model, read by attribute
    described = configuration("http://127.0.0.1:4566", facts, store_url="sqlite:////tmp/x.db", port=8080)
    return loads(json.dumps(described), {}).settings


def test_the_configuration_is_valid_and_probes_every_component_that_has_a_door() -> None:
    settings = _settings(FACTS)
    seen = {(probe.environment, probe.component) for probe in settings.probes}
    assert seen == {(e, c) for e in FACTS["environments"] for c in ("frontend", "backend", "postgres", "redis")}
    assert settings.stack.timezone == "Asia/Seoul"
    assert settings.web.listen == "127.0.0.1:8080"


@pytest.mark.parametrize(
    ("kind", "name", "place"),
    [
        ("elbv2:loadbalancer", "cloudmart-prod-backend-alb", ("prod", "backend")),
        ("rds:db", "cloudmart-dev-postgres", ("dev", "postgres")),
        ("elasticache:cluster", "cloudmart-staging-redis", ("staging", "redis")),
        ("s3:bucket", "cloudmart-prod-frontend", ("prod", "frontend")),
        ("ec2:natgateway", "cloudmart-prod-network-nat", ("prod", "network")),
        ("ec2:volume", "cloudmart-dev-storage-uploads", ("dev", "storage")),
        ("s3:bucket", "company-exports-2024", (None, None)),
    ],
)
def test_resources_find_their_place_even_without_tags(kind: str, name: str, place: tuple[str, str]) -> None:
    assert _settings(FACTS).stack.place(kind, name, {}) == place


def test_a_replay_adds_its_environment_and_a_catalogue_of_what_ec2_has_besides() -> None:
    settings = _settings({**FACTS, "environments": [*FACTS["environments"], "replay"], "replay": ["a.csv"]})
    assert "replay" in settings.stack.environments
    (file,) = settings.collect.catalogue
    entries = load_catalogue([file]).entries
    assert ("AWS/EC2", "DiskWriteBytes") in {(entry.namespace, entry.metric) for entry in entries}
