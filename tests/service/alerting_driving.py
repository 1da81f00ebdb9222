"""An incident on demand for a `serve` of our own: a target that is probed, receivers, and what each was told of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from service.demo.launch import EmbeddedAws
from service.demo.slack.launch import EmbeddedSlack
from store import Store
from store.alerting import Episode
from tests.alerts.delivery.receiving import Receiver


class Target:
    """What is probed: it answers 200, and 500 while it is `down`."""

    def __init__(self) -> None:
        self.down = False
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(500 if owner.down else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a prober that was killed

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def target() -> Iterator[Target]:
    one = Target()
    try:
        yield one
    finally:
        one.close()


def incident_config(
    address: str, receivers: list[dict[str, Any]], *, routes: list[dict[str, Any]] | None = None, **more: object
) -> dict[str, Any]:
    """One quick rule on one probe, and a route that tells every receiver at once."""
    everybody = [{"receiver": one["name"], "continue": True} for one in receivers]
    return {
        "stack": {"name": "shop", "environments": {"prod": {}}, "components": {"web": {}}},
        "accounts": [{"name": "main", "regions": ["ap-northeast-2"]}],
        "probes": [
            {"name": "home", "environment": "prod", "component": "web", "every": "10s", "failures": 1, "url": address}
        ],
        "alerts": {
            "shipped": {"enabled": False},
            "rules": [
                {"id": "home-down", "kind": "health", "checks": ["http"], "severity": "page", "summary": "Home is down"}
            ],
            "receivers": receivers,
            "route": {
                "receiver": receivers[0]["name"],
                "group_wait": "0s",
                "group_interval": "1s",
                "routes": routes if routes is not None else everybody,
            },
        },
        "web": {"listen": "127.0.0.1:0"},
        **more,
    }


def slack_receiver(slack: EmbeddedSlack, name: str = "ops", **more: str) -> dict[str, Any]:
    """Bot and Socket Mode."""
    wanted = {"channel": "#ops", "token": slack.bot_token, "app_token": slack.app_token, "api_url": slack.api_url}
    return {"name": name, "slack": wanted | more}


def hook_receiver(receiver: Receiver, name: str = "tool") -> dict[str, Any]:
    return {"name": name, "webhook": {"url": receiver.url, "timeout": 2}}


def written(config: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(config))


def topic_with_queue(aws: EmbeddedAws) -> tuple[str, Callable[[], list[dict[str, Any]]]]:
    """An SNS topic whose messages arrive in an SQS queue; its ARN, and what reads all that came since."""
    import json  # noqa: PLC0415  only here

    import boto3  # noqa: PLC0415  the same

    sns, sqs = (boto3.client(name, **aws.client_options()) for name in ("sns", "sqs"))  # type: ignore[call-overload]
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def read() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
            if not messages:
                return found
            for one in messages:
                found.append(json.loads(one["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])

    return topic, read


def until(look: Callable[[], Any], seconds: float = 25, what: str = "it") -> Any:  # noqa: ANN401  what was found
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not happen in time"
        time.sleep(0.1)
    return found


def hasten(store: Store, *jobs: str) -> None:
    """Let jobs be due now."""
    for job in jobs:
        store.jobs.wake(job, datetime.now(UTC))


def settled(store: Store, incidents: int, receivers: int) -> bool:
    """Whether so many incidents came and went, and everybody was told."""
    episodes = store.alerts.episodes(limit=1000)
    now = datetime.now(UTC)
    if len(episodes) < incidents or any(one.is_open for one in episodes) or not store.outbox.is_idle():
        return False
    groups = store.notices.groups(open_only=False)
    return len(groups) >= receivers and not store.notices.due(now) and not store.notices.obligations(now)


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the incidents, as one row of a table."""

    incidents: int
    lost: int
    duplicated: int
    resolves_missing: int
    obligations: int
    slack_messages: int

    def row(self, name: str) -> str:
        return (
            f"{name:<28} incidents {self.incidents:>4}  lost {self.lost}  duplicated {self.duplicated}"
            f"  resolves missing {self.resolves_missing}  obligations {self.obligations}"
            f"  Slack messages {self.slack_messages}"
        )


def count(store: Store, hook: Receiver, slack: EmbeddedSlack | None) -> Count:
    """Hold what the receivers have against what the store says happened. A key that came twice counts once there."""
    episodes = store.alerts.episodes(limit=1000)
    fired, ended = told_of(hook)
    return Count(
        incidents=len(episodes),
        lost=sum(one.id not in fired for one in episodes),
        # What came back is told again, and ends again.
        duplicated=sum(max(0, each - 1 - one.flaps) for one in episodes for each in (fired[one.id], ended[one.id])),
        resolves_missing=sum(one.id not in ended for one in episodes),
        obligations=len(store.notices.obligations(datetime.now(UTC))),
        slack_messages=len(top_messages(slack)) if slack else 0,
    )


def told_of(hook: Receiver) -> tuple[Counter[str], Counter[str]]:
    """How many different keys told of each episode that it fires, and that it is over."""
    fired: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    by_key = {one.key: one.json() for one in hook.requests if one.key in hook.arrived}
    for body in by_key.values():
        counted = {"firing": fired, "resolved": ended}.get(body["kind"])
        if counted is not None:
            counted.update(alert["episode"] for alert in body["alerts"])
    return fired, ended


def top_messages(slack: EmbeddedSlack) -> list[dict[str, Any]]:
    """The messages of #ops that are no replies and that only one person sees."""
    return [
        one
        for one in slack.control.messages("ops")
        if not one.get("seen_by")
        and not one.get("deleted")
        and one.get("thread_ts") in {None, one["ts"]}
        and one.get("via") != "person"
    ]


def open_episode(store: Store) -> Episode | None:
    return next(iter(store.alerts.episodes(open_only=True)), None)


def database_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'home' / 'lamplighter.db'}"
