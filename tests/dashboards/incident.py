"""What alerting knows of CloudMart's night: prod's backend fires, one is acknowledged, one silenced, some are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dashboards.site import BacktestEpisode, BacktestFacts, RuleFacts
from store import Store
from store.alerting import (
    Alert,
    AlertState,
    Decision,
    Draft,
    Episode,
    Evaluation,
    Flush,
    Matcher,
    NoticeKind,
    Placement,
    RuleState,
    Severity,
    Silence,
    Told,
    Transition,
    episode_id,
    fingerprint,
)
from store.messages import Message, to_json
from store.vocabulary import Event
from tests.dashboards.cloudmart import FAILING_SINCE, NOW, series_of

MINUTE = timedelta(minutes=1)
[RESPONSE_TIME] = [
    each for each in series_of("prod", "backend") if each.key.metric == "TargetResponseTime" and each.key.stat == "p95"
]
RULES = (
    RuleFacts(
        "response-time",
        "metric",
        Severity.PAGE,
        "3f9c2a",
        title={"en": "Slow answers", "ko": "느린 응답"},
        components=("backend",),
        runbook="https://wiki.example.com/slow",
        yaml="id: response-time\nkind: metric\ncondition: {op: '>', threshold: 0.5}\n",
    ),
    RuleFacts("targets", "health", Severity.PAGE, "11", title={"en": "Targets answer"}, shipped=True),
    RuleFacts("cpu-high", "metric", Severity.WARNING, "7", shipped=True),
    RuleFacts("errors-in-the-log", "log", Severity.INFO, "1", enabled=False),
)


def alert_of(rule: str, severity: Severity, place: tuple[str, str], at: datetime, **more: object) -> Alert:
    """A firing instance of a rule at a place."""
    labels = {"environment": place[0], "component": place[1], "rule": rule, **more.pop("labels", {})}  # type: ignore[dict-item]
    name = fingerprint(rule, {key: value for key, value in labels.items() if key != "rule"})
    words: dict[str, object] = {
        "state": AlertState.FIRING,
        "severity": severity,
        "slot": NOW.replace(second=0),
        "fired_at": at,
        "active_at": at,
        "episode": episode_id(name, at),
        "environment": place[0],
        "component": place[1],
        "rule_version": "3f9c2a",
        **more,
    }
    return Alert(name, rule, labels, **words)  # type: ignore[arg-type]


def episode_of(alert: Alert, **more: object) -> Episode:
    """The firing of an alert."""
    fired = alert.fired_at or NOW
    words: dict[str, object] = {"severity": alert.severity, "fired_at": fired, "noticed_at": fired + MINUTE, **more}
    return Episode(alert.episode or "", alert, **words)  # type: ignore[arg-type]


SLOW = alert_of(
    "response-time",
    Severity.PAGE,
    ("prod", "backend"),
    FAILING_SINCE,
    value=0.842,
    limit=0.5,
    unit="Seconds",
    summary={"en": "Response time is 842 ms", "ko": "응답 시간이 842 ms입니다"},
    impact={"en": "Customers wait for the checkout.", "ko": "고객이 결제를 기다립니다."},
    runbook="https://wiki.example.com/slow",
    series_id=RESPONSE_TIME.id,
    reason=Message("%(metric)s was %(value)s, %(limited)s", metric="TargetResponseTime", value="842 ms", limited="x"),
    why={
        "window": [
            [int(FAILING_SINCE.timestamp()) - 120, 0.21, False, ""],
            [int(FAILING_SINCE.timestamp()) - 60, None, None, "breaching"],
            {"time": int(FAILING_SINCE.timestamp()), "value": 0.842, "breaching": True, "filled": ""},
        ],
        "clears_when": to_json(Message("a point is no longer %(limited)s", limited="above 500 ms")),
        "facts": {"burn": {"1h": 14.4}, "share": "2 %"},
    },
    flaps=1,
)
TAKEN = alert_of(
    "cpu-high",
    Severity.WARNING,
    ("prod", "postgres"),
    NOW - 40 * MINUTE,
    value=91.5,
    limit=80.0,
    unit="Percent",
    summary={"en": "CPU of postgres is 91.5 %"},
)
QUIET = alert_of(
    "cpu-high", Severity.WARNING, ("staging", "redis"), NOW - 90 * MINUTE, summary={"en": "CPU of redis is 97 %"}
)
OVER = alert_of("cpu-high", Severity.WARNING, ("prod", "redis"), NOW - timedelta(hours=5), labels={"node": "1"})
PENDING = replace(
    alert_of("response-time", Severity.PAGE, ("staging", "backend"), NOW - MINUTE, value=0.61, limit=0.5, unit="s"),
    state=AlertState.PENDING,
    episode=None,
    fired_at=None,
    reason=Message("%(why)s It fires once this has held for %(hold)s.", why="It is slow.", hold="5m"),
)
E_SLOW = episode_of(SLOW, worst=0.91, flaps=1, last_change="d1")
E_TAKEN, E_QUIET = episode_of(TAKEN, worst=93.0), episode_of(QUIET)
E_OVER = episode_of(
    replace(OVER, state=AlertState.INACTIVE, resolved_at=NOW - timedelta(hours=4)),
    resolved_at=NOW - timedelta(hours=4),
    resolved_noticed_at=NOW - timedelta(hours=4),
)
SILENCE = Silence(
    "s-1", (Matcher("environment", "=", "staging"),), NOW - 60 * MINUTE, NOW + 60 * MINUTE, "minji", "load test"
)
COMING = Silence("s-2", (Matcher("team", "=~", "web|api"),), NOW + 60 * MINUTE, NOW + 120 * MINUTE, "minji")
PAST = replace(SILENCE, id="s-0", starts_at=NOW - 300 * MINUTE, ends_at=NOW - 200 * MINUTE, expired_by="junho")


def fill_incident(store: Store) -> None:
    """Write the night's alerts into a store that CloudMart is in already."""
    episodes = [E_SLOW, E_TAKEN, E_QUIET, E_OVER]
    store.alerts.commit_round(
        alerts=[SLOW, TAKEN, QUIET, PENDING],
        episodes=episodes,
        transitions=_transitions(),
        placements=[_placement(each) for each in episodes],
        rule_states=[
            RuleState("response-time", "3f9c2a", NOW - MINUTE, NOW, instances=2),
            RuleState("cpu-high", "7", NOW - MINUTE, NOW, Evaluation.NO_DATA, Message("No series"), instances=3),
            RuleState("targets", "11", NOW - MINUTE, NOW, Evaluation.ERROR, "health was not read", instances=1),
        ],
        events=[
            Event("alert-1", FAILING_SINCE, "alert.fired", "Slow answers", environment="prod", component="backend")
        ],
    )
    store.alerts.acknowledge([E_TAKEN.id], "minji", NOW - 30 * MINUTE)
    for silence in (SILENCE, COMING, PAST):
        store.silences.add(silence)
    _tell(store, E_SLOW, sent=True)
    _tell(store, E_QUIET, sent=False)
    [delivery] = store.outbox.claim("ops", NOW - 10 * MINUTE, "w", 60)
    store.outbox.sent(delivery, {"channel": "C0123", "ts": "1795.0001"}, {"channel": "C0123"}, NOW - 10 * MINUTE)
    lost = Draft("mail", NoticeKind.NOTE, {}, "n-lost", 1, episodes=(E_OVER.id,))
    late = Draft("hook", NoticeKind.NOTE, {}, "n-late", 1, episodes=(E_TAKEN.id,))
    store.outbox.add([lost, late], NOW - 5 * MINUTE)
    [dead] = store.outbox.claim("mail", NOW - 4 * MINUTE, "w", 60)
    refused = Message("SNS refused the topic (NotFound). Set email.topic_arn to a topic that exists.")
    store.outbox.dead(dead, refused, NOW - 3 * MINUTE)


