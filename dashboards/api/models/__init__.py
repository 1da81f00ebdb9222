"""The answers of the API and of the command line's --json: what each holds, and how it is made from what is kept."""

from dashboards.api.models.base import (
    Answer,
    Page,
    ProblemAnswer,
    StatusWord,
)
from dashboards.api.models.health import (
    CheckAnswer,
    CheckPage,
    ComponentAnswer,
    ComponentPage,
    EnvironmentAnswer,
    EnvironmentPage,
    StatusAnswer,
    TransitionAnswer,
    TransitionPage,
)
from dashboards.api.models.measured import (
    PointsAnswer,
    ResourceAnswer,
    ResourcePage,
    SeriesAnswer,
    SeriesPage,
)
from dashboards.api.models.operation import (
    BillAnswer,
    BillLine,
    EventAnswer,
    EventPage,
    JobAnswer,
    JobPage,
    RunAnswer,
    RunPage,
    SettingsAnswer,
)

__all__ = [
    "Answer",
    "BillAnswer",
    "BillLine",
    "CheckAnswer",
    "CheckPage",
    "ComponentAnswer",
    "ComponentPage",
    "EnvironmentAnswer",
    "EnvironmentPage",
    "EventAnswer",
    "EventPage",
    "JobAnswer",
    "JobPage",
    "Page",
    "PointsAnswer",
    "ProblemAnswer",
    "ResourceAnswer",
    "ResourcePage",
    "RunAnswer",
    "RunPage",
    "SeriesAnswer",
    "SeriesPage",
    "SettingsAnswer",
    "StatusAnswer",
    "StatusWord",
    "TransitionAnswer",
    "TransitionPage",
]
