"""Alerting as it runs here: rules, engine, routes and channels put together, and the threads that they need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from service.clock import Clock
from service.config import Loaded
from service.identity import is_dead, owner
from store.jobspec import JobContext, JobSpec
from store.messages import Message, PluralMessage, Sentence
from store.vocabulary import JobOutcome

if TYPE_CHECKING:
    from alerts.delivery.courier import Courier
    from alerts.delivery.surroundings import Surroundings
    from alerts.engine.engine import Engine
    from alerts.engine.findings import Round
    from alerts.notice import Notice, Voice
    from alerts.routing.dispatcher import Dispatcher
    from alerts.routing.router import Router
    from alerts.slack.socket import SocketMode
    from collectors.aws import Aws
    from store import Store

# Commands that only look at the store need no channel: each part is imported where it is put to use.
# ruff: noqa: PLC0415

ALERTS = "alerts"
"""The job that holds what was found against the alert rules."""
EVERY = timedelta(minutes=1)
_SNS_TIMEOUTS = {"connect_timeout": 5, "read_timeout": 10}
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Alerting:
    """The threads that tell people and listen to them. Nothing runs before `start`."""

    dispatcher: Dispatcher
    courier: Courier
    sockets: Sequence[SocketMode] = ()

    def start(self, clock: Clock) -> None:
        """Place what fires by the routes as they are now, and begin to deliver and to listen to clicks."""
        self.dispatcher.place_anew(clock())
        self.courier.start()
        for socket in self.sockets:
            socket.start()

    def poke(self) -> None:
        """Look at what is due at once: somebody acknowledged, or silenced."""
        self.courier.poke()

    def stop(self, grace: float) -> list[str]:
        """Stop listening and delivering; returns the receivers whose call is still under way after `grace` seconds."""
        for socket in self.sockets:
            socket.stop()
        return self.courier.stop(grace)


def build_engine(loaded: Loaded, store: Store) -> Engine:
    """The engine with the rules and routes that are in force."""
    from alerts.engine.engine import Engine

    return Engine(store, loaded.rules, loaded.settings.stack, router_of(loaded).place)


def router_of(loaded: Loaded) -> Router:
    """The routes of a configuration."""
    from alerts.config import kinds
    from alerts.routing.router import Router

    settings = loaded.settings
    receivers = [receiver.name for receiver in settings.alerts.receivers]
    return Router(settings.alerts, settings.stack, receivers, kinds(loaded.rules))


def build_alerting(
    loaded: Loaded, store: Store, clock: Clock, aws: Aws, sockets: Sequence[SocketMode] = ()
) -> Alerting:
    """Dispatcher and courier, beside the sockets that clicks come by."""
    from alerts.delivery.channels import build_notifiers
    from alerts.delivery.courier import Courier
    from alerts.routing.dispatcher import Dispatcher

    settings = loaded.settings.alerts
    around = channel_surroundings(loaded, store, clock, aws)
    dispatcher = Dispatcher(
        store, router_of(loaded), asleep=lambda now: store.power.asleep(now, loaded.settings.shutdown.grace)
    )
    courier = Courier(
        store,
        build_notifiers(settings, around),
        clock,
        owner(),
        dispatcher.flush_due,
        fallback_of=settings.fallback_of,
        voices=[around.voice(code, None) for code in sorted({one.language for one in settings.receivers} | {"en"})],
        is_dead=is_dead,
        give_up_after=settings.give_up_after,
    )
    return Alerting(dispatcher, courier, sockets)


@dataclass(slots=True)
class Watched:
    """The series that rules which page read, as of the last round: the collectors' cap spares them."""

    ids: frozenset[str] = frozenset()


def alerts_job(
    engine: Engine, watched: Watched, poke: Callable[[], None], promote: Callable[[Collection[str], datetime], None]
) -> JobSpec:
    """Hold what was found against the rules: each minute, and as soon as a collection has ended."""

    def run(context: JobContext) -> JobOutcome:
        done = engine.round(context.now, context.claim, context.stopping)
        poke()
        watched.ids = frozenset(engine.page_series())
        promote(done.promote, context.now)
        return _outcome(done)

    return JobSpec(ALERTS, EVERY, run, prompt=True)


def channel_surroundings(loaded: Loaded, store: Store, clock: Clock, aws: Aws) -> Surroundings:
    """What the notifiers work with."""
    from alerts.delivery.surroundings import Surroundings, http_client

    return Surroundings(
        http=http_client(),
        sns=lambda account, region: _sns(aws, account, region),
        voice=voices(loaded),
        clock=clock,
        public_url=loaded.settings.web.public_url,
        draw=_draw(store),
        agent=f"lamplighter/{version('lamplighter')}",
    )


def voices(loaded: Loaded) -> Callable[[str, str | None], Voice]:
    """How receivers are spoken to: a language, and a zone (None: the stack's)."""
    from dashboards.language import read_languages

    languages = read_languages("en")
    zone = loaded.settings.stack.zone
    return lambda language, timezone: languages.choose([language], [timezone], zone)


def topics(loaded: Loaded) -> list[str]:
    """The SNS topics that alerts are published to."""
    found = [receiver.sns or receiver.email for receiver in loaded.settings.alerts.receivers]
    return [topic.topic_arn for topic in found if topic is not None]


def _sns(aws: Aws, account: str | None, region: str) -> Any:  # noqa: ANN401  boto3 has no types
    """A client that tries once: a second try of botocore's own could publish twice unseen."""
    from botocore.config import Config

    session = aws.session(account or aws.accounts()[0].name)
    return session.client("sns", region_name=region, config=Config(retries={"total_max_attempts": 1}, **_SNS_TIMEOUTS))


def _draw(store: Store) -> Callable[[Notice, Voice], bytes | None]:
    def draw(notice: Notice, voice: Voice) -> bytes | None:
        from alerts.chart.around import draw_notice

        return draw_notice(store, notice, voice)

    return draw


def _outcome(done: Round) -> JobOutcome:
    said: Sentence = PluralMessage("1 evaluation.", "%(num)s evaluations.", done.evaluations)
    if done.fired or done.resolved:
        said = Message(
            "%(evaluations)s Began to fire: %(fired)s. Ended: %(resolved)s.",
            evaluations=said,
            fired=len(done.fired),
            resolved=len(done.resolved),
        )
    if not done.faults:
        return JobOutcome("ok", said)
    rule, fault = done.faults[0]
    told = Message("%(said)s The rule %(rule)s could not be evaluated: %(fault)s", said=said, rule=rule, fault=fault)
    return JobOutcome("partial", told)
