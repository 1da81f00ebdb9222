"""The one seam to boto3: sessions and roles of each account, clients, paging, and answers that are no answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from collectors.config import Account
from collectors.errors import Call, NoCredentials, UnknownRegion
from collectors.malformed import checked_dict, elements, refuse_what_is_no_answer
from collectors.meter import Recorder, attach, name_job

# boto3 and botocore take a quarter of a second to import and are not needed by most commands: they are imported
# where a session is made.
# ruff: noqa: PLC0415

CONNECT_TIMEOUT = 5
"""Seconds to wait for a connection; a hung call must not hold its job up for long."""
READ_TIMEOUT = 25
"""Seconds to wait between two bytes of an answer."""
ATTEMPTS = 3
"""How often botocore tries before the caller hears of it; longer waits are the caller's, who can be stopped."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One account in one region: what a collecting job is for."""

    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"


class Aws:
    """Ready boto3 clients for the configured accounts; safe to share between threads.

    Every attempt of every call that its clients make is told to `recorder`, the calls for credentials among them.
    `agent` is added to the user agent, so that one finds us in CloudTrail.
    """

    def __init__(self, accounts: Sequence[Account], recorder: Recorder, *, agent: str = "lamplighter") -> None:
        self._accounts = {account.name: account for account in accounts or [Account()]}
        self._recorder = recorder
        self._agent = agent
        self._lock = RLock()
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[str, str, str, str], Any] = {}

    def accounts(self) -> list[Account]:
        """The configured accounts."""
        return list(self._accounts.values())

    def scopes(self) -> list[Scope]:
        """Each account in each of its regions.

        Raises:
            UnknownRegion: an account has no region, and neither its profile nor the environment names one.
        """
        return [Scope(account.name, region) for account in self.accounts() for region in self.regions(account.name)]

    def regions(self, account: str) -> list[str]:
        """The regions of one account: those configured, else the one that boto3 would take."""
        configured = self._accounts[account].regions
        if configured:
            return list(configured)
        region = self.session(account).region_name
        if not region:
            raise UnknownRegion(
                Call(account, "", "Configuration"),
                "NoRegion",
                f"account {account!r} names no region",
                "Write `regions: [ap-northeast-2]` in `accounts`, or set AWS_REGION.",
            )
        return [region]

    def client(self, where: Scope | str, service: str, region: str | None = None, job: str = "other") -> Any:  # noqa: ANN401
        """A boto3 client of a service in an account; `region` is for global services when `where` is an account.

        Clients are made once per (account, service, region, job) and shared. `job` is the job on the meter.

        Raises:
            NoCredentials: the account's profile or role cannot be used.
            UnknownRegion: no region was given for a service that needs one.
        """
        scope = where if isinstance(where, Scope) else Scope(where, region or self.regions(where)[0])
        if region is not None:
            scope = replace(scope, region=region)
        key = (scope.account, scope.region, service, job)
        with self._lock:  # botocore sessions cannot make clients in several threads at once; clients can be shared
            if key not in self._clients:
                self._clients[key] = self._make_client(scope, service, job)
            return self._clients[key]

    def session(self, account: str) -> Any:  # noqa: ANN401  boto3 has no types
        """The boto3 session of an account, made once."""
        with self._lock:
            if account not in self._sessions:
                self._sessions[account] = self._make_session(self._accounts[account])
            return self._sessions[account]

    def close(self) -> None:
        """Close the connections of all clients."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def _make_session(self, account: Account) -> Any:  # noqa: ANN401  boto3 has no types
        import boto3.session
        import botocore.session
        from botocore.exceptions import BotoCoreError

        from collectors.translate import translate

        try:
            core = botocore.session.Session(profile=account.profile)
            core.user_agent_extra = self._agent
            attach(core.get_component("event_emitter"), account.name, self._recorder)
            core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_timestamp)
            if account.role_arn:
                _assume(core, account)
            return boto3.session.Session(botocore_session=core)
        except BotoCoreError as error:
            raise translate(error, Call(account.name, "", "CreateSession")) from error

    def _make_client(self, scope: Scope, service: str, job: str) -> Any:  # noqa: ANN401  boto3 has no types
        from botocore.exceptions import BotoCoreError

        from collectors.translate import translate

        try:
            client = self.session(scope.account).client(service, region_name=scope.region, config=_client_config())
        except (BotoCoreError, ValueError) as error:
            raise translate(error, Call(scope.account, scope.region, f"{service} client")) from error
        name_job(client.meta.events, job)
        client.meta.events.register("after-call", refuse_what_is_no_answer)
        client.lamplighter_scope = scope  # so that an error knows its account: boto3 clients do not
        return client


def call(client: Any, operation: str, **arguments: object) -> dict[str, Any]:  # noqa: ANN401  boto3 has no types
    """One call by its boto3 name (`describe_instances`), its failure as an `AwsError`."""
    with _translated(client, operation):
        return checked_dict(getattr(client, operation)(**arguments))


def paginate(client: Any, operation: str, result_key: str, **arguments: object) -> Iterator[Any]:  # noqa: ANN401
    """The elements under `result_key` of every page of a call; a key that is missing means nothing is there.

    `result_key` may be a path (`DistributionList.Items`). Calls without a paginator are made once.

    Raises:
        AwsError: a page could not be had; what came before was already yielded.
    """
    with _translated(client, operation):
        pages: Iterator[Any]
        if client.can_paginate(operation):
            pages = iter(client.get_paginator(operation).paginate(**arguments))
        else:
            pages = iter([getattr(client, operation)(**arguments)])
    while True:
        with _translated(client, operation):
            page = next(pages, None)
            if page is None:
                return
            found = elements(checked_dict(page), result_key)
        yield from found


def scope_of(client: Any) -> Scope:  # noqa: ANN401  boto3 has no types
    """The account and region of a client that `Aws` made."""
    known = getattr(client, "lamplighter_scope", None)
    return known if isinstance(known, Scope) else Scope("unknown", str(client.meta.region_name))


class _translated:  # noqa: N801  used as a function: `with _translated(client, operation):`
    def __init__(self, client: Any, operation: str) -> None:  # noqa: ANN401  boto3 has no types
        self._client = client
        self._operation = operation

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception):
            return
        from collectors.translate import translate

        scope = scope_of(self._client)
        name = self._client.meta.method_to_api_mapping.get(self._operation, self._operation)
        raise translate(error, Call(scope.account, scope.region, name)) from error


def _timestamp(value: object) -> datetime:
    """A time of an answer, in UTC. botocore's own way over the machine's zone takes half the time of a metrics answer.

    Raises:
        ValueError: the value is no time.
    """
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    from botocore.utils import parse_timestamp

    parsed: datetime = parse_timestamp(value)
    return parsed.astimezone(UTC)


def _client_config() -> Any:  # noqa: ANN401  botocore has no types
    from botocore.config import Config

    return Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=8,
    )


def _assume(core: Any, account: Account) -> None:  # noqa: ANN401  botocore has no types
    """Make a botocore session act as the account's role, with credentials that renew themselves."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    source = core.get_credentials()
    if source is None:
        raise NoCredentials(
            Call(account.name, "", "AssumeRole"),
            "NoCredentials",
            f"there are no credentials with which to assume {account.role_arn}",
            "Give some as boto3 takes them: environment, profile, or an instance or task role.",
        )
    region = (account.regions or [core.get_config_variable("region") or "us-east-1"])[0]

    def client_creator(service: str, **options: object) -> Any:  # noqa: ANN401  botocore has no types
        return core.create_client(service, **{"region_name": region, "config": _client_config(), **options})

    fetcher = AssumeRoleCredentialFetcher(
        client_creator=client_creator,
        source_credentials=source,
        role_arn=account.role_arn,
        extra_args={
            "RoleSessionName": "lamplighter",
            **({"ExternalId": account.external_id} if account.external_id else {}),
        },
    )
    # botocore has no public setter for credentials that refresh; its own assume-role provider sets the same field.
    core._credentials = DeferredRefreshableCredentials(  # noqa: SLF001
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
