"""Runs the benchmarks one after the other: `python -m benchmarks [NAME…] [--quick | --full] [--json]`.

Each runs as a program of its own (`python -m benchmarks.NAME`), so that none inherits another's memory or threads.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec

from benchmarks.machine import describe_machine

BENCHMARKS = {
    "collection": "the bill of 24 hours and the age of what is stored, beside YACE's plan and a naive loop",
    "faults": "completeness and correctness after an outage, throttles and late points",
    "cycle": "CPU and memory of a collection cycle beside a bare boto3 loop",
    "costs": "pages and dollars of Cost Explorer over a simulated month",
    "forecast": "month-end forecasts on real daily series beside seasonal naive and a run-rate",
    "store": "bytes a point and speed on both engines, beside a row per point",
    "serve": "memory, page size and server time of the running service at 2,000 series",
    "page": "bytes and server time of the status page at 2,000 series, cold and warm",
    "engine": "CPU of a round of alert rules: 1,000 rules over 10,000 series",
    "losses": "what a kill -9 and a 429 lose, beside Alertmanager",
    "lake": "import of 20 million FOCUS rows, and service by day beside plain DuckDB SQL and pandas",
    "sleep": "a full stop of many environments beside Cloud Custodian's offhours: calls and seconds",
    "delivery": "from a committed firing to its arrival, beside Alertmanager",
}
_MODULES = {
    "faults": "collection_faults",
    "cycle": "collection_cycle",
    "delivery": "alerts_delivery",
    "engine": "alerts_engine",
    "losses": "alerts_losses",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 when a benchmark could not be run or falls short of what is promised."""
    wish = _options(arguments)
    sizes = [f"--{size}" for size in ("quick", "full") if getattr(wish, size)]
    if not wish.json:
        print(f"# Benchmarks of Lamplighter\n\n{describe_machine().sentence()}\n", flush=True)
    found: dict[str, object] = {}
    failed = []
    names = wish.names or list(BENCHMARKS)
    for number, name in enumerate(names, start=1):
        print(f"[{number}/{len(names)}] {name}: {BENCHMARKS[name]}", file=sys.stderr, flush=True)
        begun = time.monotonic()
        status, answer = _run(name, sizes + (["--json"] if wish.json else []))
        if status:
            failed.append(name)
        if answer and wish.json:
            found[name] = _read(answer)
        elif answer:
            print(f"{answer}\n", flush=True)
        print(f"[{number}/{len(names)}] {name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    if wish.json:
        print(json.dumps({"machine": describe_machine().as_json(), "benchmarks": found, "failed": failed}))
    if failed:
        print(f"failed, or short of a promise: {', '.join(failed)}; see above", file=sys.stderr)
    return 1 if failed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    described = "\n".join(f"  {name:<11} {what}" for name, what in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measure Lamplighter beside its peers.\n\n{described}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which to run; all when none is given")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="a few seconds each, to see that they work")
    sizes.add_argument("--full", action="store_true", help="24 simulated hours at every size; takes hours")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of Markdown")
    wish = parser.parse_args(arguments)
    unknown = set(wish.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}: choose from {', '.join(BENCHMARKS)}")
    return wish


def _run(name: str, options: list[str]) -> tuple[int, str]:
    """Exit status and output of one benchmark, given the options that it knows. Its progress is on standard error."""
    module = f"benchmarks.{_MODULES.get(name, name)}"
    if find_spec(module) is None:
        print(f"{module} is not there", file=sys.stderr)
        return 1, ""
    known = subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=False).stdout
    taken = [option for option in options if option in known]
    done = subprocess.run([sys.executable, "-m", module, *taken], stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout.rstrip()


def _read(answer: str) -> object:
    """The JSON of a benchmark that speaks it, the text of one that does not."""
    try:
        return json.loads(answer)
    except ValueError:
        return {"text": answer}


if __name__ == "__main__":
    sys.exit(main())
