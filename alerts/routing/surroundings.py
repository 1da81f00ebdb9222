"""What is known beyond one group at a moment, put together once for all groups that are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.routing.mute import Mute
from alerts.routing.overlays import Overlays
from alerts.routing.router import Router
from alerts.routing.timing import Timing
from store.alerting import Episode, Group, Placement
from store.vocabulary import Event


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Routes, overlays and changes as of `now`; what `decide` asks."""

    router: Router
    overlays: Overlays
    now: datetime
    events: Mapping[str, Event] = field(default_factory=dict)

    def mute(self, episode: Episode, timing: Timing) -> Mute | None:
        """What keeps an episode from being told."""
        return self.overlays.mute(episode, timing)

    def belongs(self, group: Group, episode: Episode) -> bool:
        """Whether an episode would be placed into this group today."""
        return self.router.belongs(group, episode, self.now)

    def place(self, episode: Episode) -> Sequence[Placement]:
        """The groups that an episode belongs to today."""
        return self.router.place(episode, self.now)
