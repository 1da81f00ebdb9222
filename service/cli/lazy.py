"""A group of commands, each a module that is imported only when it is called: `--help` costs no boto3."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click


class LazyGroup(click.Group):
    """Commands by name with what they do in a line; the command `top` of package `p` is `p.top.command`.

    A name that is no module's (`import`) has an underscore behind it there (`p.import_`).
    """

    package: str = ""
    described: Mapping[str, str] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """The names, in the order in which they are listed."""
        return list(self.described)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The command of a name; None for one that there is not."""
        if cmd_name not in self.described:
            return None
        module = importlib.import_module(f"{self.package}.{'import_' if cmd_name == 'import' else cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """The list of commands, from the lines alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.described.items()))


def lazy_group(package: str, described: Mapping[str, str]) -> type[LazyGroup]:
    """The class of a group whose commands are modules of a package."""
    return type("Group", (LazyGroup,), {"package": package, "described": described})
