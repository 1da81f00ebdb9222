"""The dispatcher: has every group that is due decided about, many in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from alerts.routing.decision import decide
from alerts.routing.dependents import critical_places
from alerts.routing.overlays import Overlays
from alerts.routing.router import Router
from alerts.routing.surroundings import Surroundings
from store.alerting import Decision, Episode, Flush, Group, Member
from store.errors import StoreError, StoreUnavailable
from store.messages import Message
from store.vocabulary import Event

if TYPE_CHECKING:
    from store import Store

_log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Groups that are decided about in one transaction."""
MOST_FIRING = 20_000
"""Open episodes that are read as sources of inhibition."""
RETRY_AFTER = timedelta(minutes=1)
"""When a group that could not be decided about is tried again."""
CHANGES_BACK = timedelta(days=2)
"""So far before a firing its last change is looked for by title."""

Asleep = Callable[[datetime], Collection[str]]


def nobody_sleeps(now: datetime) -> Collection[str]:
    """The environments that were put to sleep: none, where nothing puts any to sleep."""
    del now
    return ()


class Dispatcher:
    """Looks at groups that are due. Thin: reads what is around once, and lets `decide` decide.

    Args:
        store: What is kept.
        router: The routes of the configuration.
        asleep: The environments that were put to sleep, at a moment.
    """

    def __init__(self, store: Store, router: Router, *, asleep: Asleep = nobody_sleeps) -> None:
        self._store, self._router, self._asleep = store, router, asleep

    def flush_due(self, now: datetime) -> int:
        """Decide about every group that is due; returns how many were looked at.

        A group that cannot be decided about is logged and tried again in a minute; the others do not wait for it.

        Raises:
            StoreUnavailable: the database does not answer; what was decided before stays.
        """
        tried: set[str] = set()
        around: Surroundings | None = None
        while ids := self._due(now, tried):
            around = around or self.around(now)
            tried.update(ids)
            self._flush(ids, now, around)
        return len(tried)

    def around(self, now: datetime) -> Surroundings:
        """What is known beyond the groups: what fires, silences, health, sleep, changes."""
        firing = self._store.alerts.episodes(open_only=True, limit=MOST_FIRING)
        overlays = Overlays(
            self._router,
            now,
            silences=self._store.silences.active(now),
            firing=firing,
            critical=critical_places(self._store.health.states()),
            asleep=self._asleep(now),
        )
        return Surroundings(self._router, overlays, now, self._changes(firing, now))

    def place_anew(self, now: datetime) -> int:
        """Place what fires by the routes of today: after the configuration was read anew. Returns how many placements.

        Every open group is looked at: what its receiver was not told, and belongs elsewhere by now, leaves it.
        """
        firing = self._store.alerts.episodes(open_only=True, limit=MOST_FIRING)
        placements = [place for episode in firing for place in self._router.place(episode, now)]
        self._store.alerts.commit_round(placements=placements)
        self._store.notices.touch_all(now)
        return len(placements)

    def _due(self, now: datetime, tried: set[str]) -> list[str]:
        return [one for one in self._store.notices.due(now, AT_ONCE + len(tried)) if one not in tried]

    def _flush(self, ids: Sequence[str], now: datetime, around: Surroundings) -> None:
        def decided(group: Group, members: Sequence[Member]) -> Flush:
            try:
                return decide(group, members, now, self._router.timing(group), around)
            except Exception:  # noqa: BLE001  one group's fault must never stop the others
                _log.exception("alerts.group_failed", group=group.id)
                return _put_off(group, now)

        try:
            self._store.notices.flush_all(ids, now, decided)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  the same
            _log.exception("alerts.groups_not_written", groups=len(ids))
            if len(ids) == 1:
                self._skip(ids[0], now, error)
                return
            for group_id in ids:
                self._flush([group_id], now, around)

    def _skip(self, group_id: str, now: datetime, error: Exception) -> None:
        """What cannot be written must not be due all the time: it would keep the others from their turn."""
        try:
            self._store.notices.flush(group_id, now, lambda group, _: _put_off(group, now))
        except StoreError as again:
            again.add_note(f"while putting off {group_id} because of: {error}")
            _log.exception("alerts.group_not_put_off", group=group_id)

    def _changes(self, firing: Sequence[Episode], now: datetime) -> dict[str, Event]:
        wanted = {episode.last_change for episode in firing if episode.last_change}
        if not wanted:
            return {}
        start = min(episode.fired_at for episode in firing if episode.last_change) - CHANGES_BACK
        found = self._store.events.between(start, now + timedelta(seconds=1), limit=2_000)
        return {event.key: event for event in found if event.key in wanted}


def _put_off(group: Group, now: datetime) -> Flush:
    """Nothing is told and nothing is lost: the group is looked at again later."""
    reason = Message("It could not be decided about because of a fault in Lamplighter; it is tried again in a minute")
    decision = Decision(now, group.id, group.receiver, sent=False, code="failed", reason=reason)
    return Flush(decision, next_flush=now + RETRY_AFTER)
