"""Text from outside is harmless in Slack, and cut between signs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.slack.text import clean, fit, fit_line, fit_plain, link, mentions, size

FAMILY = "👩‍👩‍👧‍👦"
ANYTHING = st.text(st.characters(codec=None), max_size=300) | st.text(
    "&<>!@#|*_~` \n\r\t가é👍🏽" + FAMILY, max_size=300
)


@given(ANYTHING, st.integers(1, 120))
def test_what_fits_is_within_the_limit_and_has_no_markup(text: str, limit: int) -> None:
    cut = fit(text, limit)
    assert size(cut) <= limit
    assert "<" not in cut
    assert ">" not in cut
    cut.encode()
    bare = cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in bare


@given(ANYTHING, st.integers(1, 120))
def test_one_line_is_one_line(text: str, limit: int) -> None:
    for cut in (fit_line(text, limit), fit_plain(text, limit)):
        assert not set(cut) & set("\n\r\t\v\f")
        assert size(cut) <= limit


@given(st.text("ab&<>가", max_size=40))
def test_short_text_is_only_escaped(text: str) -> None:
    assert fit(text, 1000).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == clean(text)


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("abcdef", 4, "abc…"),
        ("a<b<c", 9, "a&lt;b…"),
        ("ab" + FAMILY + "c", 8, "ab…"),
        ("abe\u0301cd", 4, "ab…"),
        ("ab👍🏽c", 5, "ab…"),
        ("🇰🇷🇰🇷🇰🇷", 10, "🇰🇷🇰🇷…"),
        ("가나다라마", 3, "가나…"),
        ("", 5, ""),
    ],
)
def test_a_sign_is_never_cut_in_two(text: str, limit: int, cut: str) -> None:
    assert fit(text, limit) == cut


@given(st.lists(st.sampled_from([FAMILY, "👍🏽", "🇰🇷", "e\u0301", "한", "a", "&"]), max_size=60), st.integers(2, 80))
def test_only_whole_signs_remain(signs: list[str], limit: int) -> None:
    cut = fit_plain("".join(signs), limit)
    if cut.endswith("…"):
        kept, whole = cut[:-1], ""
        for sign in signs:
            if len(whole) >= len(kept):
                break
            whole += sign
        assert whole == kept


def test_halves_of_characters_and_direction_marks_are_taken_out() -> None:
    assert fit("a\ud800b\u202ec\x00d", 50) == "a\ufffdbcd"
    assert unicodedata.normalize("NFC", fit("\u1100\u1161", 50)) == "가"


def test_a_pile_of_marks_is_cut_all_the_same() -> None:
    assert size(fit("a" + "\u0301" * 5000, 50)) <= 50


@pytest.mark.parametrize(
    ("wish", "named"),
    [
        ("@here", "<!here>"),
        ("<!channel> <@U0123>", "<!channel> <@U0123>"),
        ("<!subteam^S012>", "<!subteam^S012>"),
        ("<https://evil.example|here> <!date^1^x|y> @oncall", ""),
        ("<@U1><@U2> <@U3> <@U4> <@U5> <@U6>", "<@U1> <@U2> <@U3> <@U4> <@U5>"),
        ("", ""),
    ],
)
def test_only_slacks_own_marks_name_anybody(wish: str, named: str) -> None:
    assert mentions(wish) == named


def test_a_link_cannot_be_broken_out_of() -> None:
    assert link("https://a.example/?a=1&b=<x>|y", "L") == "<https://a.example/?a=1&amp;b=%3Cx%3E%7Cy|L>"
    assert link("javascript:alert(1)", "L") == "L"
    assert link("https://a.example/ <!here>", "L") == "L"
    assert link("", "L") == "L"
