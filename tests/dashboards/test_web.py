"""The application as a whole: headers, hosts, caching, compression, refusals and failures in words."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboards.config import WebSettings
from dashboards.web import MAX_BODY, create_app
from store import Store

ClientOf = Callable[..., FlaskClient]
GZIP = {"Accept-Encoding": "gzip, br"}
PAGES = ["/", "/collectors", "/settings", "/api/docs", "/components/backend", "/no/such/page"]


@pytest.fixture
def client(client_of: ClientOf) -> FlaskClient:
    return client_of()


@pytest.mark.parametrize("path", [*PAGES, "/api/v1/jobs", "/metrics", "/healthz", "/static/css/lamplighter.css"])
def test_every_answer_carries_the_security_headers(path: str, client: FlaskClient) -> None:
    answer = client.get(path, buffered=True)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert re.fullmatch(r"[0-9a-f]{12}", answer.headers["X-Request-Id"])
    assert "Strict-Transport-Security" not in answer.headers
    assert "Server" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_what_the_policy_would_block(path: str, client: FlaskClient) -> None:
    text = client.get(path).text
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


def test_a_name_that_is_not_ours_is_refused_with_the_remedy(client: FlaskClient) -> None:
    answer = client.get("/api/v1/jobs", headers={"Host": "rebound.evil.com"})
    assert answer.status_code == 400
    assert answer.json is not None
    assert "web.hosts" in answer.json["detail"]
    assert client.get("/", headers={"Host": "rebound.evil.com"}).status_code == 400
    assert client.get("/api/v1/jobs", headers={"Host": "127.0.0.1:8080"}).status_code == 200


def test_a_forwarded_host_is_believed_only_from_a_trusted_proxy(client_of: ClientOf) -> None:
    evil = {"X-Forwarded-Host": "rebound.evil.com"}
    assert client_of().get("/api/v1/jobs", headers=evil).status_code == 200
    assert client_of(WebSettings(trusted_proxies=1)).get("/api/v1/jobs", headers=evil).status_code == 400


def test_an_unchanged_page_is_not_sent_twice(cloudmart: Store, client: FlaskClient) -> None:
    assert cloudmart.jobs.all()
    for path in ("/", "/live", "/collectors", "/api/v1/status"):
        first = client.get(path, headers=GZIP)
        again = client.get(path, headers={**GZIP, "If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code, again.data) == (200, 304, b""), path
        assert again.headers["ETag"] == first.headers["ETag"]
        assert first.headers["Cache-Control"] == "private, no-cache"


def test_a_changed_page_is_sent(cloudmart: Store, client: FlaskClient, clock: Callable[[], object]) -> None:
    assert cloudmart.jobs.all()
    first = client.get("/")
    clock.forward(minutes=30)  # type: ignore[attr-defined]
    assert client.get("/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_another_language_is_another_answer(client: FlaskClient) -> None:
    english = client.get("/api/v1/status")
    korean = client.get("/api/v1/status", headers={"Accept-Language": "ko", "If-None-Match": english.headers["ETag"]})
    assert korean.status_code == 200
    assert "Accept-Language" in korean.headers["Vary"]


def test_a_form_of_an_older_session_is_not_reused(client: FlaskClient) -> None:
    first = client.get("/settings")
    client.delete_cookie("lamplighter")
    again = client.get("/settings", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200


def test_text_is_compressed_for_whom_asks(cloudmart: Store, client: FlaskClient) -> None:
    assert cloudmart.jobs.all()
    plain, packed = client.get("/collectors"), client.get("/collectors", headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert b"</html>" in gzip.decompress(packed.data)


def test_gzip_that_is_refused_is_not_sent(client: FlaskClient) -> None:
    assert "Content-Encoding" not in client.get("/collectors", headers={"Accept-Encoding": "gzip;q=0, br"}).headers


def test_the_status_page_fits_20_kilobytes(cloudmart: Store, client: FlaskClient) -> None:
    assert cloudmart.jobs.all()
    assert len(client.get("/", headers=GZIP).data) < 20_000


def test_static_files_with_their_digest_are_kept_for_ever(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        found = re.findall(r'"(/static/[^"]+\.css\?v=[0-9a-f]+)"', client.get("/settings").text)
    assert found
    answer = client.get(found[0], headers=GZIP, buffered=True)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    again = client.get(found[0], headers={**GZIP, "If-None-Match": answer.headers["ETag"]}, buffered=True)
    assert again.status_code == 304
    assert "immutable" not in client.get(found[0].partition("?")[0], buffered=True).headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/static/../config.py", "/static/%2e%2e/config.py", "/static//etc/passwd"])
def test_nothing_beside_the_static_folder_is_served(path: str, client: FlaskClient) -> None:
    assert client.get(path, follow_redirects=True).status_code == 404


def test_a_page_that_is_not_there_says_so_in_both_languages(client: FlaskClient) -> None:
    english, korean = client.get("/nowhere"), client.get("/nowhere", headers={"Accept-Language": "ko"})
    assert (english.status_code, korean.status_code) == (404, 404)
    assert "There is nothing here" in english.text
    assert "여기에는 아무것도 없습니다" in korean.text
    assert english.headers["X-Request-Id"] in english.text


def test_programs_get_problem_json(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nowhere")
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == 404
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    asked = client.get("/nowhere", headers={"Accept": "application/json"})
    assert asked.content_type == "application/problem+json"


def test_a_method_that_is_not_taken_names_those_that_are(client: FlaskClient) -> None:
    answer = client.delete("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_large_body_is_refused(client: FlaskClient) -> None:
    answer = client.post("/login", data={"name": "x" * MAX_BODY})
    assert answer.status_code == 413
    assert "more than is accepted" in answer.text


def test_a_form_from_elsewhere_is_refused(client: FlaskClient) -> None:
    answer = client.post("/settings/preferences", data={"language": "ko"})
    assert answer.status_code == 400
    assert "did not come from this page" in answer.text
    assert client.get_cookie("lang") is None


def test_a_mistake_of_ours_shows_no_trace_of_the_code(client_of: ClientOf) -> None:
    def broken() -> str:
        raise RuntimeError("secret-in-the-message")

    client = client_of(effective_config=broken)
    for answer in (client.get("/api/v1/settings"), client.get("/settings")):
        assert answer.status_code == 500
        assert "secret-in-the-message" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["X-Request-Id"] in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_store_that_is_away_is_said_with_what_was_last_known(
    cloudmart: Store, client: FlaskClient, clock: Callable[[], object]
) -> None:
    assert "prod backend is failing" in client.get("/api/v1/status").text
    clock.forward(minutes=2)  # type: ignore[attr-defined]
    with cloudmart.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE health_states")
    page = client.get("/")
    assert page.status_code == 503
    assert page.headers["Retry-After"]
    assert "The store does not answer" in page.text
    assert "prod backend is failing" in page.text
    assert "2 minutes ago" in page.text
    answer = client.get("/api/v1/status")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert client.get("/healthz").status_code == 200


def test_the_language_can_be_asked_for_in_the_address(client: FlaskClient) -> None:
    assert 'lang="ko"' in client.get("/settings?lang=ko", headers={"Accept-Language": "en"}).text
    assert 'lang="en"' in client.get("/settings?lang=xx").text
    client.set_cookie("lang", "ko")
    assert 'lang="ko"' in client.get("/settings").text


def test_the_setting_decides_where_nobody_asks(client_of: ClientOf) -> None:
    assert 'lang="ko"' in client_of(WebSettings(language="ko")).get("/settings").text


def test_a_short_key_signs_nothing(app: Flask) -> None:
    site = app.extensions["lamplighter.site"]
    with pytest.raises(ValueError, match="32 or more"):
        create_app(site, WebSettings(), "short")


def test_hsts_is_sent_over_https_only(client_of: ClientOf) -> None:
    client = client_of(WebSettings(trusted_proxies=1))
    assert "Strict-Transport-Security" in client.get("/healthz", headers={"X-Forwarded-Proto": "https"}).headers
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
