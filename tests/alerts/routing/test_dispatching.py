"""The dispatcher over the real store: groups, outbox rows, obligations, and a group that cannot be decided about."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from alerts.notice_json import from_json
from alerts.routing.config import RoutingConfig
from alerts.routing.dispatcher import Dispatcher
from alerts.routing.router import Router
from store import Store
from store.alerting import Episode, Matcher, NoticeKind, Severity, Silence
from store.stack import Stack
from store.vocabulary import Event, HealthObservation, Status
from tests.alerts.routing.group_log import START, again, an_episode, over

MINUTE = timedelta(minutes=1)
EARLIER = START - MINUTE
STACK = Stack.model_validate(
    {
        "environments": {"prod": {}, "dev": {}},
        "components": {"frontend": {"depends_on": ["backend"]}, "backend": {"depends_on": ["db"]}, "db": {}},
    }
)


def a_router(kinds: dict[str, str] | None = None, **config: Any) -> Router:  # noqa: ANN401  configuration is any value
    return Router(RoutingConfig.model_validate(config), STACK, ["ops", "boss", "dev"], kinds)


class World:
    """A store, a dispatcher, and the engine's part: committing what fires."""

    def __init__(self, store: Store, router: Router) -> None:
        self.store, self.router, self.now = store, router, START
        self.dispatcher = Dispatcher(store, router)

    def commit(self, *episodes: Episode) -> None:
        placements = [
            place for episode in episodes if episode.is_open for place in self.router.place(episode, self.now)
        ]
        noticed = [replace(each, noticed_at=self.now) for each in episodes]
        self.store.alerts.commit_round(episodes=noticed, placements=placements)

    def pass_by(self, length: timedelta, step: timedelta = MINUTE) -> None:
        end = self.now + length
        while self.now < end:
            self.now = min(self.now + step, end)
            self.dispatcher.flush_due(self.now)

    def said(self, receiver: str = "ops") -> list[tuple[NoticeKind, list[str]]]:
        rows = sorted(self.store.outbox.deliveries(receiver=receiver, limit=1_000), key=lambda row: row.id)
        notices = [from_json(row.draft.payload) for row in rows]
        return [(notice.kind, [alert.episode for alert in notice.alerts]) for notice in notices]


def test_an_incident_from_firing_to_resolved(store: Store) -> None:
    world = World(store, a_router(kinds={}, route={"escalate": [{"after": "15m", "receiver": "boss"}]}))
    episode = replace(an_episode(at=EARLIER), last_change="deploy-7")
    store.events.add(Event("deploy-7", EARLIER - MINUTE, "deploy.finished", "Deployed 1.4.2", component="backend"))
    world.commit(episode)
    assert world.dispatcher.flush_due(START) == 1
    assert world.dispatcher.flush_due(START) == 0, "a second look at the same moment finds nothing due"
    [row] = store.outbox.deliveries(receiver="ops")
    assert from_json(row.draft.payload).alerts[0].last_change == "Deployed 1.4.2"

    world.pass_by(16 * MINUTE)
    assert world.said("boss") == [(NoticeKind.FIRING, [episode.id])]
    store.alerts.acknowledge([episode.id], "minji", world.now)
    world.pass_by(MINUTE)
    world.commit(over(episode, world.now))
    world.pass_by(10 * MINUTE)

    firing, changed, resolved = NoticeKind.FIRING, NoticeKind.CHANGED, NoticeKind.RESOLVED
    assert [kind for kind, _ in world.said()] == [firing, changed, changed, resolved]
    assert [kind for kind, _ in world.said("boss")] == [firing, changed, resolved]
    world.pass_by(60 * MINUTE)
    assert store.notices.groups() == []
    assert store.notices.obligations(world.now) == []
    codes = [decision.code for decision in reversed(store.notices.decisions(episode=episode.id))]
    assert codes[:2] == ["first_firing", "escalated"]


def test_what_flaps_after_its_end_edits_its_notice_and_ends_again(store: Store) -> None:
    world = World(store, a_router())
    episode = an_episode(at=EARLIER)
    world.commit(episode)
    world.pass_by(6 * MINUTE)
    episode = over(episode, world.now)
    world.commit(episode)
    world.pass_by(3 * MINUTE)
    episode = again(episode)
    world.commit(episode)
    world.pass_by(6 * MINUTE)
    world.commit(over(episode, world.now))
    world.pass_by(90 * MINUTE)
    kinds = [kind for kind, _ in world.said()]
    assert kinds == [NoticeKind.FIRING, NoticeKind.RESOLVED, NoticeKind.CHANGED, NoticeKind.RESOLVED]
    assert len({row.draft.notice for row in store.outbox.deliveries()}) == 1
    assert store.notices.obligations(world.now) == []


