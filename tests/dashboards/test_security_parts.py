"""The pure parts of security: who is let in by address, name and password, and where a form may lead."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dashboards.config import WebSettings, is_loopback, parse_listen, refusal
from dashboards.security import hash_password
from dashboards.security.headers import CONTENT_SECURITY_POLICY
from dashboards.security.hosts import host_allowed
from dashboards.security.passwords import PasswordCheck
from dashboards.security.redirects import local_path

HASH = "scrypt:32768:8:1$salt$00"


def settings(**fields: object) -> WebSettings:
    return WebSettings.model_validate(fields)


def with_login(**fields: object) -> WebSettings:
    return settings(login={"users": [{"name": "minji", "password_hash": HASH}]}, **fields)


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "localhost:80", "[::1]:8080", "127.8.8.8:0"])
def test_loopback_needs_no_login(listen: str) -> None:
    assert refusal(settings(listen=listen)) is None


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:8080", "[::]:8080", "10.1.2.3:80", "lamps.internal:80", "[::ffff:10.0.0.1]:80"]
)
def test_anything_else_is_refused_with_the_remedy(listen: str) -> None:
    said = refusal(settings(listen=listen))
    assert said is not None
    assert listen in said
    assert "lamplighter password" in said
    assert "127.0.0.1" in said


def test_a_public_address_without_login_is_refused_even_behind_loopback() -> None:
    said = refusal(settings(public_url="https://lamps.example.com"))
    assert said is not None
    assert "web.public_url" in said


def test_a_login_or_the_operators_word_opens_the_door() -> None:
    assert refusal(with_login(listen="0.0.0.0:8080")) is None
    assert refusal(settings(listen="0.0.0.0:8080", allow_anonymous=True)) is None


@pytest.mark.parametrize("listen", ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:http", "::1:8080", "h:70000", "h:-1"])
def test_a_malformed_address_to_listen_on_shows_the_form(listen: str) -> None:
    with pytest.raises(ValidationError, match=r"127\.0\.0\.1:8080"):
        settings(listen=listen)


def test_an_ipv6_address_is_told_without_its_brackets() -> None:
    assert parse_listen("[::1]:8080") == ("::1", 8080)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "::1"])
def test_knows_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost.evil.com", "", "128.0.0.1"])  # noqa: S104  compared only
def test_knows_what_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("public_url", ["lamps.example.com", "ftp://x", "https://x/path", "https://", "https://x?q=1"])
def test_a_public_address_is_scheme_and_host(public_url: str) -> None:
    with pytest.raises(ValidationError, match="scheme and host"):
        settings(public_url=public_url)


def test_a_password_in_place_of_its_hash_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValidationError, match="lamplighter password") as caught:
        settings(login={"users": [{"name": "minji", "password_hash": "correct horse battery"}]})
    assert "correct horse" not in str(caught.value)


def test_two_people_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="twice: minji"):
        settings(login={"users": [{"name": "minji", "password_hash": HASH}] * 2})


def test_secrets_do_not_show_in_the_settings() -> None:
    shown = repr(with_login(metrics_token="a-token-of-enough-length"))  # noqa: S106  of the test
    assert "scrypt" not in shown
    assert "a-token" not in shown


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ValidationError, match="openssl"):
        settings(metrics_token="short")  # noqa: S106  of the test


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "10.0.0.7",
        "LAMPS.example.com:443",
        "lamps",
        "lamps.",
    ],
)
def test_our_own_names_and_any_address_are_hosts(host: str) -> None:
    assert host_allowed(host, settings(public_url="https://lamps.example.com", hosts=["Lamps"]))


@pytest.mark.parametrize(
    "host",
    ["evil.com", "localhost.evil.com", "127.0.0.1.evil.com", "", "a b", "x@localhost", "localhost/x", "[::1", "::1x"],
)
def test_other_names_are_not(host: str) -> None:
    assert not host_allowed(host, settings(public_url="https://lamps.example.com", hosts=["lamps"]))


@pytest.mark.parametrize("path", ["/", "/components/backend?from=-3h&env=prod", "/collectors#jobs"])
def test_a_path_of_this_site_may_be_next(path: str) -> None:
    assert local_path(path) == path


@given(st.text(max_size=40) | st.text(alphabet="/\\:.@evil com\t\n", max_size=12))
def test_no_next_leads_to_another_site(target: str) -> None:
    there = urlsplit(urljoin("https://lamps.example.com/login", local_path(target)))
    assert (there.scheme, there.netloc) == ("https", "lamps.example.com")


@pytest.mark.parametrize(
    "target", ["//evil.com", "/\\evil.com", "https://evil.com", "evil.com", "/\t/evil.com", "", "http:/x"]
)
def test_known_tricks_lead_home(target: str) -> None:
    assert local_path(target) == "/"


def test_a_password_opens_only_with_itself_and_its_name() -> None:
    check = PasswordCheck({"minji": hash_password("correct horse battery")})
    assert check.holds("minji", "correct horse battery")
    assert not check.holds("minji", "correct horse")
    assert not check.holds("junho", "correct horse battery")
    assert not check.holds("minji", "x" * 10_000)


def test_the_same_password_hashes_differently_each_time() -> None:
    assert hash_password("correct horse battery") != hash_password("correct horse battery")


@pytest.mark.parametrize("password", ["short", "x" * 300])
def test_a_password_of_unfit_length_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        hash_password(password)


def test_the_policy_lets_nothing_inline_or_foreign_run() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
