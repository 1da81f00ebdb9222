"""The running service: one process that serves the page, runs the jobs, reloads safely and stops in time."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import structlog

from collectors.errors import CollectorError
from dashboards.config import refusal
from service.assembly import APPLIED_FACT, Worker, build_worker, opened_store, site_of, store_url
from service.clock import Clock
from service.config import Loaded
from service.errors import ConfigInvalid, Fault, RefusedToServe, ServiceError
from service.home import Home
from service.identity import owner
from service.intents import carry_out
from service.jobs import JobRunner
from service.signals import Signals, received
from service.web import WebServer
from store.errors import StoreError
from store.vocabulary import Event

if TYPE_CHECKING:
    from flask import Flask

    from store import Store

_log = structlog.get_logger(__name__)

Role = Literal["all", "web", "worker"]

STOP_GRACE = 7.0
"""Seconds that running jobs get to stop: with the page's 3, a SIGTERM ends the process within 10 s."""

_INTENT_SECONDS = 0.5
_ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
_SIGNALS = (*_ENDING, signal.SIGHUP)


@dataclass(slots=True)
class Service:
    """Everything that `lamplighter serve` keeps running. `load` reads the configuration again on each reload."""

    load: Callable[[], Loaded]
    home: Home
    clock: Clock
    role: Role = "all"
    listen: str | None = None
    announce: Callable[[str], None] = lambda _url: None
    _problem: str | None = None

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; reload on SIGHUP.

        Raises:
            RefusedToServe: the page would be open to others without a login.
            ConfigInvalid, StoreError, CannotListen: at start only; a bad reload keeps what runs.
        """
        loaded = self.load()
        if self.role != "worker":
            _refuse_unsafe(loaded, self.listen)
        self.home.prepare()
        with received(_SIGNALS) as signals, opened_store(loaded, self.home) as store:
            self._run_with(loaded, store, signals)
        _log.info("service.stopped")

    def _run_with(self, loaded: Loaded, store: Store, signals: Signals) -> None:
        # The page first: an address that is taken must be said before any work is begun.
        server = self._start_web(loaded, store) if self.role != "worker" else None
        working = None
        try:
            if self.role != "web":
                working = self._start_worker(loaded, store)
            while not (arrived := set(signals.wait(_INTENT_SECONDS))) & _ENDING:
                if signal.SIGHUP in arrived:
                    loaded, working = self._reloaded(loaded, store, working, server)
                if working is not None and self._carry_out(loaded, store):
                    working.poke()
        finally:
            _log.info("service.stopping")
            stopper = threading.Thread(target=server.stop, name="web-stop") if server is not None else None
            if stopper is not None:
                stopper.start()
            if working is not None:
                working.stop(STOP_GRACE)
            if stopper is not None:
                stopper.join()

    def _start_worker(self, loaded: Loaded, store: Store) -> _Working:
        worker = build_worker(loaded, store, self.clock)
        runner = JobRunner(store, self.clock, owner(), worker.specs)
        runner.start()
        worker.alerting.start(self.clock)
        store.facts.set(APPLIED_FACT, loaded.effective_yaml())
        _log.info("worker.started", jobs=len(worker.specs), source=loaded.source)
        return _Working(worker, runner)

    def _start_web(self, loaded: Loaded, store: Store) -> WebServer:
        server = WebServer(self._application(loaded, store), self.listen or loaded.settings.web.listen)
        url = server.start()
        _log.info("web.started", url=url)
        self.announce(url)
        return server

    def _application(self, loaded: Loaded, store: Store) -> Flask:
        from dashboards.web import create_app  # noqa: PLC0415  a worker needs no Flask

        site = site_of(loaded, store, self.clock, problem=lambda: self._problem)
        return create_app(site, loaded.settings.web, self.home.secret_key(os.environ))

    def _reloaded(
        self, loaded: Loaded, store: Store, working: _Working | None, server: WebServer | None
    ) -> tuple[Loaded, _Working | None]:
        """Read the configuration again. A bad one changes nothing but what the page says of it."""
        try:
            fresh = self.load()
            if server is not None:
                _refuse_unsafe(fresh, self.listen)
            _refuse_what_needs_a_restart(loaded, fresh, self.home)
            # Built before anything is stopped: a catalogue or profile that cannot be used is a bad configuration too.
            if working is not None:
                build_worker(fresh, store, self.clock).close()
        except (ServiceError, StoreError, CollectorError) as fault:
            self._problem = str(fault)
            _log.error("config.refused", problem=self._problem)
            self._record(store, "config.refused", "A new configuration was refused; the old one stays", str(fault))
            return loaded, working
        self._problem = None
        if working is not None:
            working.stop(STOP_GRACE)
            working = self._start_worker(fresh, store)
        if server is not None:
            server.app = self._application(fresh, store)
        _log.info("config.reloaded", source=fresh.source)
        self._record(store, "config.reloaded", "The configuration was reloaded", fresh.source)
        return fresh, working

    def _record(self, store: Store, kind: str, title: str, detail: str) -> None:
        now = self.clock()
        try:
            store.events.add(
                Event(key=f"{kind}:{now.isoformat()}", at=now, kind=kind, title=title, detail={"detail": detail})
            )
        except StoreError as error:
            _log.warning("event.not_recorded", kind=kind, problem=str(error))

    def _carry_out(self, loaded: Loaded, store: Store) -> int:
        """Carry out what people asked for; returns how much that was."""
        try:
            return carry_out(loaded, store, self.clock())
        except StoreError as error:
            _log.warning("intents.store_unavailable", problem=str(error))
            return 0


@dataclass(frozen=True, slots=True)
class _Working:
    """The jobs that run, and what they run with."""

    worker: Worker
    runner: JobRunner

    def poke(self) -> None:
        """Begin at once with what has just become due."""
        self.runner.poke()
        self.worker.alerting.poke()

    def stop(self, grace: float) -> None:
        """Stop the jobs and deliveries within `grace` seconds, and write down what was metered."""
        late: list[str] = []
        # Both at once: a call to Slack that hangs must not take its time after a job's.
        telling = threading.Thread(target=lambda: late.extend(self.worker.alerting.stop(grace)), name="alerts-stop")
        telling.start()
        late_jobs = self.runner.stop(grace)
        telling.join(grace)
        if late_jobs or late:
            _log.warning("worker.left_behind", jobs=late_jobs, receivers=late)
        self.worker.close()


def _refuse_unsafe(loaded: Loaded, listen: str | None) -> None:
    web = loaded.settings.web
    reason = refusal(web.model_copy(update={"listen": listen}) if listen else web)
    if reason:
        raise RefusedToServe(reason)


def _refuse_what_needs_a_restart(before: Loaded, after: Loaded, home: Home) -> None:
    changed = [
        name
        for name, one, other in (
            ("store.url", store_url(before, home), store_url(after, home)),
            ("web.listen", before.settings.web.listen, after.settings.web.listen),
        )
        if one != other
    ]
    if changed:
        fault = Fault(" and ".join(changed), "this cannot change while running", "restart, or change it back")
        raise ConfigInvalid(after.source, [fault])
