"""The route tree: which receivers are told of an episode, and together with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.routing.config import Route, RoutingConfig
from alerts.routing.matching import Holds, holds_all, labels_of
from alerts.routing.timing import EVERYTHING, Quiet, Timing, below, escalated, quiet_hours
from store.alerting import Episode, Group, Labels, Placement
from store.messages import Message, Sentence
from store.stack import Stack

ESCALATED = "/escalate"
"""Stands between a route's path and the number of the step in the path of a group of escalation."""


@dataclass(frozen=True, slots=True)
class _Node:
    path: str
    holds: Holds
    timing: Timing
    goes_on: bool
    below: tuple[_Node, ...]


class Router:
    """The routes of a configuration, ready to be walked. Pure: the same episode is always placed alike.

    Args:
        config: The routing part of the configuration, free of faults.
        stack: The application; its zone is that of quiet hours without one.
        receivers: The names of the receivers in the order of the configuration. The first is told where no route
            names one; without any nobody is told, and `problem` says so.
        kinds: The kind of each rule by its id, for the label `kind`.
    """

    def __init__(
        self, config: RoutingConfig, stack: Stack, receivers: Sequence[str] = (), kinds: Mapping[str, str] | None = None
    ) -> None:
        self.config, self.stack, self.receivers = config, stack, tuple(receivers)
        self.kinds = dict(kinds or {})
        first = Timing(receiver=self.receivers[0] if self.receivers else "")
        quiet = quiet_hours(config.quiet_hours, stack)
        self._root = _node("route", "", config.route, first, quiet)
        self._timings = dict(_all(self._root))

    @property
    def problem(self) -> Sentence:
        """Why nobody is told of anything; empty when somebody is."""
        if self.receivers:
            return ""
        return Message("No receiver is configured: alerts show on the page, and nobody is told. Add one to receivers.")

    def labels(self, episode: Episode) -> dict[str, str]:
        """What routes, silences and inhibition see of an episode."""
        return labels_of(episode, self.kinds)

    def place(self, episode: Episode, now: datetime) -> list[Placement]:
        """The groups that an episode belongs to; each must look at it once its group wait is over.

        The wait counts from the firing, as Alertmanager's does: for one that began longer ago it is over at once.
        """
        labels = self.labels(episode)
        placements = []
        for node in _matching(self._root, labels):
            timing = node.timing
            if timing.receiver not in self.receivers:
                continue
            due = min(max(now, episode.fired_at + timing.group_wait), now + timing.group_wait)
            shared = _shared(labels, timing.group_by)
            placements.append(Placement(timing.receiver, node.path, shared, episode.id, due))
        return placements

    def timing(self, group: Group) -> Timing:
        """How a group tells. A group whose route or receiver is gone only tells the end of what it told."""
        path, _, step = group.route.partition(ESCALATED)
        timing = self._timings.get(path)
        if timing is not None and step:
            number = int(step) if step.isdecimal() else len(timing.escalate)
            timing = escalated(timing, number) if number < len(timing.escalate) else None
        if timing is None or timing.receiver != group.receiver or group.receiver not in self.receivers:
            return replace(timing or self._root.timing, receiver=group.receiver, stale=True, escalate=())
        return timing

    def belongs(self, group: Group, episode: Episode, now: datetime) -> bool:
        """Whether an episode would be placed into this group today. Groups of escalation keep whom they were handed."""
        if ESCALATED in group.route:
            return not self.timing(group).stale
        return group.id in {each.group for each in self.place(episode, now)}


def _node(path: str, parent: str, route: Route, above: Timing, quiet: Mapping[str, Quiet]) -> _Node:
    timing = below(above, route, quiet)
    prefix = f"{parent}." if parent else ""
    named = [each.name or f"{prefix}routes[{place}]" for place, each in enumerate(route.routes)]
    children = tuple(_node(name, name, each, timing, quiet) for name, each in zip(named, route.routes, strict=True))
    return _Node(path, holds_all(route.match), timing, route.continue_, children)


def _all(node: _Node) -> list[tuple[str, Timing]]:
    return [(node.path, node.timing), *(each for child in node.below for each in _all(child))]


def _matching(node: _Node, labels: Labels) -> list[_Node]:
    """The deepest nodes that match, as Alertmanager walks: the first child that matches, and the next on `continue`."""
    found: list[_Node] = []
    for child in node.below:
        if child.holds(labels):
            found += _matching(child, labels)
            if not child.goes_on:
                break
    return found or [node]


_OF_A_STOP = ("environment", "power", "edge")


def _shared(labels: Labels, group_by: Sequence[str]) -> dict[str, str]:
    if list(group_by) == [EVERYTHING]:
        return {name: value for name, value in labels.items() if name != "severity"}  # it may rise
    # A stop to come has buttons of its own: it is told apart from all else, and each stop from the next.
    always = _OF_A_STOP if labels.get("kind") == "power" else ()
    return {name: labels[name] for name in dict.fromkeys([*group_by, *always]) if name in labels}
