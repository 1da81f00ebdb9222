from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.delivery.text import plain_text, subject, title
from store.alerting import NoticeKind
from store.messages import Message
from tests.alerts.delivery.notices import AT, PAGES, alert, notice, voice

FIRING = """\
Firing (Page): backend: HTTP 5xx 7.2 % (limit 2 %)

backend: HTTP 5xx 7.2 % (limit 2 %) [prod / backend]
Customers see errors.
Since 11:52 KST (12 min)
Measured: 7.2 % (limit 2 %)
Last change before it: deploy backend v12, 11:46 KST
What to do: https://wiki.example.com/5xx
Why, and its chart: https://lamps.example.com/alerts/e1"""


def spoken(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_firing_says_what_somebody_who_was_woken_up_asks() -> None:
    assert spoken(plain_text(notice(), voice(), PAGES)) == FIRING


def test_a_resolve_says_how_long_it_was_and_asks_for_nothing() -> None:
    text = spoken(plain_text(notice(NoticeKind.RESOLVED), voice(), PAGES))
    assert text.startswith("Resolved: backend")
    assert "From 11:52 KST to 12:04 KST (12 min)" in text
    assert "What to do" not in text
    assert "Customers" not in text


def test_korean_is_korean_throughout() -> None:
    lines = spoken(plain_text(notice(NoticeKind.REMINDER), voice("ko"), "")).splitlines()
    assert lines[0].startswith("계속 발생 중(")
    assert "고객에게 오류가 보입니다." in lines
    assert not [line for line in lines if line.startswith(("Since", "Measured", "Last", "What", "Why"))]


def test_changes_and_what_is_left_out_are_named() -> None:
    told = notice(
        NoticeKind.CHANGED,
        alerts=[alert(episode=f"e{number}") for number in range(50)],
        total=1000,
        changes=[Message("one more"), "two\nlines"],
    )
    text = plain_text(told, voice(), PAGES)
    assert text.count("Customers see errors.") == 10
    assert "and 990 more alerts" in text
    assert text.endswith("What is new:\n- one more\n- two lines")
    assert title(told, voice()).endswith("(and 999 more)")


def test_a_note_is_its_own_text() -> None:
    told = notice(NoticeKind.NOTE, alerts=(), note={"en": ("A test", "It works.")})
    assert plain_text(told, voice("ko"), PAGES) == "A test\n\nIt works."
    assert subject(told) == "A test"


def test_the_subject_has_the_state_first_and_is_ascii() -> None:
    assert subject(notice()) == "FIRING page: backend: HTTP 5xx 7.2 % (limit 2 %)"
    assert subject(notice(NoticeKind.RESOLVED)).startswith("RESOLVED page: ")
    taken = notice(alerts=[alert(acknowledged_by="kim", acknowledged_at=AT)], kind=NoticeKind.CHANGED)
    assert subject(taken).startswith("ACKNOWLEDGED page: ")
    assert subject(notice(alerts=[alert(component="결제", summary={"en": "a\nb\x07"})])) == "FIRING page: ??: a b?"


@example(summary=" ", component=" ", total=1)
@given(summary=st.text(max_size=300), component=st.text(max_size=300), total=st.integers(1, 10**6))
def test_any_subject_is_taken_by_sns(summary: str, component: str, total: int) -> None:
    said = subject(notice(alerts=[alert(summary={"en": summary}, component=component)], total=total))
    assert 0 < len(said) <= 100
    assert all(" " <= character <= "~" for character in said)
    assert said.startswith("FIRING page: ")


@pytest.mark.parametrize("language", ["en", "ko"])
@given(text=st.text())
def test_any_text_can_be_encoded(language: str, text: str) -> None:
    told = notice(alerts=[alert(summary={"en": text}, impact={"en": text}, component=text, last_change=text)])
    for said in (plain_text(told, voice(language), PAGES), title(told, voice(language))):
        said.encode()
        assert "\x00" not in said
