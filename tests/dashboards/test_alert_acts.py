"""What people ask for on the alert pages: each form writes an intent, no link acts, nothing leads elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from dashboards.asking import NOBODY
from store import Store
from tests.dashboards.clicking import post, token_of, words
from tests.dashboards.cloudmart import NOW
from tests.dashboards.incident import E_OVER, E_SLOW, E_TAKEN, RULES, backtest

ClientOf = Callable[..., FlaskClient]


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def client(client_of: ClientOf, incident: Store, woken: list[str]) -> FlaskClient:
    assert incident
    return client_of(rules=lambda: RULES, backtest=backtest, wake=woken.append)


@pytest.mark.parametrize(
    ("act", "kind", "form", "payload"),
    [
        ("acknowledge", "alert.acknowledge", {}, {"episode": E_SLOW.id}),
        ("unacknowledge", "alert.unacknowledge", {}, {"episode": E_SLOW.id}),
        ("silence", "alert.silence", {}, {"episode": E_SLOW.id, "seconds": 3600, "comment": ""}),
        (
            "silence",
            "alert.silence",
            {"seconds": "86400", "comment": " load test "},
            {"episode": E_SLOW.id, "seconds": 86400, "comment": "load test"},
        ),
    ],
)
def test_a_button_writes_an_intent_and_wakes_the_worker(  # noqa: PLR0913, PLR0917  a table's columns
    client: FlaskClient,
    incident: Store,
    woken: list[str],
    act: str,
    kind: str,
    form: dict[str, str],
    payload: dict[str, object],
) -> None:
    answer = post(client, f"/alerts/{E_SLOW.id}/{act}", next="/?env=prod", **form)
    assert (answer.status_code, answer.location) == (303, "/?env=prod")
    [intent] = incident.intents.open(kind)
    assert (dict(intent.payload), intent.actor, intent.created_at) == (payload, NOBODY, NOW)
    assert woken == ["intents"]


def test_what_is_asked_for_is_said_until_it_is_done(client: FlaskClient, incident: Store) -> None:
    answer = client.post(
        f"/alerts/{E_SLOW.id}/acknowledge", data={"csrf_token": token_of(client)}, follow_redirects=True
    )
    assert "data-asked" in answer.get_data(as_text=True)
    assert "data-asked" in client.get("/alerts/live").get_data(as_text=True)
    [intent] = incident.intents.open("alert.acknowledge")
    incident.intents.settle(intent.id, "refused", "it is over already")
    said = words(client.get(f"/alerts/{E_SLOW.id}"))
    assert "page (no login) asked for something that was refused: it is over already" in said
    assert "being done" not in said


@pytest.mark.parametrize("act", ["acknowledge", "silence"])
def test_a_link_never_acts_but_asks_first(client: FlaskClient, incident: Store, act: str) -> None:
    answer = client.get(f"/alerts/{E_SLOW.id}/{act}")
    assert answer.status_code == 200
    assert f'<form method="post" action="/alerts/{E_SLOW.id}/{act}"' in answer.get_data(as_text=True)
    assert "page (no login)" in words(answer)
    assert incident.intents.recent() == []
    assert client.get(f"/alerts/{E_OVER.id}/{act}").location == f"/alerts/{E_OVER.id}"


@pytest.mark.parametrize("act", ["acknowledge", "silence"])
def test_a_link_of_a_message_asks_for_all_that_the_message_told_of(
    client: FlaskClient, incident: Store, act: str
) -> None:
    notice = f"n-{E_SLOW.id}"
    with incident.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE group_members SET notice = ? WHERE episode IN (?, ?)", (notice, E_SLOW.id, E_TAKEN.id)
        )
    link = f"/alerts/{E_SLOW.id}?ask={act}&notice={notice}"
    page = client.get(link)
    assert "The message told of 2 alerts; this is for all of them." in words(page)
    assert incident.intents.recent() == []
    assert "CPU of postgres" in words(client.get(f"/alerts?notice={notice}")).partition("Now")[0]
    assert post(client, f"/alerts/{E_SLOW.id}/{act}", notice=notice).status_code == 303
    assert post(client, f"/alerts/{E_SLOW.id}/{act}", notice="of-somebody-else").status_code == 303
    named = [{key: each.payload.get(key) for key in ("notice", "episode")} for each in incident.intents.open()]
    assert {"notice": notice, "episode": None} in named
    assert {"notice": None, "episode": E_SLOW.id} in named


def test_no_get_of_any_alert_page_changes_anything(client: FlaskClient, incident: Store) -> None:
    for path in ("/alerts", "/alerts/live", f"/alerts/{E_SLOW.id}", f"/alerts/{E_SLOW.id}/now", "/rules"):
        assert client.get(path).status_code == 200
    for act in ("acknowledge", "silence", "unacknowledge", "opened"):
        client.get(f"/alerts/{E_SLOW.id}/{act}")
    found = incident.alerts.episode(E_SLOW.id)
    assert found is not None
    assert (found.opened_at, found.acknowledged_by) == (None, "")
    assert incident.intents.recent() == []


@pytest.mark.parametrize("act", ["acknowledge", "unacknowledge", "silence", "opened"])
@pytest.mark.parametrize("name", ["e0123456789abcdef", "nothing", "e%00", "E" + "0" * 16, "e" + "f" * 5000])
def test_rubbish_ids_are_not_there(client: FlaskClient, incident: Store, act: str, name: str) -> None:
    assert client.get(f"/alerts/{name}").status_code == 404
    assert post(client, f"/alerts/{name}/{act}").status_code == 404
    assert incident.intents.recent() == []


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil"])
def test_a_button_never_leads_to_another_site(client: FlaskClient, target: str) -> None:
    assert post(client, f"/alerts/{E_SLOW.id}/acknowledge", next=target).location == f"/alerts/{E_SLOW.id}"


def test_a_button_without_its_token_is_refused(client: FlaskClient, incident: Store) -> None:
    assert client.post(f"/alerts/{E_SLOW.id}/acknowledge").status_code == 400
    assert client.post("/alerts/silences", data={"matchers": "a=b", "seconds": "60"}).status_code == 400
    assert incident.intents.recent() == []


def test_silences_are_active_coming_or_over(client: FlaskClient) -> None:
    page = client.get("/alerts").get_data(as_text=True)
    part = page[page.index('id="silences"') : page.index('id="silence"')]
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))
    assert said.index("Active environment=staging") < said.index("Coming team=~web|api") < said.index("Over")
    assert "load test" in said
    assert "Ended by junho." in said


def test_a_silence_is_made_by_conditions(client: FlaskClient, incident: Store) -> None:
    text = 'environment=prod\n\n team =~ "web|api" \nrule!=cpu-high'
    answer = post(client, "/alerts/silences", matchers=text, seconds="14400", comment="migration")
    assert answer.status_code == 303
    [intent] = incident.intents.open("alert.silence")
    assert dict(intent.payload) == {
        "matchers": [
            {"label": "environment", "op": "=", "value": "prod"},
            {"label": "team", "op": "=~", "value": "web|api"},
            {"label": "rule", "op": "!=", "value": "cpu-high"},
        ],
        "seconds": 14400,
        "comment": "migration",
    }


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"matchers": "", "seconds": "3600"}, "Write at least one condition."),
        ({"matchers": "nonsense", "seconds": "3600"}, "is no condition"),
        ({"matchers": "a=~(", "seconds": "3600"}, "is no regular expression"),
        ({"matchers": "a=b", "seconds": "-1"}, "Choose how long"),
        ({"matchers": "a=b", "seconds": "99999999"}, "Choose how long"),
        ({"matchers": "a=b", "seconds": "\u0663"}, "Choose how long"),
        ({"matchers": "\n".join(f"l{at}=x" for at in range(21)), "seconds": "60"}, "21 conditions are more than 20"),
    ],
)
def test_a_silence_that_cannot_be_is_refused_with_what_was_typed(
    client: FlaskClient, incident: Store, form: dict[str, str], why: str
) -> None:
    answer = client.post("/alerts/silences", data={"csrf_token": token_of(client), **form}, follow_redirects=True)
    assert why in words(answer)
    assert form["matchers"].partition("\n")[0] in answer.get_data(as_text=True)
    assert incident.intents.recent() == []


def test_a_silence_is_ended_once(client: FlaskClient, incident: Store) -> None:
    assert post(client, "/alerts/silences/s-1/end").status_code == 303
    [intent] = incident.intents.open("silence.expire")
    assert dict(intent.payload) == {"id": "s-1"}
    assert "Being ended" in words(client.get("/alerts"))
    for gone in ("s-0", "s-9", "x" * 500):
        assert post(client, f"/alerts/silences/{gone}/end").status_code == 404
