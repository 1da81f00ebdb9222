"""What Slack sends by signed HTTP reaches the part that checks it, whole and unread; nobody needs a login for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from flask.testing import FlaskClient

from dashboards.config import WebSettings
from dashboards.security.passwords import hash_password
from dashboards.slack import LARGEST

ClientOf = Callable[..., FlaskClient]
PATHS = ("/slack/interactivity", "/slack/commands")


@pytest.fixture
def heard() -> list[tuple[Mapping[str, str], bytes]]:
    return []


@pytest.fixture
def client(client_of: ClientOf, heard: list[tuple[Mapping[str, str], bytes]]) -> FlaskClient:
    def handle(headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        heard.append((headers, body))
        return (200, '{"text": "done"}') if headers.get("X-Slack-Signature") == "v0=good" else (401, "")

    user = {"name": "minji", "password_hash": hash_password("a long password of the tests")}
    return client_of(WebSettings.model_validate({"login": {"users": [user]}}), slack=handle)


@pytest.mark.parametrize("path", PATHS)
def test_a_call_is_handed_on_with_its_raw_body(
    path: str, client: FlaskClient, heard: list[tuple[Mapping[str, str], bytes]]
) -> None:
    raw = b"payload=%7B%22a%22%3A1%7D&x=+%20"
    signed = {"X-Slack-Signature": "v0=good", "X-Slack-Request-Timestamp": "1795402800"}
    answer = client.post(path, data=raw, content_type="application/x-www-form-urlencoded", headers=signed)
    assert (answer.status_code, answer.json) == (200, {"text": "done"})
    [(headers, body)] = heard
    assert body == raw
    assert headers["X-Slack-Request-Timestamp"] == "1795402800"


def test_what_the_signature_does_not_fit_is_refused_by_who_checks_it(client: FlaskClient) -> None:
    assert client.post(PATHS[0], data=b"payload=x").status_code == 401


def test_there_is_nothing_where_slack_does_not_call(client_of: ClientOf) -> None:
    for path in PATHS:
        assert client_of().post(path, data=b"payload=x").status_code == 404


def test_a_body_beyond_a_megabyte_is_not_read(
    client: FlaskClient, heard: list[tuple[Mapping[str, str], bytes]]
) -> None:
    signed = {"X-Slack-Signature": "v0=good"}
    assert client.post(PATHS[0], data=b"x" * 200_000, headers=signed).status_code == 200
    assert client.post(PATHS[0], data=b"x" * (LARGEST + 1), headers=signed).status_code == 413
    assert len(heard) == 1
