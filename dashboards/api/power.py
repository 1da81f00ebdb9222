"""GET the environments that sleep, and POST what is asked of one."""

from __future__ import annotations

from flask import abort

from dashboards.api.endpoint import Arguments, Endpoint
from dashboards.api.models.alerting import Asked
from dashboards.api.models.power import PowerAnswer, PowerPage, WishBody
from dashboards.asking import ask
from dashboards.language import current_language
from dashboards.site import current_site

OVERRIDE, RESUME = "environment.override", "environment.resume"


def power(_arguments: Arguments) -> PowerPage:
    """Every environment that sleeps by a schedule."""
    language = current_language()
    items = [PowerAnswer.from_store(one, language) for one in current_site().store.power.states()]
    return PowerPage(items=items, total=len(items))


def wish(_arguments: Arguments, name: str, body: WishBody) -> Asked:
    """Ask something of an environment."""
    site = current_site()
    if name not in site.stack.environments:
        abort(404)
    payload: dict[str, object] = {"environment": name, "source": "api"}
    if body.do != "resume":
        payload |= {"do": body.do, "why": body.why}
        if body.seconds is not None:
            payload["seconds"] = body.seconds
    intent = ask(site, RESUME if body.do == "resume" else OVERRIDE, payload)
    return Asked(intent=intent.id, kind=intent.kind, actor=intent.actor)


ENDPOINTS = (
    Endpoint(
        "/power",
        "power",
        "Environments that sleep: what each is and should be, and what may be asked.",
        PowerPage,
        power,
    ),
    Endpoint(
        "/power/<name>/wishes",
        "wish",
        "Ask to keep an environment on, to stop or start it, or to go by its schedule again.",
        Asked,
        wish,
        missing="No environment has this name.",
        method="POST",
        body=WishBody,
    ),
)
