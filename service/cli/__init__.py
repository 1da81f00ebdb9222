"""The command line. Each command is a module of this package, imported only when it is called."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from service.cli.answering import OK, UNKNOWN
from service.cli.lazy import lazy_group

_COMMANDS = {
    "serve": "the page and the jobs, until stopped",
    "demo": "all of it against an embedded AWS, with no AWS account",
    "status": "what is healthy and what is not; exit code as Nagios has it",
    "plan": "series, calls and dollars a month, before enabling anything",
    "collect": "run the collectors once, now",
    "doctor": "make the real read calls, name what blocks, print the least IAM policy",
    "alerts": "what fires, who knows of it, and saying so",
    "rules": "the alert rules: list, test, and try them over history",
    "cost": "what it costs, and what it will cost",
    "env": "when environments run and sleep, and why",
    "notify": "send a test notice to each receiver",
    "resources": "what was found in AWS",
    "series": "the series that are kept, and their points",
    "config": "validate, show, compare and describe lamplighter.yaml",
    "password": "make the password hash for web.login.users",
    "backup": "write everything that is kept into one file, while serving",
    "restore": "bring a backup back",
    "completion": "shell completion",
}


@click.group(cls=lazy_group(__name__, _COMMANDS), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lamplighter", message="lamplighter %(version)s")
def lamplighter() -> None:
    """Watch an application on AWS, its health and its money, and put its lamps out at night.

    Exit codes are those of Nagios: 0 fine, 1 warning, 2 critical, 3 unknown or not possible.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. A user's mistake is a sentence on standard error, never a stack trace."""
    try:
        outcome = lamplighter.main(args=arguments, prog_name="lamplighter", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.Abort:
        return 130  # what shells give for Ctrl-C
    except click.ClickException as mistake:
        mistake.show()
        return UNKNOWN
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except Exception as error:
        said = _in_words(error)
        if said is None:
            raise
        click.echo(f"lamplighter: {said}", err=True)
        return UNKNOWN
    return outcome if isinstance(outcome, int) else OK


def _in_words(error: Exception) -> str | None:
    """What an operator is told; None when the error is a fault of the program."""
    if type(error).__module__.partition(".")[0] in {"service", "store", "collectors", "finops", "dashboards", "alerts"}:
        return str(error)
    if isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return f"{what}. Check that the place exists, that this user may use it, and that it has room."
    return None


def main() -> NoReturn:
    """Entry point of the `lamplighter` command."""
    code = run()
    # The interpreter's last look for garbage goes through all of boto3, which took up to 3 s of the 10 that a stop has.
    # DuckDB counts what is left at the end and complains of what was frozen.
    if "duckdb" not in sys.modules:
        gc.freeze()
    sys.exit(code)
