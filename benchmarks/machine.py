"""Names the machine that a figure was measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """What a reader must know to place a figure. `memory` is in GiB, `load` the load average of the last minute."""

    date: str
    cores: int
    cpu: str
    memory: float
    system: str
    python: str
    load: float

    def sentence(self) -> str:
        """The machine in one line."""
        return (
            f"{self.date}, {self.cores} cores of {self.cpu}, {self.memory:.0f} GiB, {self.system}, "
            f"Python {self.python}, load at the start {self.load:.1f}"
        )

    def as_json(self) -> dict[str, object]:
        """The same as JSON values."""
        return asdict(self)


def describe_machine(now: datetime | None = None) -> Machine:
    """The machine that this runs on."""
    return Machine(
        date=(now or datetime.now(UTC)).date().isoformat(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        cpu=cpu_model(_text("/proc/cpuinfo")) or platform.processor() or platform.machine(),
        memory=total_memory(_text("/proc/meminfo")),
        system=f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
    )


def cpu_model(cpuinfo: str) -> str:
    """The processor's name out of /proc/cpuinfo; empty where it has none (as on many ARM machines)."""
    return next((line.partition(":")[2].strip() for line in cpuinfo.splitlines() if line.startswith("model name")), "")


def total_memory(meminfo: str) -> float:
    """GiB of memory out of /proc/meminfo; 0 where it does not say."""
    line = next((line for line in meminfo.splitlines() if line.startswith("MemTotal")), "MemTotal: 0 kB")
    return int(line.split()[1]) / 2**20


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
