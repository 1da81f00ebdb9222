"""AWS/EC2, CWAgent and AWS/EBS: the backend's instances and their disks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from service.demo.source import Buckets
from service.demo.world.incidents.effects import Effect
from service.demo.world.incidents.incident import failing_at
from service.demo.world.incidents.kinds import Victims
from service.demo.world.load import Load
from service.demo.world.models.buckets import basic, five_minutely, gauge, minutely
from service.demo.world.models.naming import Described, dimensions
from service.demo.world.noise import Flags, Floats, Times, counted, key_of, normal, uniform, wander
from service.demo.world.scene import Sample, Scene
from service.demo.world.state import Instance, Volume

NAMESPACE = "AWS/EC2"
AGENT = "CWAgent"
EBS = "AWS/EBS"
_CREDITS = 864.0
"""The most CPU credits that a t3.large can save: 36 an hour for a day."""
_BASELINE = 30.0
"""Percent of its CPU that a t3.large may use without credits."""
_QUARTER = 90 * 86_400
"""Disks fill slowly and are cleaned each quarter."""

Reading = Callable[[Load, int], Floats]
"""A value of an instance from its environment's load; the number is the key of its own noise."""


def runs(scene: Scene, instance_id: str, times: Times) -> Flags:
    """Whether an instance was running at each time: only then does it report anything."""
    return scene.history.flags(times, lambda state: state.running(instance_id))


def _cpu(load: Load, key: int) -> Floats:
    own = 1.0 + 0.06 * (float(uniform(key, np.zeros(1, dtype=np.int64))[0]) - 0.5)
    busy = np.clip(load.cpu * own * (1.0 + 0.02 * normal(key + 1, load.times)), 0.2, 100.0)
    return np.where(load.effects[Effect.CREDITS] >= 1.0, np.minimum(busy, _BASELINE), busy)


def _traffic(per_request: float, idle: float) -> Reading:
    def read(load: Load, key: int) -> Floats:
        each = load.served / np.maximum(load.healthy, 1.0)
        return np.rint((each * per_request + idle) * (1.0 + 0.04 * normal(key + 2, load.times)))

    return read


def _credits(load: Load, key: int) -> Floats:
    full = _CREDITS * (0.9 - 0.5 * load.cpu / 100.0 * 0.5 + 0.04 * wander(key + 3, load.times, 14_400))
    return full * (1.0 - np.clip(load.effects[Effect.CREDITS], 0.0, 1.0))


def _surplus(load: Load, _key: int) -> Floats:
    """In the standard credit mode nothing is ever charged: the CPU is held to its baseline instead."""
    return np.zeros(len(load.times))


def _balance(load: Load, key: int) -> Floats:
    return np.clip(99.4 - 4.0 * load.cpu / 100.0 + 0.3 * normal(key + 4, load.times), 0.0, 100.0)


def _used_disk(load: Load, key: int) -> Floats:
    used = 34.0 + 16.0 * (load.times % _QUARTER) / _QUARTER + 0.15 * wander(key + 5, load.times, 7_200)
    return used + np.clip(load.effects[Effect.DISK], 0.0, 1.0) * (99.0 - used)


def _used_memory(load: Load, key: int) -> Floats:
    return np.clip(41.0 + 0.22 * load.cpu + 3.0 * wander(key + 6, load.times, 10_800), 5.0, 99.0)


def _used_swap(load: Load, key: int) -> Floats:
    return np.clip(1.5 + 1.2 * wander(key + 7, load.times, 21_600), 0.0, 100.0)


_MONITORED: dict[str, tuple[str, Reading]] = {
    "CPUUtilization": ("Percent", _cpu),
    "NetworkIn": ("Bytes", _traffic(2_300.0, 18_000.0)),
    "NetworkOut": ("Bytes", _traffic(15_200.0, 14_000.0)),
    "NetworkPacketsIn": ("Count", _traffic(9.0, 140.0)),
    "NetworkPacketsOut": ("Count", _traffic(14.0, 130.0)),
    "EBSReadBytes": ("Bytes", _traffic(420.0, 9_000.0)),
    "EBSWriteBytes": ("Bytes", _traffic(1_300.0, 60_000.0)),
    "EBSIOBalance%": ("Percent", _balance),
    "EBSByteBalance%": ("Percent", _balance),
}
_CREDIT: dict[str, Reading] = {"CPUCreditBalance": _credits, "CPUSurplusCreditsCharged": _surplus}
_AGENT: dict[str, Reading] = {
    "mem_used_percent": _used_memory,
    "disk_used_percent": _used_disk,
    "swap_used_percent": _used_swap,
}
_CHECKS = (
    "StatusCheckFailed",
    "StatusCheckFailed_System",
    "StatusCheckFailed_Instance",
    "StatusCheckFailed_AttachedEBS",
)


