"""The fixture of Demo Slack, for every folder of tests: pyproject.toml loads it.

- `demo_slack`: one child process serves the whole session; each test finds it as new, with its limits on.

It is a `service.demo.slack.launch.EmbeddedSlack`: `.api_url` (base_url of slack_sdk's WebClient), `.bot_token`,
`.app_token`, `.signing_secret`, `.webhook_url`, and `.control`:
`.fault("ratelimited", method="chat.postMessage", seconds=2, times=1)`,
`.messages("ops")`, `.calls()`, `.click(message, "ack")`, `.command("/lamplighter status")`, `.advance(60)`, …
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.demo.slack.launch import EmbeddedSlack, start_slack


@pytest.fixture(scope="session")
def demo_slack_child() -> Iterator[EmbeddedSlack]:
    """The shared child; take `demo_slack` instead."""
    with start_slack() as slack:
        yield slack


@pytest.fixture
def demo_slack(demo_slack_child: EmbeddedSlack) -> EmbeddedSlack:
    """Demo Slack, as new."""
    demo_slack_child.control.reset()
    return demo_slack_child
