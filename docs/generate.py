"""Writes the parts of docs/reference.md that are read off the program: commands, settings, the order of the cap.

Run `python docs/generate.py` after changing one of them; a test fails while the reference is not what this writes.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from collectors.cap import Level
from service.cli import lamplighter
from service.config import Settings
from store.durations import format_duration

REFERENCE = Path(__file__).with_name("reference.md")


def rewritten(text: str) -> str:
    """The reference with each part between its markers `<!-- NAME -->` and `<!-- /NAME -->` written anew."""
    for name, lines in (("commands", commands()), ("settings", settings()), ("cap", cap())):
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition(f"<!-- /{name} -->")
        text = f"{before}<!-- {name} -->\n" + "\n".join(lines) + f"\n<!-- /{name} -->{after}"
    return text


def commands() -> Iterator[str]:
    """Each command with its arguments and options."""
    context = click.Context(lamplighter, info_name="lamplighter")
    for name in lamplighter.list_commands(context):
        command = lamplighter.get_command(context, name)
        if command is not None:
            yield from _command(f"lamplighter {name}", command)


def _command(title: str, command: click.Command) -> Iterator[str]:
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    words = " ".join(one.make_metavar(click.Context(command)) for one in arguments)
    yield f"### `{f'{title} {words}'.strip()}`\n"
    yield inspect.cleandoc(command.help or "") + "\n"
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        yield "| Option | |\n|---|---|"
        for one in options:
            yield f"| `{', '.join(one.opts)}{_value(one)}` | {one.help or ''}{_default(one)} |"
        yield ""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _command(f"{title} {name}", below)


def _value(option: click.Option) -> str:
    if option.is_flag:
        return ""
    if isinstance(option.type, click.Choice):
        return " " + "\\|".join(str(choice) for choice in option.type.choices)
    return f" {option.metavar or option.type.name.upper().removesuffix(' RANGE')}"


def _default(option: click.Option) -> str:
    return f" Default: `{option.default}`." if option.show_default and not option.is_flag else ""


def settings() -> Iterator[str]:
    """Each setting with its default and meaning."""
    yield "| Setting | Default | Meaning |\n|---|---|---|"
    yield from _fields(Settings, "")


def _fields(model: type[BaseModel], path: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        place = f"{path}{name}"
        below, mark = _model_in(field.annotation)
        if below is None:
            yield f"| `{place}` | {_shown(field.get_default(call_default_factory=True))} | {field.description or ''} |"
        else:
            if field.description:
                yield f"| `{place}` | | {field.description} |"
            yield from _fields(below, f"{place}{mark}.")


def _model_in(annotation: Any) -> tuple[type[BaseModel] | None, str]:  # noqa: ANN401  any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    inner = getattr(annotation, "__args__", ())
    kind = getattr(annotation, "__origin__", None)
    models = [one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)]
    if kind is list and models:
        return models[0], "[]"
    if kind is dict and models:
        return models[0], ".NAME"
    return None, ""


def _shown(value: Any) -> str:  # noqa: ANN401  any default
    if isinstance(value, timedelta):
        return f"`{format_duration(value)}`"
    if value is None or repr(value) == "PydanticUndefined":
        return ""
    plain = {} if isinstance(value, Mapping) and not value else value
    return f"`{json.dumps(plain, default=str)}`"


def cap() -> Iterator[str]:
    """What is given up first when the monthly cap is near."""
    for level in Level:
        yield f"{int(level)}. {level.words}"


def main() -> None:
    """Write the reference anew."""
    REFERENCE.write_text(rewritten(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
