"""Reads CSV files of real series and shifts their time to end now.

A file is `timestamp,value` with UTC times; its name says what it is (`ec2_cpu_utilization_5f5533.csv`).

How times come through. All times of a file are shifted by one length, the largest that leaves none of them after now
and puts them on the grid of the file's period (the commonest spacing, 300 s for all real files): 14:27, 14:32, … end
at some xx:x0 or xx:x5. So every spacing and gap stays, and CloudWatch's clock-aligned buckets of that period hold one
datum each: read with Period=300, every value equals its source at just its shifted time. The few data of a file that
lie off its own grid stand in the bucket that they fall in; data that share a time are samples of that time, as
PutMetricData would have it: their Sum is added up, their Average averaged (12 zeros at the skipped hour of summer
time in one file). Read with Period=60 the same data stand in their minutes, for the 15 days that CloudWatch remembers
minutes. Lamplighter reads replayed series at 300 s: see `catalogue.yaml` beside this file.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

_NAME = re.compile(r"(?P<metric>.+)_(?P<tail>[0-9a-zA-Z]+)")
_PERIOD = 300
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a file's name says: namespace, metric, unit, and the dimension that its resource is known by."""

    namespace: str
    metric: str
    unit: str
    dimension: str


MEANINGS = {
    "ec2_cpu_utilization": Meaning("AWS/EC2", "CPUUtilization", "Percent", "InstanceId"),
    "ec2_disk_write_bytes": Meaning("AWS/EC2", "DiskWriteBytes", "Bytes", "InstanceId"),
    "ec2_disk_read_bytes": Meaning("AWS/EC2", "DiskReadBytes", "Bytes", "InstanceId"),
    "ec2_network_in": Meaning("AWS/EC2", "NetworkIn", "Bytes", "InstanceId"),
    "ec2_network_out": Meaning("AWS/EC2", "NetworkOut", "Bytes", "InstanceId"),
    "elb_request_count": Meaning("AWS/ApplicationELB", "RequestCount", "Count", "LoadBalancer"),
    "rds_cpu_utilization": Meaning("AWS/RDS", "CPUUtilization", "Percent", "DBInstanceIdentifier"),
}
"""ELB series become those of an application load balancer, the kind that CloudMart has and Lamplighter lists."""


@dataclass(frozen=True, slots=True)
class ReplayFile:
    """One series: `times` in epoch seconds as in the file, rising, and `values`; `tail` names its resource."""

    path: Path
    meaning: Meaning
    tail: str
    times: tuple[int, ...]
    values: tuple[float, ...]

    @property
    def period(self) -> int:
        """The commonest spacing in seconds; 300 for a single datum."""
        spacings = Counter(later - earlier for earlier, later in pairwise(self.times) if later > earlier)
        return spacings.most_common(1)[0][0] if spacings else _PERIOD

    def shift(self, now: float) -> int:
        """Seconds to add to every time: the most that leave no datum after `now` and put the times on their grid."""
        period = self.period
        commonest = Counter(time % period for time in self.times).most_common(1)[0][0]
        onto_the_grid = -commonest % period
        return int((now - self.times[-1] - onto_the_grid) // period) * period + onto_the_grid


def read_folder(folder: Path) -> tuple[ReplayFile, ...]:
    """Every series of a folder, by name. Raises ValueError that names the file, the line and what was expected."""
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise ValueError(f"{folder} has no CSV file to replay: put files such as ec2_cpu_utilization_a1.csv there")
    return tuple(read_file(path) for path in files)


def read_file(path: Path) -> ReplayFile:
    """One series. Raises ValueError as `read_folder` does."""
    named = _NAME.fullmatch(path.stem)
    meaning = MEANINGS.get(named["metric"]) if named else None
    if named is None or meaning is None:
        known = ", ".join(f"{name}_ID.csv" for name in MEANINGS)
        raise ValueError(f"{path.name} does not say what it is: name it one of {known}")
    with path.open(newline="", encoding="utf-8") as text:
        rows = list(csv.reader(text))
    if not rows or [cell.strip() for cell in rows[0][:2]] != ["timestamp", "value"]:
        raise ValueError(f"{path.name} must begin with the line: timestamp,value")
    found = [_datum(path, number, row) for number, row in enumerate(rows[1:], start=2) if row]
    if not found:
        raise ValueError(f"{path.name} has no data")
    found.sort(key=lambda datum: datum[0])
    return ReplayFile(path, meaning, named["tail"], tuple(t for t, _ in found), tuple(v for _, v in found))


def _datum(path: Path, line: int, row: Sequence[str]) -> tuple[int, float]:
    try:
        at = datetime.fromisoformat(row[0].strip())
        value = float(row[1])
        if not math.isfinite(value):
            raise ValueError(row[1])  # noqa: TRY301 - one message for all that can be wrong with a line
    except (ValueError, IndexError):
        raise ValueError(
            f"{path.name}, line {line}: expected a time such as 2014-02-14 14:27:00 and a number, not {','.join(row)!r}"
        ) from None
    moment = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return int(moment.timestamp()), value
