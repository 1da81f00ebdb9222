"""The page of Demo Slack is for this machine's browser only, and its server ends with its parent."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from importlib.resources import files

import pytest

from service.demo.slack.launch import DemoSlackError, EmbeddedSlack, start_slack
from tests.demo.slack_asking import ON_CALL, OPS, PNG, fetch, until, web

pytestmark = pytest.mark.demo


def _own(slack: EmbeddedSlack) -> dict[str, str]:
    return {"Origin": slack.url, "Content-Type": "application/json"}


def test_the_page_and_its_parts_have_a_strict_policy(demo_slack: EmbeddedSlack) -> None:
    status, body, headers = fetch(f"{demo_slack.url}/")
    policy = headers["Content-Security-Policy"]
    parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', body.decode())
    assert (status, len(parts)) == (200, 3)
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on[a-z]+=", body.decode())
    assert [fetch(demo_slack.url + part)[0] for part in parts] == [200, 200, 200]
    assert fetch(f"{demo_slack.url}/static/../server.py")[0] == 404


def test_no_script_writes_markup() -> None:
    for script in (files("service.demo.slack") / "static").iterdir():
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script.read_text()), (
            script.name
        )


@pytest.mark.parametrize("path", ["/", "/page/state", "/_demo/messages", "/api/auth.test"])
def test_a_rebound_name_is_refused(demo_slack: EmbeddedSlack, path: str) -> None:
    assert fetch(demo_slack.url + path, headers={"Host": "evil.example"})[0] == 403


@pytest.mark.parametrize("path", ["/_demo/messages", "/api/auth.test", "/services/T/B/x"])
def test_a_page_of_another_site_reaches_no_api(demo_slack: EmbeddedSlack, path: str) -> None:
    assert fetch(demo_slack.url + path, b"{}", {"Origin": "http://evil.example"})[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "application/json", "Origin": "http://evil.example"},
        {"Content-Type": "application/json", "Origin": "null"},
        {"Content-Type": "text/plain", "Origin": "own"},
    ],
)
def test_only_our_own_page_may_act(demo_slack: EmbeddedSlack, headers: dict[str, str]) -> None:
    sent = headers | ({"Origin": demo_slack.url} if headers.get("Origin") == "own" else {})
    body = json.dumps({"user": ON_CALL, "channel": OPS, "line": "hello"}).encode()
    assert fetch(f"{demo_slack.url}/page/say", body, sent)[0] == 403
    assert fetch(f"{demo_slack.url}/page/say", body, _own(demo_slack))[0] == 200
    assert [one["text"] for one in demo_slack.control.messages("ops")] == ["hello"]


def test_the_state_is_sent_again_only_when_it_changed(demo_slack: EmbeddedSlack) -> None:
    address = f"{demo_slack.url}/page/state?user={ON_CALL}"
    _, _, headers = fetch(address)
    tag = {"If-None-Match": headers["ETag"]}
    assert fetch(address, headers=tag)[:2] == (304, b"")
    web(demo_slack).chat_postMessage(channel=OPS, text="x")
    assert fetch(address, headers=tag)[0] == 200


def test_what_only_another_may_see_is_not_in_the_state(demo_slack: EmbeddedSlack) -> None:
    web(demo_slack).chat_postEphemeral(channel=OPS, user=ON_CALL, text="psst")
    assert b"psst" in fetch(f"{demo_slack.url}/page/state?user={ON_CALL}")[1]
    assert b"psst" not in fetch(f"{demo_slack.url}/page/state?user=U0DEVEL001")[1]


def test_a_file_that_is_no_picture_is_never_shown(demo_slack: EmbeddedSlack) -> None:
    upload = web(demo_slack).files_upload_v2
    page = upload(content=b"<script>alert(1)</script>", filename="a.html")["files"][0]
    _, _, headers = fetch(page["url_private"])
    assert (headers["Content-Type"].split(";")[0], headers["Content-Disposition"]) == (
        "application/octet-stream",
        "attachment",
    )
    assert (
        fetch(upload(content=PNG, filename="a.png")["files"][0]["url_private"])[2]["X-Content-Type-Options"]
        == "nosniff"
    )


def test_nonsense_is_refused_and_breaks_nothing(demo_slack: EmbeddedSlack) -> None:
    for path, body in [
        ("say", b"[]"), ("say", b"{"), ("say", b"{}"), ("click", b"{}"), ("submit", b"{}"), ("elsewhere", b"{}"),
        ("say", b'{"line":"/nope","user":"U0ONCALL01","channel":"C0DEMO0OPS"}'),
    ]:  # fmt: skip
        assert fetch(f"{demo_slack.url}/page/{path}", body, _own(demo_slack))[0] in {400, 404, 409}
    assert demo_slack.log_tail() == ""


def test_two_servers_stand_side_by_side_and_a_taken_port_is_said() -> None:
    with start_slack() as one, start_slack() as other:
        assert one.url != other.url
        assert one.bot_token != other.bot_token
        with pytest.raises(DemoSlackError, match="ended with status"):
            start_slack(int(one.url.rpartition(":")[2]))


def test_the_server_ends_with_its_parent() -> None:
    program = (
        "import time\nfrom service.demo.slack.launch import start_slack\n"
        "slack = start_slack()\nprint(slack.url, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        url = parent.stdout.readline().strip()
        assert fetch(f"{url}/")[0] == 200
        parent.send_signal(signal.SIGKILL)
    until(lambda: not _answers(url))


def _answers(url: str) -> bool:
    try:
        fetch(f"{url}/")
    except OSError:
        return False
    time.sleep(0.1)
    return True