def test_a_silence_is_looked_at_when_it_begins_and_when_it_ends(store: Store) -> None:
    world = World(store, a_router())
    silence = Silence("s1", [Matcher("component", "=", "backend")], START, START + 20 * MINUTE, "minji")
    store.silences.add(silence)
    world.commit(an_episode(at=EARLIER))
    world.pass_by(19 * MINUTE)
    assert world.said() == []
    assert store.notices.decisions()[0].code == "muted_silenced"
    world.pass_by(MINUTE)
    assert [kind for kind, _ in world.said()] == [NoticeKind.FIRING]


def test_one_alert_for_a_dead_database_not_three_and_the_rest_when_it_is_back(store: Store) -> None:
    world = World(store, a_router(kinds={"db-down": "health"}))
    dead = an_episode("db", rule="db-down", severity=Severity.PAGE, component="db", at=EARLIER)
    errors = an_episode("errors", rule="5xx", severity=Severity.PAGE, component="backend", at=EARLIER)
    slow = an_episode("slow", rule="slow", component="frontend", at=EARLIER)
    elsewhere = an_episode("dev", rule="slow", component="frontend", environment="dev", at=EARLIER)
    world.commit(dead, errors, slow, elsewhere)
    world.pass_by(10 * MINUTE)
    assert sorted(world.said()) == [(NoticeKind.FIRING, [dead.id]), (NoticeKind.FIRING, [elsewhere.id])]
    world.commit(over(dead, world.now), over(slow, world.now))
    world.pass_by(2 * MINUTE)
    assert (NoticeKind.FIRING, [errors.id]) in world.said()
    assert (NoticeKind.FIRING, [slow.id]) not in world.said()


def test_a_critical_health_check_of_the_whole_makes_a_page_explain_what_depends_on_it(store: Store) -> None:
    world = World(store, a_router())
    seen = HealthObservation("db", "database", "orders", Status.CRITICAL, "gone", EARLIER, "prod", "db")
    store.health.record([seen])
    connections = an_episode("db", rule="connections", severity=Severity.PAGE, component="db", at=EARLIER)
    errors = an_episode("errors", rule="5xx", component="backend", at=EARLIER)
    world.commit(connections, errors)
    world.pass_by(MINUTE)
    assert world.said() == [(NoticeKind.FIRING, [connections.id])]


def test_a_group_that_cannot_be_decided_about_stops_no_other_and_is_tried_again(store: Store) -> None:
    class Broken(Router):
        fails = True

        def timing(self, group: Any) -> Any:  # noqa: ANN401  the base class types it
            if self.fails and group.labels.get("component") == "db":
                raise RuntimeError("a fault of ours")
            return super().timing(group)

    router = Broken(RoutingConfig(), STACK, ["ops"])
    world = World(store, router)
    world.commit(*(an_episode(name, component=name, at=EARLIER) for name in ("backend", "db", "frontend")))
    assert world.dispatcher.flush_due(START) == 3
    assert [episodes for _, episodes in world.said()] == [["e-backend"], ["e-frontend"]]
    assert "failed" in {decision.code for decision in store.notices.decisions()}
    router.fails = False
    world.pass_by(MINUTE)
    assert len(world.said()) == 3


def test_new_routes_move_what_was_not_told_and_still_end_what_was(store: Store) -> None:
    world = World(
        store, a_router(route={"routes": [{"name": "web", "match": ["component=backend"], "receiver": "dev"}]})
    )
    backend = an_episode("backend", at=EARLIER)
    world.commit(backend)
    world.pass_by(MINUTE)
    assert world.said("dev") == [(NoticeKind.FIRING, [backend.id])]

    world.router = a_router()
    world.dispatcher = Dispatcher(store, world.router)
    world.dispatcher.place_anew(world.now)
    world.pass_by(MINUTE)
    assert world.said("ops") == [(NoticeKind.FIRING, [backend.id])]
    world.commit(over(backend, world.now))
    world.pass_by(10 * MINUTE)
    assert [kind for kind, _ in world.said("dev")] == [NoticeKind.FIRING, NoticeKind.RESOLVED]
    assert store.notices.obligations(world.now) == []


def test_an_environment_that_sleeps_is_not_told(store: Store) -> None:
    world = World(store, a_router())
    world.dispatcher = Dispatcher(store, world.router, asleep=lambda now: {"dev"} if now < START + 5 * MINUTE else ())
    world.commit(an_episode(environment="dev", at=EARLIER))
    world.pass_by(4 * MINUTE)
    assert world.said() == []
    assert store.notices.decisions()[0].code == "muted_asleep"
    world.pass_by(2 * MINUTE)
    assert len(world.said()) == 1


def test_a_thousand_groups_at_once_are_decided_about_quickly(sqlite_store: Store) -> None:
    world = World(sqlite_store, a_router(route={"group_by": ["name"]}))
    world.commit(*(an_episode(f"n{number}", at=EARLIER) for number in range(1_000)))
    began = time.process_time()
    assert world.dispatcher.flush_due(START) == 1_000
    taken = time.process_time() - began
    assert len(world.said()) == 1_000
    assert taken < 5, f"{taken:.2f} s of CPU: half a second on an idle machine"
