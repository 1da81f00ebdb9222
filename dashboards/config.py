"""The `web` section of lamplighter.yaml: where the page listens, who may read it, and in which language."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

LOOPBACK_NAMES = ("localhost", "localhost.localdomain")


class _Strict(BaseModel):
    # Errors must not repeat what was given: it may be a password put in the place of its hash.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class User(_Strict):
    """A person who may log in."""

    name: str = Field(min_length=1, max_length=64, description="The name to log in with.")
    password_hash: SecretStr = Field(description="What `lamplighter password` prints; never the password itself.")

    @field_validator("password_hash")
    @classmethod
    def _is_a_hash(cls, value: SecretStr) -> SecretStr:
        method, _, rest = value.get_secret_value().partition("$")
        if not method.startswith("scrypt:") or "$" not in rest:
            raise ValueError("this is not a password hash: run `lamplighter password` and put here what it prints")
        return value


class Login(_Strict):
    """Who may log in, and for how long."""

    users: list[User] = Field(default_factory=list, description="The people who may log in. Empty: no login.")
    session_hours: int = Field(default=12, ge=1, le=720, description="Hours until a login must be repeated.")

    @field_validator("users")
    @classmethod
    def _names_differ(cls, value: list[User]) -> list[User]:
        names = [user.name for user in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"these names stand here twice: {', '.join(twice)}; each person needs a name of their own")
        return value


class WebSettings(_Strict):
    """The page, the read API and the exposition."""

    listen: str = Field(default="127.0.0.1:8080", description="Address and port to listen on; [::1]:8080 for IPv6.")
    public_url: str = Field(default="", description="The address people type, such as https://lamps.example.com.")
    hosts: list[str] = Field(
        default_factory=list, description="Other host names that requests may be addressed to, without a port."
    )
    login: Login = Field(default_factory=Login, description="Who may log in. Needed beyond loopback.")
    allow_anonymous: bool = Field(
        default=False,
        description="Serve everybody who can reach the address. Only behind something that authenticates by itself.",
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=8, description="How many proxies in front set X-Forwarded-For, -Proto and -Host."
    )
    language: Literal["en", "ko"] = Field(default="en", description="The language where the browser asks for neither.")
    metrics_token: SecretStr | None = Field(
        default=None, description="Bearer token with which Prometheus reads /metrics when there is a login."
    )

    @field_validator("listen")
    @classmethod
    def _has_host_and_port(cls, value: str) -> str:
        parse_listen(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
            raise ValueError(f"{value!r} is no address: write scheme and host only, such as https://lamps.example.com")
        return value.rstrip("/")

    @field_validator("metrics_token")
    @classmethod
    def _token_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:  # noqa: PLR2004  said in the message
            raise ValueError("the token is shorter than 16 characters: make one with `openssl rand -hex 24`")
        return value

    @property
    def https(self) -> bool:
        """Whether people reach the page over HTTPS, so that cookies are Secure and HSTS is sent."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """The host of `public_url` in lower case, empty without one."""
        return urlsplit(self.public_url).hostname or ""


def parse_listen(listen: str) -> tuple[str, int]:
    """Split `127.0.0.1:8080` or `[::1]:8080` into (host without brackets, port).

    Raises:
        ValueError: there is no host or no port from 0 to 65535; the message shows the form.
    """
    host, colon, port = listen.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not bare or not port.isdecimal() or int(port) > 65535 or (":" in bare and bare == host):  # noqa: PLR2004  the highest port
        raise ValueError(
            f"{listen!r} is no address to listen on: write host:port, such as 127.0.0.1:8080 or [::1]:8080"
        )
    return bare, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`, judged by name or address without asking DNS."""
    if host.lower() in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refusal(settings: WebSettings) -> str | None:
    """Why the page must not be served like this, with the remedy; None when it may.

    Anything but loopback needs a login, or the word of the operator that something in front authenticates.
    """
    if settings.login.users or settings.allow_anonymous:
        return None
    host, _ = parse_listen(settings.listen)
    if not is_loopback(host):
        where = f"web.listen is {settings.listen}, which others can reach"
    elif settings.public_host and not is_loopback(settings.public_host):
        where = f"web.public_url is {settings.public_url}, which others can reach"
    else:
        return None
    return (
        f"{where}, but nobody is set up to log in. Run `lamplighter password` and put its answer under web.login.users,"
        " or listen on 127.0.0.1. If a proxy in front authenticates people, set web.allow_anonymous: true."
    )
