"""Translation: everything that is said has Korean, and numbers, dates and ages follow the reader."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dashboards.language import (
    LOCALE_FOLDER,
    Language,
    read_languages,
    read_translations,
)
from store.messages import Message, PluralMessage, joined

FOLDER = LOCALE_FOLDER.parent
MESSAGES = {"Message": None, "PluralMessage": (1, 2)}
KEYWORDS = {"_": None, "gettext": None, "text": None, "ngettext": (1, 2), "plural": (1, 2), **MESSAGES}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
REPORTING = [FOLDER.parent / name for name in ("alerts", "collectors", "service", "store")]
"""Where what the pages show is said, beside the pages themselves."""
ELSEWHERE = ("demo/slack/",)
"""What plays somebody else's page and speaks as it does."""

NOW = datetime(2026, 11, 23, 3, 4, tzinfo=UTC)


def said() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every message in the code and the templates, with where it stands."""
    for folder in REPORTING:
        for file, line, message, _, _ in extract_from_dir(folder, METHODS[:1], {}, MESSAGES):
            if file.startswith(ELSEWHERE):
                continue
            yield f"{folder.name}/{file}:{line}", (message,) if isinstance(message, str) else tuple(message)
    options = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
    for file, line, message, _, _ in extract_from_dir(FOLDER, METHODS, options, KEYWORDS):
        yield f"{file}:{line}", (message,) if isinstance(message, str) else tuple(message)


def language(code: str = "ko", zone: str = "Asia/Seoul") -> Language:
    return Language(Locale.parse(code), ZoneInfo(zone), read_translations(code))


def test_every_message_has_korean() -> None:
    korean = {}
    for path in (LOCALE_FOLDER / "ko").rglob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="ko"):
                texts = message.string if isinstance(message.string, tuple) else (message.string,)
                if message.id and all(texts) and not message.fuzzy:
                    korean[message.id if isinstance(message.id, str) else message.id[0]] = texts
    lacking = sorted({f"{where}: {message[0]}" for where, message in said() if message[0] not in korean})
    assert not lacking, "no Korean for:\n" + "\n".join(lacking)


def glued(node: ast.AST) -> bool:
    """Whether a string stands where a message belongs: beside a status, or as what an outcome tells."""
    told: ast.AST | None = None
    match node:
        case ast.Tuple(elts=[ast.Attribute(value=ast.Name(id="Status")), second, *_]):
            told = second
        case ast.Call(func=ast.Name(id="JobOutcome" | "Attempt" | "ProbeFailed"), args=args) if args:
            told = args[-1] if len(args) == 1 else args[1]
        case ast.Call(func=ast.Name(id="Message" | "PluralMessage"), args=[first, *_]):
            return not isinstance(first, ast.Constant)
    return isinstance(told, ast.JoinedStr | ast.BinOp) or (isinstance(told, ast.Constant) and " " in str(told.value))


def test_what_is_reported_is_said_as_a_message() -> None:
    found = [
        f"{path.relative_to(folder.parent)}:{node.lineno}"
        for folder in REPORTING
        for path in folder.rglob("*.py")
        if path.parts[-2:] != ("store", "messages.py")
        if not path.relative_to(folder).as_posix().startswith(ELSEWHERE)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.expr) and glued(node)
    ]
    assert not found, "use store.messages.Message:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "code", ['(Status.OK, f"{n} of 3")', 'JobOutcome("ok", "all is done")', 'Message(f"{n}")', 'Attempt("is slow")']
)
def test_a_string_in_place_of_a_message_is_noticed(code: str) -> None:
    assert glued(ast.parse(code, mode="eval").body)


def test_says_a_message_within_a_message() -> None:
    count = Message("none of %(desired)s in service", desired=2)
    reason = joined("; ", [Message("%(count)s: nothing serves", count=count), "i-1 failed"])
    assert language("en").say(reason) == "none of 2 in service: nothing serves; i-1 failed"
    assert language("ko").say(reason) == "2대 중 서비스 중인 것 없음: 요청을 처리하는 것이 없습니다; i-1 failed"


def test_every_korean_message_names_only_places_that_the_english_has() -> None:
    place = re.compile(r"%\((\w+)\)s|%%|(%.?)")
    for path in (LOCALE_FOLDER / "ko").rglob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="ko"):
                plural = isinstance(message.id, tuple)
                known = set(place.findall("".join(message.id))) | ({("num", "")} if plural else set())
                used = set(place.findall("".join(message.string)))
                assert used <= known, f"{path.name}: {message.id}: {message.string}"


def test_something_is_said_at_all() -> None:
    messages = {message[0] for _, message in said()}
    assert {"Sign in", "Everything is asleep.", "%(names)s is failing.", "status checks pass"} <= messages


def test_says_a_message_of_pure_code_in_korean_and_english() -> None:
    message = PluralMessage("%(names)s is failing.", "%(num)s components are failing: %(names)s.", 2, names="a, b")
    assert language("en").say(message) == "2 components are failing: a, b."
    korean = language("ko").say(message)
    assert korean != language("en").say(message)
    assert "a, b" in korean
    assert "2" in korean


def test_words_that_are_final_stay_as_they_are() -> None:
    assert language().say("100 % of targets answer") == "100 % of targets answer"


def test_a_message_without_translation_stays_english() -> None:
    assert language().say(Message("never said %(x)s", x=1)) == "never said 1"


def test_times_are_told_in_the_readers_zone() -> None:
    assert language("ko").time(NOW) == "12:04"
    assert language("en", "UTC").time(NOW, "medium") == "03:04:00"
    assert language("en").moment(NOW + timedelta(hours=9)) == "Nov 23, 2026 21:04"
    assert language("ko").date(datetime(2026, 11, 23, 20, 0, tzinfo=UTC)) == "2026. 11. 24."


@pytest.mark.parametrize(
    ("age", "english", "korean"),
    [
        (timedelta(seconds=9), "9 seconds ago", "9초 전"),
        (timedelta(minutes=14), "14 minutes ago", "14분 전"),
        (timedelta(days=2), "2 days ago", "2일 전"),
        (timedelta(seconds=-180), "in 3 minutes", "3분 후"),
    ],
)
def test_ages_are_told_in_one_unit(age: timedelta, english: str, korean: str) -> None:
    assert language("en").age(NOW - age, NOW) == english
    assert language("ko").age(NOW - age, NOW) == korean


def test_numbers_follow_the_language() -> None:
    english = language("en")
    assert english.number(1234567.891) == "1,234,567.89"
    assert english.number(12.0) == "12"
    assert english.number(1234.5, digits=0) == "1,234"
    assert english.percent(0.072) == "7.2%"
    assert english.money(Decimal("15.8")) == "$15.80"
    assert language("ko").money(Decimal("15.8")) == "US$15.80"


def test_the_first_wish_that_is_spoken_wins() -> None:
    languages = read_languages("en")
    utc = ZoneInfo("UTC")
    assert languages.choose([None, "ko", "en"], [], utc).code == "ko"
    assert languages.choose(["xx", None], ["Mars/Olympus", None], utc).code == "en"
    assert languages.choose([], ["../etc/passwd", "Asia/Seoul"], utc).zone.key == "Asia/Seoul"


def test_two_files_that_disagree_are_refused(tmp_path: Path) -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    folder = tmp_path / "ko"
    folder.mkdir()
    (folder / "a.po").write_text(head + 'msgid "Status"\nmsgstr "상태"\n', encoding="utf-8")
    (folder / "b.po").write_text(head + 'msgid "Status"\nmsgstr "현황"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"b\.po"):
        read_translations("ko", tmp_path)
