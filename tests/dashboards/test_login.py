"""The login over HTTP: who gets in, what is refused, what is kept of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboards.config import WebSettings
from dashboards.security import hash_password
from store import Store
from store.vocabulary import Event

PASSWORD = "correct horse battery"  # noqa: S105  of the test
ClientOf = Callable[..., FlaskClient]


@pytest.fixture(scope="module")
def settings() -> WebSettings:
    user = {"name": "minji", "password_hash": hash_password(PASSWORD)}
    return WebSettings.model_validate({"login": {"users": [user], "session_hours": 12}})


@pytest.fixture
def client(client_of: ClientOf, settings: WebSettings) -> FlaskClient:
    return client_of(settings)


def token_in(answer: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    assert found, "no form with a token"
    return found[1]


def log_in(client: FlaskClient, *, name: str = "minji", password: str = PASSWORD, **more: str) -> TestResponse:
    form = {"csrf_token": token_in(client.get("/login")), "name": name, "password": password, **more}
    return client.post("/login", data=form)


def log_out(client: FlaskClient) -> TestResponse:
    return client.post("/logout", data={"csrf_token": token_in(client.get("/settings"))})


def events(store: Store, clock: Callable[[], object]) -> Iterator[Event]:
    now = clock()
    yield from (
        event
        for event in store.events.between(now - timedelta(days=1), now + timedelta(days=1))  # type: ignore[operator]
        if event.kind.startswith("login.")
    )


@pytest.mark.parametrize("path", ["/", "/live", "/settings", "/collectors", "/api/docs", "/no/such/page"])
def test_a_stranger_is_sent_to_the_login_and_back_afterwards(path: str, client: FlaskClient) -> None:
    answer = client.get(f"{path}?env=prod")
    assert answer.status_code == 303
    assert answer.location == f"/login?next={path}?env%3Dprod"
    assert log_in(client, next=f"{path}?env=prod").location == f"{path}?env=prod"


@pytest.mark.parametrize("path", ["/api/v1/status", "/api/v1/openapi.json", "/api/v1/settings", "/api/v1/nothing"])
def test_a_stranger_reads_nothing_of_the_api(path: str, client: FlaskClient) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_every_address_but_a_few_needs_a_login(client: FlaskClient) -> None:
    opened = set()
    for rule in client.application.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            path = re.sub(r"<[^>]+>", "x", rule.rule)
            if client.get(path).status_code not in {303, 401}:
                opened.add(rule.endpoint)
    assert opened <= {"static", "module", "login.form", "probes.healthz", "probes.readyz"}


def test_every_post_needs_the_token_of_its_session(client: FlaskClient) -> None:
    log_in(client)
    for rule in client.application.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            path = re.sub(r"<[^>]+>", "x", rule.rule)
            # A form cannot send the JSON that the API wants; Slack signs what it sends, and is not set up here.
            refused = 415 if path.startswith("/api/") else 404 if path.startswith("/slack/") else 400
            assert client.post(path, data={"csrf_token": "forged"}).status_code == refused, path


def test_the_right_password_opens_every_page(client: FlaskClient) -> None:
    answer = log_in(client)
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/").status_code == 200
    assert client.get("/api/v1/status").status_code == 200
    assert client.get("/login").location == "/"


@pytest.mark.parametrize(
    ("name", "password"), [("minji", "wrong password"), ("nobody", PASSWORD), ("", ""), ("minji", "")]
)
def test_anything_else_is_refused_in_the_same_words(name: str, password: str, client: FlaskClient) -> None:
    answer = log_in(client, name=name, password=password)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/").status_code == 303


def test_the_login_speaks_korean(client: FlaskClient) -> None:
    answer = client.get("/login", headers={"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.5"})
    assert 'lang="ko"' in answer.text
    assert "비밀번호" in answer.text


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = log_in(client).headers["Set-Cookie"]
    assert cookie.startswith("lamplighter=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(client_of: ClientOf, settings: WebSettings) -> None:
    public = settings.model_copy(update={"public_url": "https://lamps.example.com", "trusted_proxies": 1})
    client = client_of(public)
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "lamps.example.com", "X-Forwarded-For": "10.9.8.7"}
    form = client.get("/login", headers=proxied, base_url="https://lamps.example.com")
    answer = client.post(
        "/login",
        data={"csrf_token": token_in(form), "name": "minji", "password": PASSWORD},
        headers={**proxied, "Referer": "https://lamps.example.com/login"},
        base_url="https://lamps.example.com",
    )
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-lamplighter=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_the_session_is_another_one_after_the_login(client: FlaskClient) -> None:
    client.get("/login")
    before = client.get_cookie("lamplighter")
    log_in(client)
    after = client.get_cookie("lamplighter")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    with client.session_transaction() as session:
        assert "csrf_token" not in session


def test_a_session_ends_after_its_hours(client: FlaskClient, clock: Callable[[], object]) -> None:
    log_in(client)
    clock.forward(hours=11, minutes=59)  # type: ignore[attr-defined]
    assert client.get("/settings").status_code == 200
    clock.forward(minutes=2)  # type: ignore[attr-defined]
    assert client.get("/settings").status_code == 303


def test_logging_out_ends_a_copied_cookie_too(client: FlaskClient, clock: Callable[[], object]) -> None:
    log_in(client)
    copied = client.get_cookie("lamplighter")
    assert copied is not None
    clock.forward(minutes=1)  # type: ignore[attr-defined]
    answer = log_out(client)
    assert answer.location == "/login"
    client.set_cookie("lamplighter", copied.value)
    assert client.get("/").status_code == 303
    clock.forward(seconds=1)  # type: ignore[attr-defined]
    assert log_in(client).status_code == 303
    assert client.get("/").status_code == 200


def test_a_changed_password_ends_its_sessions(client: FlaskClient, client_of: ClientOf) -> None:
    log_in(client)
    cookie = client.get_cookie("lamplighter")
    assert cookie is not None
    user = {"name": "minji", "password_hash": hash_password("another long password")}
    other = client_of(WebSettings.model_validate({"login": {"users": [user]}}))
    other.set_cookie("lamplighter", cookie.value)
    assert other.get("/").status_code == 303


def test_a_removed_person_is_out(client: FlaskClient, client_of: ClientOf) -> None:
    log_in(client)
    cookie = client.get_cookie("lamplighter")
    assert cookie is not None
    user = {"name": "junho", "password_hash": hash_password("another long password")}
    other = client_of(WebSettings.model_validate({"login": {"users": [user]}}))
    other.set_cookie("lamplighter", cookie.value)
    assert other.get("/").status_code == 303


def test_guessing_from_one_address_is_slowed_down(client: FlaskClient) -> None:
    token = token_in(client.get("/login"))
    tries = [
        client.post("/login", data={"csrf_token": token, "name": f"n{number}", "password": "x"}) for number in range(11)
    ]
    assert [answer.status_code for answer in tries] == [401] * 10 + [429]
    assert int(tries[-1].headers["Retry-After"]) > 0
    assert "Too many attempts" in tries[-1].text


def test_guessing_one_name_from_many_addresses_is_slowed_down(client: FlaskClient) -> None:
    token = token_in(client.get("/login"))
    statuses = [
        client.post(
            "/login",
            data={"csrf_token": token, "name": "Minji" if number % 2 else "minji", "password": "x"},
            environ_base={"REMOTE_ADDR": f"10.0.0.{number}"},
        ).status_code
        for number in range(21)
    ]
    assert statuses == [401] * 20 + [429]


def test_logging_in_does_not_count_as_guessing(client: FlaskClient) -> None:
    for _ in range(12):
        client.delete_cookie("lamplighter")
        assert log_in(client).status_code == 303


def test_an_address_may_not_be_forged_without_a_trusted_proxy(client: FlaskClient) -> None:
    token = token_in(client.get("/login"))
    statuses = [
        client.post(
            "/login",
            data={"csrf_token": token, "name": f"n{number}", "password": "x"},
            headers={"X-Forwarded-For": f"10.0.0.{number}"},
        ).status_code
        for number in range(11)
    ]
    assert statuses[-1] == 429


def test_logins_are_audited_without_secrets(
    client: FlaskClient, sqlite_store: Store, clock: Callable[[], object]
) -> None:
    log_in(client, name="hunter2-typed-in-the-wrong-field", password="x")  # noqa: S106  of the test
    log_in(client)
    clock.forward(seconds=5)  # type: ignore[attr-defined]
    log_out(client)
    found = list(events(sqlite_store, clock))
    assert sorted((event.kind, event.actor) for event in found) == [
        ("login.ended", "minji"),
        ("login.failed", "somebody"),
        ("login.succeeded", "minji"),
    ]
    assert all(event.detail["address"] == "127.0.0.1" for event in found)
    assert not any("hunter2" in repr(event) or PASSWORD in repr(event) for event in found)


def test_a_polled_fragment_tells_the_browser_to_log_in(client: FlaskClient) -> None:
    here = {"HX-Request": "true", "HX-Current-URL": "http://localhost/?env=prod"}
    answer = client.get("/live", headers=here)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/?env%3Dprod")


@pytest.mark.parametrize("target", ["//evil.com", "https://evil.com/", "/\\evil.com"])
def test_no_login_leads_elsewhere(target: str, client: FlaskClient) -> None:
    assert log_in(client, next=target).location == "/"


def test_people_can_log_in_while_the_store_is_away(client: FlaskClient, sqlite_store: Store) -> None:
    with sqlite_store.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE events")
        connection.exec_driver_sql("DROP TABLE facts")
    assert log_in(client).status_code == 303
    assert client.get("/api/v1/openapi.json").status_code == 200


def test_without_people_there_is_nothing_to_log_in_to(client_of: ClientOf) -> None:
    client = client_of()
    assert client.get("/login").location == "/"
    assert client.get("/api/v1/jobs").status_code == 200
    assert "Only this machine can reach these pages" in client.get("/settings").text
    trusting = client_of(WebSettings(allow_anonymous=True, listen="0.0.0.0:8080"))
    assert "Everybody who reaches this address" in trusting.get("/settings").text
