"""`lamplighter password`: the hash that stands for a password under web.login.users."""

from __future__ import annotations

import click

from service.cli.answering import OK

_SHORTEST = 10


@click.command("password")
@click.option("--name", default="me", show_default=True, help="The name to log in with.")
def command(name: str) -> int:
    """Ask for a password twice and print its entry for lamplighter.yaml. The password itself is kept nowhere."""
    from dashboards.security import hash_password  # noqa: PLC0415  werkzeug only where it is needed

    password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(password) < _SHORTEST:
        raise click.ClickException(f"the password is shorter than {_SHORTEST} characters: choose a longer one")
    click.echo("Put this into lamplighter.yaml, or the hash into the environment and ${NAME} in its place:", err=True)
    click.echo(f'web:\n  login:\n    users:\n      - name: {name}\n        password_hash: "{hash_password(password)}"')
    return OK
