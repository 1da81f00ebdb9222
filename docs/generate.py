"""Writes what is read off the program into docs/reference.md and docs/reference/rules.md.

Those are commands, settings and the order of the cap; each kind of rule and the rules that come with Lamplighter.
Run `python docs/generate.py` after changing one of them; a test fails while the pages are not what this writes.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from alerts.rules import KINDS
from alerts.rules.base import BaseRule
from alerts.rules.burn_rate import workbook
from alerts.rules.files import parse_rule
from alerts.rules.loading import shipped_rules
from collectors.cap import Level
from service.cli import lamplighter
from service.config import Settings
from store.durations import format_duration

REFERENCE = Path(__file__).with_name("reference.md")
_HEAD = "| Setting | Default | Meaning |\n|---|---|---|"
RULES = Path(__file__).parent / "reference" / "rules.md"


def rewritten(text: str) -> str:
    """A page with each part between its markers `<!-- NAME -->` and `<!-- /NAME -->` written anew."""
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "commands": commands,
        "settings": settings,
        "cap": cap,
        "every-rule": every_rule,
        "shipped": shipped,
        **{f"kind-{kind.name}": partial(own_keys, kind.model) for kind in KINDS},
    }
    for name, write in parts.items():
        if f"<!-- {name} -->\n" not in text:
            continue
        lines = write()
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
        context = click.Context(command)
        for name in command.commands or command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
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
    yield _HEAD
    yield from _fields(Settings, "")


def _fields(model: type[BaseModel], path: str, above: tuple[type[BaseModel], ...] = ()) -> Iterator[str]:
    for name, field in model.model_fields.items():
        place = f"{path}{field.alias or name}"
        below, mark = _model_in(field.annotation)
        if below is None or below in (*above, model):
            yield f"| `{place}` | {_shown(field.get_default(call_default_factory=True))} | {field.description or ''} |"
        else:
            if field.description:
                yield f"| `{place}` | | {field.description} |"
            yield from _fields(below, f"{place}{mark}.", (*above, model))


def _model_in(annotation: Any) -> tuple[type[BaseModel] | None, str]:  # noqa: ANN401  any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    inner = getattr(annotation, "__args__", ())
    if type(None) in inner:
        (inner_most, *others) = [one for one in inner if one is not type(None)]
        return (None, "") if others else _model_in(inner_most)
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


def every_rule() -> Iterator[str]:
    """The keys that rules of all kinds have."""
    yield _HEAD
    yield from (row for row in _fields(BaseRule, "") if not row.startswith("| `kind`"))


def own_keys(model: type[BaseRule]) -> Iterator[str]:
    """The keys that only this kind has."""
    yield _HEAD
    shared = {row.split("`")[1] for row in _fields(BaseRule, "")}
    yield from (row for row in _fields(model, "") if row.split("`")[1] not in shared)


def shipped() -> Iterator[str]:
    """The rules that come with Lamplighter, as they are in force."""
    yield "| Rule | What | Kind | Severity | M of N | `for` | Limit |\n|---|---|---|---|---|---|---|"
    for values in shipped_rules():
        rule = parse_rule(values, "")[0]
        if rule is None:
            raise ValueError(f"a shipped rule is broken: {values}")
        points = values.get("datapoints")
        said = (
            f"`{rule.id}`",
            rule.title.get("en", ""),
            rule.kind,
            _severities(values),
            f"{points['m']} of {points['n']}" if points else "",
            format_duration(rule.for_) if rule.for_ else "",
            _limits(values),
        )
        yield f"| {' | '.join(said)} |"


def _severities(values: Mapping[str, Any]) -> str:
    """`severity`, or those of the limits: worst last."""
    by_limit = [values.get("condition", {}).get("threshold"), values.get("status")]
    named = next((list(one) for one in by_limit if isinstance(one, Mapping)), [])
    if values["kind"] == "health" and named:
        named = list(dict.fromkeys(values["status"].values()))
    if values["kind"] == "budget":
        named = list(dict.fromkeys(one for part in ("actual", "forecast") for one in values.get(part, {}).values()))
    if values["kind"] == "burn_rate":
        named = list(dict.fromkeys(window.severity.value for window in reversed(workbook())))
    return ", ".join(named) or str(values.get("severity", "warning"))


def _limits(values: Mapping[str, Any]) -> str:
    condition = values.get("condition")
    if condition:
        threshold = condition["threshold"]
        limits = threshold.values() if isinstance(threshold, Mapping) else [threshold]
        return f"{condition['op']} {' and '.join(f'{one:,.12g}' for one in limits)}"
    parts = [
        f"{name} {_plainly(values[name])}"
        for name in (
            "status",
            "objective",
            "job",
            "within",
            "stale_after",
            "actual",
            "forecast",
            "minimum",
            "opened_by",
        )
        if name in values
    ]
    return "; ".join(parts)


def _plainly(value: Any) -> str:  # noqa: ANN401  any value of YAML
    return ", ".join(f"`{one}`" for one in value) if isinstance(value, list | Mapping) else f"`{value}`"


def cap() -> Iterator[str]:
    """What is given up first when the monthly cap is near."""
    for level in Level:
        yield f"{int(level)}. {level.words}"


def main() -> None:
    """Write the pages anew."""
    for page in (REFERENCE, RULES):
        page.write_text(rewritten(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
