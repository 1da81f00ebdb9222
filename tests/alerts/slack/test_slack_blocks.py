"""Notices as messages: golden files for how they look, and rubbish of every kind for the limits.

`LAMPLIGHTER_WRITE_GOLDEN=1 pytest tests/alerts/slack/test_slack_blocks.py` writes them anew: look at the difference.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.notice import Notice, NoticeAlert
from alerts.slack.blocks import Post, render, thread_text
from alerts.slack.links import Links
from alerts.slack.text import size
from store.alerting import NoticeKind, Severity
from store.messages import Message
from tests.alerts.slack.samples import BEGUN, NOW, alert, notice, resolved, taken, voice

GOLDEN = Path(__file__).parent / "golden"
LINKS = Links("https://lamp.example.com/")
MOVERS = (
    "Spent $4,210.00 of $5,000.00",
    "Forecast $5,640.00 ($5,310.00 to $5,980.00)",
    "EC2 +$210.00",
    "As of Nov 19",
)
BUDGET = alert(
    rule_id="budget-prod",
    severity=Severity.WARNING,
    summary={"en": "Budget prod will pass 100 % on Nov 27", "ko": "prod 예산이 11월 27일에 100 %를 넘습니다"},
    impact={},
    reason="",
    runbook="",
    value=5640.0,
    limit=5000.0,
    unit="USD",
    labels={"budget": "prod", "basis": "forecast", "period": "2026-11-01", "threshold": "100", "environment": "prod"},
    component=None,
    last_change="",
    last_change_at=None,
    lines=MOVERS,
)
MANY = [alert(n, component=f"part-{n}", severity=Severity.PAGE if n < 2 else Severity.WARNING) for n in range(17)]
CASES: dict[str, Notice] = {
    "firing": notice(mention="<!here>"),
    "acknowledged": taken(),
    "resolved": resolved(),
    "many": notice(*MANY, total=17, group_labels={"environment": "prod"}),
    "some_acknowledged": notice(replace(MANY[0], acknowledged_by="web:kim", acknowledged_at=NOW), MANY[1], total=2),
    "flapping": notice(alert(flaps=3, state="recovering"), kind=NoticeKind.REMINDER, sequence=4),
    "budget": notice(BUDGET, severity=Severity.WARNING),
    "note": notice(
        kind=NoticeKind.NOTE,
        alerts=(),
        total=0,
        note={
            "en": ("sns cannot be reached", "3 notices wait."),
            "ko": ("sns에 보낼 수 없습니다", "알림 3건이 기다립니다."),
        },
    ),
}


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", list(CASES))
def test_looks_as_in_its_golden_file(name: str, language: str) -> None:
    speaker = voice(language, "Asia/Seoul" if language == "ko" else "UTC")
    of = CASES[name]
    post = render(of, speaker, LINKS, "F012" if name in {"firing", "resolved"} else None)
    shown = {"text": post.text, "thread": thread_text(of, speaker), "plain": post.plain, "blocks": list(post.blocks)}
    written = json.dumps(shown, ensure_ascii=False, indent=2) + "\n"
    path = GOLDEN / f"{name}.{language}.json"
    if os.environ.get("LAMPLIGHTER_WRITE_GOLDEN"):
        path.write_text(written)
    assert path.read_text() == written


def _texts(post: Post) -> str:
    return post.text + post.plain + json.dumps(list(post.blocks), ensure_ascii=False)


def test_the_title_says_what_is_wrong_and_where_in_words() -> None:
    assert render(notice(), voice(), LINKS).text == (
        "🔴 Page · backend: HTTP 5xx 7.2 % · prod · 7.23\N{NO-BREAK SPACE}% (limit 2\N{NO-BREAK SPACE}%)"
        " · since 18:04\N{NO-BREAK SPACE}UTC"
    )


def test_times_are_those_of_the_receivers_zone() -> None:
    assert "03:04\N{NO-BREAK SPACE}KST" in render(notice(), voice("ko", "Asia/Seoul"), LINKS).text


def test_only_the_route_names_people_and_never_on_a_resolve() -> None:
    loud = alert(summary={"en": "<!channel> @here <@U123>"}, reason="<!everyone>")
    assert "<!" not in _texts(render(notice(loud), voice(), LINKS))
    assert "<!here>" in render(notice(loud, mention="@here"), voice(), LINKS).text
    assert "<!here>" not in _texts(render(replace(resolved(), mention="@here"), voice(), LINKS))
    assert "<!here>" not in thread_text(replace(resolved(), mention="@here"), voice())


def test_every_text_is_verbatim_so_that_slack_makes_no_mentions_of_words() -> None:
    blocks = json.dumps(render(notice(), voice(), LINKS).blocks)
    assert blocks.count('"mrkdwn"') == blocks.count('"verbatim": true') > 4


def test_after_an_acknowledgement_the_button_turns_and_the_name_is_shown() -> None:
    shown = _texts(render(taken(), voice(), LINKS))
    assert "lamplighter.unacknowledge" in shown
    assert "lamplighter.acknowledge" not in shown
    assert "Acknowledged by oncall" in shown
    assert "U0ONCALL01" not in shown


def test_a_resolved_notice_can_only_be_opened() -> None:
    (row,) = [block for block in render(resolved(), voice(), LINKS).blocks if block["type"] == "actions"]
    assert [button["action_id"] for button in row["elements"]] == ["lamplighter.open"]


def test_with_a_webhook_buttons_are_links_that_ask_first() -> None:
    post = render(notice(), voice(), LINKS, clickable=False)
    assert not [block for block in post.blocks if block["type"] == "actions"]
    assert "/alerts/e0000000000000000?ask=acknowledge&amp;notice=n0123456789abcdef|Acknowledge>" in _texts(post)


def test_without_a_public_address_there_are_no_links_to_pages() -> None:
    shown = _texts(render(notice(alert(runbook="")), voice(), Links()))
    assert "http" not in shown
    assert "lamplighter.acknowledge" in shown


def test_many_alerts_are_one_message_with_the_worst_and_a_count() -> None:
    post = render(CASES["many"], voice(), LINKS)
    assert "(and 16 more)" in post.text
    assert "and 12 more" in _texts(post)
    assert _texts(post).count("part-0") >= 1


ODD = st.text(st.characters(codec=None), max_size=80) | st.sampled_from(
    [
        "<!here>" * 300,
        "서버" * 3000,
        "&" * 900,
        "👩‍👩‍👧‍👦" * 500,
        "\u0301" * 2000,
        "\ud800",
        "%s %(x)s %",
        "a\n" * 500,
        "*_~`",
    ]
)
MOMENT = st.none() | st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC))  # noqa: DTZ001  timezones says it
NUMBER = st.none() | st.floats()


@st.composite
def alerts(draw: st.DrawFn) -> NoticeAlert:
    return NoticeAlert(
        episode=draw(ODD),
        rule_id=draw(ODD),
        severity=draw(st.sampled_from(Severity)),
        state=draw(st.sampled_from(["firing", "recovering", "resolved"])),
        labels={},
        summary=draw(st.dictionaries(st.sampled_from(["en", "ko", "fr"]), ODD)),
        impact=draw(st.dictionaries(st.sampled_from(["en", "ko"]), ODD)),
        reason=draw(ODD | ODD.map(lambda text: Message("Odd: %(text)s", text=text))),
        runbook=draw(ODD | st.just("https://a.example/" + "x" * 5000)),
        value=draw(NUMBER),
        limit=draw(NUMBER),
        unit=draw(st.sampled_from(["Percent", "Bytes", "USD", "XXX", "", "Seconds", "Count/Second"]) | ODD),
        environment=draw(st.none() | ODD),
        component=draw(st.none() | ODD),
        fired_at=draw(MOMENT),
        resolved_at=draw(MOMENT),
        flaps=draw(st.integers(0, 10**12)),
        acknowledged_by=draw(st.just("") | ODD),
        acknowledged_at=draw(MOMENT),
        muted=draw(ODD),
        last_change=draw(ODD),
        last_change_at=draw(MOMENT),
        lines=draw(st.lists(ODD, max_size=12)),
    )


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    listed = draw(st.lists(alerts(), max_size=6))
    return Notice(
        key=draw(ODD),
        notice=draw(st.from_regex(r"n[0-9a-f]{16}", fullmatch=True)),
        sequence=1,
        kind=draw(st.sampled_from(NoticeKind)),
        receiver="ops",
        status=draw(st.sampled_from(["firing", "resolved"])),
        severity=draw(st.sampled_from(Severity)),
        at=draw(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001  the same
        group_labels=draw(st.dictionaries(ODD, ODD, max_size=3)),
        alerts=listed,
        total=draw(st.integers(len(listed), 10_000)),
        changes=draw(st.lists(ODD, max_size=12)),
        mention=draw(st.sampled_from(["", "@here", "<@U1> " * 40]) | ODD),
        note=draw(st.dictionaries(st.sampled_from(["en", "ko"]), st.lists(ODD, max_size=8))),
    )


def _check(post: Post) -> None:
    blocks = post.blocks
    assert 1 <= len(blocks) <= 8
    assert sum(block["type"] == "image" for block in blocks) <= 1
    assert sum(len(block.get("elements", ())) for block in blocks if block["type"] == "actions") <= 3
    for block in blocks:
        texts = [block["text"]["text"]] if "text" in block else []
        fields = [field["text"] for field in block.get("fields", ())]
        texts += [element["text"] for element in block.get("elements", ()) if block["type"] == "context"]
        assert all([*texts, *fields])
        assert all(size(text) <= 600 for text in texts), texts
        assert sum(map(size, fields)) <= 600
        for button in block.get("elements", ()) if block["type"] == "actions" else ():
            assert len(button["text"]["text"]) <= 75
            assert len(button["value"]) <= 2000
    assert 0 < size(post.text) <= 700
    assert 0 < size(post.plain) <= 3000
    assert len(json.dumps(list(blocks), ensure_ascii=False)) < 13_000


@given(of=notices(), language=st.sampled_from(["en", "ko"]), clickable=st.booleans())
@settings(max_examples=150, deadline=None)
def test_rubbish_stays_within_every_limit(*, of: Notice, language: str, clickable: bool) -> None:
    post = render(of, voice(language, "Asia/Seoul"), LINKS, "F0123", clickable=clickable)
    _check(post)
    json.dumps(list(post.blocks)).encode()
    (post.text + post.plain + thread_text(of, voice(language))).encode()
    assert size(thread_text(of, voice(language))) <= 2400


def test_ten_thousand_alerts_are_one_message() -> None:
    of = notice(*[alert(n) for n in range(50)], total=10_000)
    _check(render(of, voice(), LINKS))
    assert "9,999" in render(of, voice(), LINKS).text or "9999" in render(of, voice(), LINKS).text


def test_a_value_that_the_summary_tells_is_not_told_again() -> None:
    told = alert(summary={"en": "prod backend: 7.23 % of requests answer 5xx (limit 2 %)"})
    assert render(notice(told), voice(), LINKS).text == (
        "🔴 Page · prod backend: 7.23 % of requests answer 5xx (limit 2 %) · since 18:04\N{NO-BREAK SPACE}UTC"
    )


def test_an_alert_that_has_fired_for_days_shows_the_date() -> None:
    old = alert(fired_at=BEGUN - timedelta(days=3))
    assert "Nov 20" in render(notice(old), voice(), LINKS).text


def test_the_thread_calls_an_alert_by_its_summary_in_the_readers_language() -> None:
    first = alert(summary={"en": "prod backend is slow", "ko": "prod backend 지연"}, component="backend")
    change = Message("Resolved: %(alert)s", alert="latency (main, ap-northeast-2)", episode=first.episode)
    unknown = Message("Resolved: %(alert)s", alert="other-rule", episode="e-gone")
    of = notice(first, kind=NoticeKind.CHANGED, sequence=2, changes=(change, unknown))
    assert thread_text(of, voice()) == "• Resolved: prod backend is slow\n• Resolved: other-rule"
    assert "prod backend 지연" in thread_text(of, voice("ko", "Asia/Seoul"))


def test_of_several_alerts_the_title_says_the_worst_and_the_text_what_users_feel() -> None:
    post = render(CASES["many"], voice(), LINKS)
    assert post.text.startswith("🔴 Page · part-0: HTTP 5xx 7.2 % (and 16 more)")
    assert "One in fourteen requests fails." in _texts(post)


@pytest.mark.parametrize(
    ("basis", "passed", "said"),
    [
        ("forecast", ("100",), "Remind at 100 %"),
        ("actual", ("50", "80"), "Remind at 100 %"),
        ("actual", ("80", "100"), "Silence 1 h"),
        ("actual", ("120",), "Silence 1 h"),
    ],
)
def test_a_reminder_at_100_percent_is_offered_until_it_is_passed(
    basis: str, passed: tuple[str, ...], said: str
) -> None:
    labels = {"budget": "prod", "basis": basis, "period": "2026-11-01", "threshold": passed[0]}
    of = notice(replace(BUDGET, labels=labels, thresholds=passed), severity=Severity.WARNING)
    [row] = [block for block in render(of, voice(), LINKS).blocks if block["type"] == "actions"]
    assert [element["text"]["text"] for element in row["elements"]] == ["Acknowledge", said, "See what grew"]