def instance_metrics(instance: Instance) -> Iterator[Described]:
    """All metrics of an instance. Basic monitoring has five-minute buckets; status checks are always each minute."""
    where = dimensions(InstanceId=instance.id)
    for name, (unit, read) in _MONITORED.items():
        sample = _sample(instance, read)
        metric = minutely(unit, sample) if instance.detailed else five_minutely(unit, basic(sample))
        yield NAMESPACE, name, where, metric
    for name, read in _CREDIT.items():
        yield NAMESPACE, name, where, five_minutely("Count", _sample(instance, read))
    for name in _CHECKS:
        yield NAMESPACE, name, where, minutely("Count", _check(instance, name))
    if instance.environment:
        for name, read in _AGENT.items():
            yield AGENT, name, where, minutely("Percent", _sample(instance, read))
        disk = dimensions(InstanceId=instance.id, device="nvme0n1p1", fstype="xfs", path="/")
        yield AGENT, "disk_used_percent", disk, minutely("Percent", _sample(instance, _used_disk))


def _sample(instance: Instance, read: Reading) -> Sample:
    key = key_of("instance", instance.id)

    def sample(scene: Scene, times: Times) -> Buckets:
        return gauge(times, read(scene.load(instance.environment, times), key), runs(scene, instance.id, times))

    return sample


def _check(instance: Instance, name: str) -> Sample:
    """Status checks: a lost zone fails the system's check; whatever else fails an instance is the application's."""

    def sample(scene: Scene, times: Times) -> Buckets:
        lost = [incident for incident in scene.incidents if incident.kind.victims is Victims.ZONE]
        failed = failing_at(lost, instance.id, times) & (name in {"StatusCheckFailed", "StatusCheckFailed_System"})
        return gauge(times, failed.astype(np.float64), runs(scene, instance.id, times))

    return sample


def volume_metrics(volume: Volume) -> Iterator[Described]:
    """All metrics of a volume; one that is attached to nothing that runs reports none."""
    where = dimensions(VolumeId=volume.id)
    key = key_of("volume", volume.id)

    def reading(of: Callable[[Floats, Load], Floats]) -> Sample:
        def sample(scene: Scene, times: Times) -> Buckets:
            load = scene.load(volume.environment, times)
            each = load.served / np.maximum(load.healthy, 1.0)
            writes = counted(key, times, 22.0 + 0.35 * each)
            used = scene.history.flags(times, lambda s: _in_use(s.volumes.get(volume.id), s.running))
            return gauge(times, of(writes, load), used)

        return sample

    kinds: dict[str, tuple[str, Callable[[Floats, Load], Floats]]] = {
        "VolumeReadOps": ("Count", lambda w, _load: np.rint(w * 0.3)),
        "VolumeWriteOps": ("Count", lambda w, _load: w),
        "VolumeReadBytes": ("Bytes", lambda w, _load: np.rint(w * 0.3) * 16_384.0),
        "VolumeWriteBytes": ("Bytes", lambda w, _load: w * 12_288.0),
        "VolumeQueueLength": ("Count", lambda w, _load: w * 1.3 / 60_000.0),
        "VolumeIdleTime": ("Seconds", lambda w, _load: np.clip(60.0 - w * 0.011, 0.0, 60.0)),
    }
    if volume.type == "gp2":
        kinds["BurstBalance"] = ("Percent", lambda w, _load: np.clip(100.0 - w * 0.004, 0.0, 100.0))
    for name, (unit, of) in kinds.items():
        yield EBS, name, where, minutely(unit, reading(of))


def _in_use(volume: Volume | None, running: Callable[[str], bool]) -> bool:
    return volume is not None and bool(volume.instance) and running(volume.instance)
