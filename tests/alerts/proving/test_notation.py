from __future__ import annotations

import pytest

from alerts.proving.notation import parse_values, parse_words


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("75 85", [75, 85]),
        ("10x5", [10] * 6),
        ("1+2x3", [1, 3, 5, 7]),
        ("1-2x3", [1, -1, -3, -5]),
        ("-2+4x3", [-2, 2, 6, 10]),
        ("-2-4x1", [-2, -6]),
        ("1 _x3 2", [1, None, None, None, 2]),
        ("_ 1", [None, 1]),
        ("1e3 -1.5e-2 .5 +4", [1000, -0.015, 0.5, 4]),
        ("1e1+1e1x1", [10, 20]),
        ("5x0", [5]),
        ("75 85 70 70 10x5 _x3", [75, 85, 70, 70, *[10] * 6, None, None, None]),
    ],
)
def test_values_are_read_as_promtool_reads_them(text: str, values: list[float | None]) -> None:
    assert parse_values(text) == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no values"),
        ("1 stale", "does not exist in CloudWatch"),
        ("NaN", "finite"),
        ("-Inf", "finite"),
        ("10xx", "no value"),
        ("1+2", "no value"),
        ("x3", "no value"),
        ("1,2", "no value"),
        ("1x9999999999", "more than"),
        ("1x60000 2x60000", "more than"),
        ("1e308+1e308x3", "too large"),
        ("{{schema:0}}", "histograms"),
    ],
)
def test_what_is_no_value_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_values(text)


def test_words_are_written_the_same_way() -> None:
    assert parse_words("okx1 critical _x2") == ["ok", "ok", "critical", None, None]
