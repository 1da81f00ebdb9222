"""CloudMart's sites and ports over HTTP and TCP, and the configuration that watches them."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path

import pytest

from service.demo.launch import EmbeddedAws
from service.demo.world.configuration import about, configuration_text
from tests.demo.world_aws import ENVIRONMENTS, balancer, client, get, target_states, values

pytestmark = pytest.mark.demo


def test_a_group_at_zero_has_no_healthy_hosts_to_report_and_its_site_answers_503(cloudmart_aws: EmbeddedAws) -> None:
    scaling, name = client(cloudmart_aws, "autoscaling"), "cloudmart-dev-backend-asg"
    url = f"{cloudmart_aws.url}/site/dev/backend/health"
    assert get(url) == 200
    scaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0, DesiredCapacity=0)
    assert target_states(cloudmart_aws, "dev") == Counter()
    assert get(url) == 503
    cloudmart_aws.control.advance(300)
    elb = client(cloudmart_aws, "elbv2")
    found = elb.describe_target_groups(Names=["cloudmart-dev-backend-tg"])["TargetGroups"][0]["TargetGroupArn"]
    where = {"TargetGroup": found.rsplit(":", 1)[1], "LoadBalancer": balancer(cloudmart_aws, "dev")}
    assert values(cloudmart_aws, "AWS/ApplicationELB", "HealthyHostCount", "Minimum", 4, **where) == []
    scaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=1, DesiredCapacity=1)
    assert get(url) == 200


def test_the_shop_answers_503_while_the_frontend_is_down(cloudmart_aws: EmbeddedAws) -> None:
    url = f"{cloudmart_aws.url}/site/prod/frontend/"
    assert get(url) == 200
    cloudmart_aws.control.start_incident("frontend-down")
    assert get(url) == 503
    assert get(f"{cloudmart_aws.url}/site/dev/frontend/") == 200
    cloudmart_aws.control.stop_incident("frontend-down")
    assert get(url) == 200


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except ConnectionRefusedError:
        return False


def _soon(port: int, *, answers: bool) -> bool:
    """Whether a port comes to answer, or to refuse, within a few seconds."""
    import time  # noqa: PLC0415 - the one place that waits

    end = time.monotonic() + 6
    while time.monotonic() < end:
        if _answers(port) is answers:
            return True
        time.sleep(0.1)
    return False


def test_a_databases_port_is_refused_while_it_is_stopped(cloudmart_aws: EmbeddedAws) -> None:
    ports = about(cloudmart_aws.url)["ports"]
    assert set(ports) == set(ENVIRONMENTS)
    rds, name = client(cloudmart_aws, "rds"), "cloudmart-staging-postgres"
    assert _soon(ports["staging"]["postgres"], answers=True)
    rds.stop_db_instance(DBInstanceIdentifier=name)
    assert _soon(ports["staging"]["postgres"], answers=False)
    assert _answers(ports["staging"]["redis"])
    rds.start_db_instance(DBInstanceIdentifier=name)
    assert _soon(ports["staging"]["postgres"], answers=True)


def test_the_database_refuses_while_it_fails_over(cloudmart_aws: EmbeddedAws) -> None:
    port = about(cloudmart_aws.url)["ports"]["prod"]["postgres"]
    cloudmart_aws.control.start_incident("rds-failover")
    assert _soon(port, answers=False)
    assert get(f"{cloudmart_aws.url}/site/prod/backend/health") == 503
    cloudmart_aws.control.advance(95)
    assert _soon(port, answers=True)


def test_a_wrong_incident_is_refused_by_the_control_api(cloudmart_aws: EmbeddedAws) -> None:
    from service.demo.launch import EmbeddedAwsError  # noqa: PLC0415 - beside its one use

    with pytest.raises(EmbeddedAwsError, match="there is no incident 'meteor'"):
        cloudmart_aws.control.start_incident("meteor")


def test_the_demos_configuration_is_valid_and_names_every_probe(cloudmart_aws: EmbeddedAws, tmp_path: Path) -> None:
    text = configuration_text(endpoint=cloudmart_aws.url, store_url="sqlite:////tmp/unused.db", port=8080)
    from service.config import load  # noqa: PLC0415 - beside its one use

    file = tmp_path / "lamplighter.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = load(file, {"AWS_ENDPOINT_URL": cloudmart_aws.url}).settings
    assert len(loaded.probes) == 12
    assert set(loaded.stack.components) == {"frontend", "backend", "postgres", "redis", "network", "storage"}
    assert loaded.stack.timezone == "Asia/Seoul"
