"""The pages for people; each page is one module with one blueprint, listed here.

The seam: `blueprints()` is called once by `dashboards.web.create_app`. A view reads `dashboards.site.current_site()`
and `flask.g.now` (the clock, read once a request), and answers with `flask.render_template`. Every template has:

- `_("…", name=…)`, `ngettext("…", "…", number)` and `{% trans %}`; a literal per cent sign is written `%%`;
- `language`, the reader's `dashboards.language.Language`: `language.code`, `.zone`, `.moment(when)`, `.date(when)`,
  `.time(when)`, `.age(when, now)`, `.duration(delta)`, `.number(x)`, `.percent(x)`, `.money(x)`, `.say(message)`;
- `site` (the `Site`), `now`, `login_name` (None without a login), `login_enabled`, `request_id`;
- `csrf_token()` for each form that posts, `static_url("css/page.css")` for a file that is cached for ever.

Pages are for people who are logged in: the application sees to it before any view runs. A view lets StoreError pass;
the application answers 503 in words. `base.html` (of the pages) renders without touching the store, for error pages
and the login extend it with the blocks `title` and `main`. GET answers get a weak ETag over their body (less the CSRF
token) and a 304 where nothing changed, so what is polled should print times as instants, not as ages.
"""

from __future__ import annotations

from flask import Blueprint

from dashboards.pages import (
    alerts,
    collectors,
    component,
    cost,
    cost_more,
    environments,
    frame,
    rules,
    settings,
    status,
)


def blueprints() -> tuple[Blueprint, ...]:
    """The blueprints of all pages, in the order of their tabs."""
    return (
        frame.blueprint(),
        status.blueprint(),
        component.blueprint(),
        alerts.blueprint(),
        rules.blueprint(),
        cost.blueprint(),
        cost_more.blueprint(),
        environments.blueprint(),
        collectors.blueprint(),
        settings.blueprint(),
    )