def _placement(episode: Episode) -> Placement:
    labels = {"environment": episode.alert.environment or "", "component": episode.alert.component or ""}
    return Placement("ops", "route", labels, episode.id, episode.noticed_at)


def _transitions() -> Sequence[Transition]:
    before = FAILING_SINCE - 3 * MINUTE
    held = Message("%(why)s This has held for %(held)s.", why="It is slow.", held="3m")
    return [
        Transition(SLOW.fingerprint, SLOW.rule_id, before, AlertState.INACTIVE, AlertState.PENDING, "It is slow."),
        Transition(
            SLOW.fingerprint,
            SLOW.rule_id,
            FAILING_SINCE,
            AlertState.PENDING,
            AlertState.FIRING,
            held,
            FAILING_SINCE + MINUTE,
            E_SLOW.id,
            value=0.77,
        ),
    ]


def _tell(store: Store, episode: Episode, *, sent: bool) -> None:
    group = _placement(episode).group

    def decide(*_: object) -> Flush:
        draft = Draft("ops", NoticeKind.FIRING, {}, f"n-{episode.id}", 1, group, (episode.id,), reason="new")
        why = Message("It is silenced by %(who)s.", who="minji")
        decision = Decision(
            NOW - 11 * MINUTE,
            group,
            "ops",
            sent,
            "first" if sent else "muted",
            Message("Something new fires.") if sent else Message("Everything that fires is muted."),
            {} if sent else {episode.id: to_json(why)},
            draft.notice if sent else None,
            1 if sent else None,
        )
        kept = store.notices.group(group)
        assert kept is not None
        told = {episode.id: Told.FIRING if sent else Told.NOTHING}
        opened = replace(kept, notice=draft.notice, notice_at=NOW, sequence=1) if sent else None
        return Flush(decision, (draft,) if sent else (), told, opened, next_flush=NOW + 5 * MINUTE)

    assert store.notices.flush(group, NOW - 11 * MINUTE, decide)


def backtest(rule: str, start: datetime, end: datetime) -> BacktestFacts:
    """What any rule would have done: it fires twice."""
    del rule
    labels = {"environment": "prod", "component": "backend"}
    fired = BacktestEpisode(labels, start + MINUTE, start + 11 * MINUTE, 0.9, 0.5, "Seconds")
    last = replace(fired, fired_at=end - MINUTE, resolved_at=None)
    return BacktestFacts(start, end, 2, 2.0, 11.0, 4, (("cpu-high", 1),), (fired, last), (Message("No data"),))
