"""What the documentation says of commands, settings and files is what the program does."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
import yaml

from service import config
from service.cli import lamplighter

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])

WEBHOOK = "https://hooks.slack.com/services/T0/B0/x"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", REPOSITORY / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_program_says() -> None:
    module = generator()
    for page in (module.REFERENCE, module.RULES):
        text = page.read_text(encoding="utf-8")
        assert module.rewritten(text) == text, "run: python docs/generate.py"


def blocks(language: str) -> Iterator[tuple[str, str]]:
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    for page in PAGES:
        for found in fence.finditer(page.read_text(encoding="utf-8")):
            if found.group(1) == language:
                yield page.name, found.group(2)


@pytest.mark.parametrize(
    ("page", "text"), [(page, text) for page, text in blocks("yaml") if "scrape_configs" not in text]
)
def test_each_configuration_in_the_documentation_is_valid(
    page: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    values = yaml.safe_load(text)
    if "groups" in values:
        from collectors.catalogue import load_catalogue  # noqa: PLC0415  only here

        file = tmp_path / "mine.yaml"
        file.write_text(text)
        load_catalogue([file])
        return
    if "tests" in values:
        from alerts.proving.rule_tests import run_file  # noqa: PLC0415  only here

        file = tmp_path / "mine.test.yaml"
        file.write_text(text)
        result = run_file(file)
        assert result.holds, "\n".join(result.lines())
        return
    if "display_information" in values:
        assert {"bot_events", "event_subscriptions"}.isdisjoint(values["settings"])
        assert values["settings"]["interactivity"]["is_enabled"]
        assert values["features"]["slash_commands"][0]["command"] == "/lamplighter"
        return
    if "probes" in values:
        values |= {"environments": {"prod": {}}, "components": {"frontend": {}, "backend": {}, "postgres": {}}}
    text = re.sub(r"\$\{\w*HASH\}", "scrypt:32768:8:1$salt$hash", yaml.safe_dump(values))
    text = re.sub(r"\$\{\w*WEBHOOK\}", WEBHOOK, text)
    config.loads(re.sub(r"\$\{\w+\}", "a secret that is long enough", text), {}, page)


def commands() -> list[str]:
    lines = (line.split("#")[0].strip() for _, text in blocks("") for line in text.splitlines())
    return [line for line in lines if re.match(r"(\.venv/bin/)?lamplighter ", line) and "\\" not in line]


def test_each_command_in_the_documentation_exists_with_its_options() -> None:
    found = commands()
    assert len(found) > 15
    for line in found:
        words = shlex.split(re.split(r"\||>", line)[0])[1:]
        command: click.Command = lamplighter
        context = click.Context(lamplighter)
        while isinstance(command, click.Group) and words and (below := command.get_command(context, words[0])):
            command, words = below, words[1:]
        options = {option for parameter in command.params for option in parameter.opts}
        assert command is not lamplighter, line
        assert {word for word in words if word.startswith("--")} <= options, line


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_the_example_configuration_is_valid_and_complete() -> None:
    text = (REPOSITORY / "lamplighter.example.yaml").read_text(encoding="utf-8")
    environ = dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), "scrypt:32768:8:1$salt$hash")
    environ["SLACK_WEBHOOK"] = WEBHOOK
    config.loads(text, environ, "lamplighter.example.yaml")
    settings = {row.split("`")[1] for row in generator().settings() if row.startswith("| `")}
    for setting in settings:
        name = setting.rsplit(".", 1)[-1].removesuffix("[]")
        assert re.search(rf"\b{name}:", text), f"{setting} is not in lamplighter.example.yaml"
