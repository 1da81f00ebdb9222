"""Translation: English and Korean, with numbers, dates and ages as the reader's language and zone write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask, g, request

from store.messages import Message, PluralMessage, Sentence, Value

LANGUAGES = ("en", "ko")
LOCALE_FOLDER = Path(__file__).parent / "locale"
LANGUAGE_COOKIE = "lang"
ZONE_COOKIE = "tz"
EXTENSION = "lamplighter.language"


@dataclass(frozen=True, slots=True)
class Language:
    """One reader's language and zone. Texts are English in the code; a literal per cent sign is written `%%`."""

    locale: Locale
    zone: ZoneInfo
    translations: NullTranslations = field(default_factory=NullTranslations, repr=False)

    @property
    def code(self) -> str:
        """`en` or `ko`, as in the `lang` attribute of a page."""
        return self.locale.language

    def text(self, message: str, /, **values: object) -> str:
        """Say a message in this language."""
        return self.translations.gettext(message) % values

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """Say the form that fits the count, which the message may name as `%(num)s`."""
        return self.translations.ngettext(one, many, count) % {"num": count, **values}

    def say(self, sentence: Sentence) -> str:
        """Say a sentence, and those within it; words that are already final stay as they are."""
        if isinstance(sentence, PluralMessage):
            return self.plural(sentence.one, sentence.many, sentence.number, **self._said(sentence.values))
        if isinstance(sentence, Message):
            return self.text(sentence.template, **self._said(sentence.values))
        return sentence

    def _said(self, values: Mapping[str, Value]) -> dict[str, Value]:
        return {name: self.say(value) if isinstance(value, str) else value for name, value in values.items()}

    def number(self, value: float | Decimal, digits: int = 2) -> str:
        """A number with at most `digits` places after the point."""
        return format_decimal(value, format="#,##0." + "#" * digits if digits else "#,##0", locale=self.locale)

    def percent(self, share: float, digits: int = 1) -> str:
        """A share from 0 to 1 as per cent."""
        return format_percent(share, format="#,##0." + "#" * digits + "%" if digits else "#,##0%", locale=self.locale)

    def money(self, amount: Decimal, currency: str = "USD") -> str:
        """An amount of money with its currency."""
        return format_currency(amount, currency, locale=self.locale)

    def moment(self, when: datetime, style: str = "medium") -> str:
        """Date and time in the reader's zone; `style` is Babel's of the date (`short`, `medium`, `long`)."""
        return f"{self.date(when, style)} {self.time(when)}"

    def date(self, when: datetime, style: str = "medium") -> str:
        """The date in the reader's zone."""
        return format_date(when.astimezone(self.zone).date(), style, locale=self.locale)

    def time(self, when: datetime, style: str = "short") -> str:
        """The time of day in the reader's zone by the 24-hour clock, with seconds where the style is not `short`."""
        return f"{when.astimezone(self.zone):{'%H:%M' if style == 'short' else '%H:%M:%S'}}"

    def age(self, when: datetime, now: datetime) -> str:
        """How long ago something was, in one unit: `9 seconds ago`; `in 3 minutes` for what is to come."""
        return format_timedelta(when - now, threshold=1.2, add_direction=True, locale=self.locale)

    def duration(self, length: timedelta) -> str:
        """A length of time in one unit: `5 minutes`."""
        return format_timedelta(length, threshold=1.2, locale=self.locale)


def read_translations(code: str, folder: Path = LOCALE_FOLDER) -> NullTranslations:
    """Read every `.po` file of a language into one set of translations. English is in the code and has no file.

    Raises:
        ValueError: two files translate one message differently.
    """
    merged = Catalog(locale=code)
    for path in sorted((folder / code).rglob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=code):
                known = merged.get(message.id) if message.id else None
                if known and message.string and known.string != message.string:
                    raise ValueError(
                        f"{path.name} translates {message.id!r} as {message.string!r}, not {known.string!r}"
                    )
                if message.id and not message.fuzzy:
                    merged.add(message.id, message.string)
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)


@dataclass(frozen=True, slots=True)
class Languages:
    """Every language that the pages speak, read once at start."""

    default: str
    translations: Mapping[str, NullTranslations]

    def choose(self, wishes: list[str | None], zones: list[str | None], zone: ZoneInfo) -> Language:
        """The first wish that is spoken and the first zone that exists; the defaults where there is none."""
        code = next((wish for wish in wishes if wish in self.translations), self.default) or self.default
        name = next((wish for wish in zones if wish and wish in available_timezones()), None)
        return Language(Locale.parse(code), ZoneInfo(name) if name else zone, self.translations[code])


def read_languages(default: str) -> Languages:
    """Read the translations of every language."""
    return Languages(default, {code: read_translations(code) for code in LANGUAGES})


def language_of_request(languages: Languages, zone: ZoneInfo) -> Language:
    """The reader's language: `?lang=`, cookie, Accept-Language, the setting. Zone: `?tz=`, cookie, the stack's."""
    return languages.choose(
        [
            request.args.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
            request.accept_languages.best_match(LANGUAGES),
        ],
        [request.args.get("tz"), request.cookies.get(ZONE_COOKIE)],
        zone,
    )


def current_language() -> Language:
    """The language of the person whose request is answered."""
    language: Language = g.language
    return language


def _(message: str, **values: object) -> str:
    """Say a message in the language of the request."""
    return current_language().text(message, **values)


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """Say the form that fits the count in the language of the request."""
    return current_language().plural(one, many, count, **values)


def install(app: Flask, default: str) -> Languages:
    """Read the languages and teach the application's templates `_`, `ngettext` and `{% trans %}`."""

    def translate(message: str) -> str:
        return current_language().translations.gettext(message)

    def translate_plural(one: str, many: str, count: int) -> str:
        return current_language().translations.ngettext(one, many, count)

    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # comes with the extension
        gettext=translate, ngettext=translate_plural, newstyle=True
    )
    return read_languages(default)
