"""Where the links of a message lead: pages that show first and act only after a second tap."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from alerts.notice import Notice, NoticeAlert
from alerts.slack.words import firing


@dataclass(frozen=True, slots=True)
class Links:
    """The pages of an installation. `public_url` is empty where nobody said how people reach it: no links then."""

    public_url: str = ""

    def notice(self, notice: Notice) -> str:
        """The page of what the notice tells: of its alert, or of all of them."""
        if not self.public_url:
            return ""
        alerts = firing(notice) or list(notice.alerts)
        if len(alerts) == 1 or (len(notice.alerts) == 1 and alerts):
            return f"{self._base}/alerts/{quote(alerts[0].episode, safe='', errors='replace')}"
        return f"{self._base}/alerts" + (f"?{urlencode({'notice': notice.notice})}" if alerts else "")

    def costs(self, budget: NoticeAlert) -> str:
        """The page of costs, for the place that a budget is of."""
        if not self.public_url:
            return ""
        place = {"environment": budget.environment, "component": budget.component}
        query = urlencode({name: value for name, value in place.items() if value}, errors="replace")
        return f"{self._base}/cost" + (f"?{query}" if query else "")

    def confirm(self, notice: Notice, action: str) -> str:
        """The page that asks whether to `acknowledge` or `silence`: opening it changes nothing."""
        alerts = firing(notice) or list(notice.alerts)
        if not self.public_url or not alerts:
            return ""
        query = urlencode({"ask": action, "notice": notice.notice})
        return f"{self._base}/alerts/{quote(alerts[0].episode, safe='', errors='replace')}?{query}"

    @property
    def _base(self) -> str:
        return self.public_url.rstrip("/")
