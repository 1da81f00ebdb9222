"""CloudMart as probes see it: `/site/<env>/frontend/…` and `/site/<env>/backend/…`."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import numpy as np

from service.demo.source import Clock
from service.demo.world.incidents.effects import Effect
from service.demo.world.load import CONNECTION_LIMIT, Load
from service.demo.world.noise import key_of, uniform
from service.demo.world.scene import Scene

_LONGEST = 4.0
"""Seconds that an answer is held back at most: less than a probe waits."""
_WAITING = 2.5
"""Seconds that one waits for a free connection to the database."""
_PAGE = "<!doctype html><html lang='en'><title>CloudMart</title><h1>CloudMart ({})</h1><p>Open for shopping.</p></html>"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a site answers, after so many seconds."""

    status: HTTPStatus
    body: str
    kind: str = "text/html; charset=utf-8"
    after: float = 0.0


def current(scene: Scene, environment: str, now: float) -> Load:
    """The load of this very second; rounded up, so that what has just begun is felt at once."""
    return scene.load(environment, np.array([math.ceil(now)], dtype=np.int64))


def frontend(load: Load, environment: str, *, published: bool) -> Reply:
    """The shop's page: there while its files are published and nothing takes it down."""
    if not published or load.effects[Effect.SITE_DOWN][0] > 0:
        return Reply(
            HTTPStatus.SERVICE_UNAVAILABLE, "<!doctype html><title>503</title><h1>503 Service Unavailable</h1>"
        )
    return Reply(HTTPStatus.OK, _PAGE.format(environment), after=0.005)


def backend(load: Load, chance: float) -> Reply:
    """The backend's health: of itself, its database and its cache. `chance` in (0, 1) decides who meets an error."""
    if load.healthy[0] < 1:
        return _health(HTTPStatus.SERVICE_UNAVAILABLE, "no healthy target", load)
    after = min(2.0 * float(load.middle[0]), _LONGEST)
    if load.connections[0] >= CONNECTION_LIMIT:
        after = _WAITING
    if load.database[0] < 1:
        return _health(HTTPStatus.SERVICE_UNAVAILABLE, "the database does not answer", load, after)
    failing = float(load.effects[Effect.ERRORS][0])
    if chance < failing:
        return _health(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error", load, after)
    if chance < failing + float(load.effects[Effect.TIMEOUTS][0]):
        return _health(HTTPStatus.GATEWAY_TIMEOUT, "the backend did not answer", load, _LONGEST)
    return _health(HTTPStatus.OK, "ok", load, after)


def _health(status: HTTPStatus, word: str, load: Load, after: float = 0.0) -> Reply:
    facts = {
        "status": word,
        "database": "up" if load.database[0] > 0 else "down",
        "cache": "up" if load.cache[0] > 0 else "down",
    }
    return Reply(status, json.dumps(facts), "application/json", after)


def site(environment: str, scene: Callable[[float], Scene], clock: Clock) -> WSGIApplication:
    """The WSGI application of an environment's site."""

    def answer(path: str) -> Reply:
        now = clock()
        here = scene(now)
        load = current(here, environment, now)
        state = here.history.latest
        if path.startswith("/frontend"):
            published = any(bucket.environment == environment for bucket in state.buckets.values())
            return frontend(load, environment, published=published)
        if path.startswith("/backend"):
            chance = uniform(key_of("probe", environment), np.array([int(now * 1000)], dtype=np.int64))
            return backend(load, float(chance[0]))
        return Reply(HTTPStatus.NOT_FOUND, "<!doctype html><title>404</title><h1>404 Not Found</h1>")

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reply = answer(environ.get("PATH_INFO", "/"))
        if reply.after:
            time.sleep(reply.after)
        return respond(reply, start_response)

    return application


def respond(reply: Reply, start_response: StartResponse) -> list[bytes]:
    """Send a reply."""
    body = reply.body.encode()
    start_response(
        f"{reply.status.value} {reply.status.phrase}",
        [("Content-Type", reply.kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")],
    )
    return [body]


def facts_site(facts: Callable[[], object]) -> WSGIApplication:
    """A site that says something of this world as JSON: the demo's configuration reads the ports there."""

    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return respond(Reply(HTTPStatus.OK, json.dumps(facts()), "application/json"), start_response)

    return application
