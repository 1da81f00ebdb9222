"""`lamplighter completion`: completion for bash, zsh and fish."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from service.cli.answering import OK


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the completion script of SHELL: eval "$(lamplighter completion bash)" in ~/.bashrc."""
    maker = get_completion_class(shell)
    if maker is None:
        raise click.ClickException(f"there is no completion for {shell}")
    click.echo(maker(ctx.find_root().command, {}, "lamplighter", "_LAMPLIGHTER_COMPLETE").source())
    return OK
