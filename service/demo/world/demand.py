"""How many people shop at CloudMart: a daily and a weekly curve in Korean time."""

from __future__ import annotations

import numpy as np

from service.demo.world.noise import Floats, Times, counted, key_of, normal, wander
from service.demo.world.plan import EnvironmentPlan

_DAY = 86_400
_SEOUL = 9 * 3_600
"""Korea is nine hours ahead of UTC all year round."""
_MONDAY = 3 * _DAY
"""1970-01-01 was a Thursday: shifted by so much, weeks begin on Monday."""

# Shares of the busiest hour, for each hour of the day from midnight. Shops fill at lunch and after dinner.
_SHOP = (0.34, 0.22, 0.14, 0.10, 0.09, 0.10, 0.16, 0.28, 0.42, 0.55, 0.63, 0.70,
         0.80, 0.74, 0.66, 0.64, 0.66, 0.70, 0.74, 0.82, 0.94, 1.00, 0.86, 0.58)  # fmt: skip
_OFFICE = (0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.03, 0.12, 0.55, 0.85, 0.90,
           0.45, 0.80, 1.00, 0.95, 0.90, 0.80, 0.45, 0.20, 0.08, 0.03, 0.02, 0.01)  # fmt: skip
# Monday to Sunday.
_SHOP_WEEK = (0.92, 0.90, 0.93, 0.97, 1.05, 1.20, 1.14)
_OFFICE_WEEK = (1.0, 1.05, 1.05, 1.0, 0.9, 0.04, 0.03)


def expected_requests(plan: EnvironmentPlan, times: Times) -> Floats:
    """Requests a minute that people would make at these times, before chance."""
    hours, week = (_OFFICE, _OFFICE_WEEK) if plan.office else (_SHOP, _SHOP_WEEK)
    local = times + _SEOUL
    hour = (local % _DAY) / 3_600.0
    day = ((local + _MONDAY) % (7 * _DAY)) / float(_DAY)
    by_hour = np.interp(hour, np.arange(25), [*hours, hours[0]])
    # An office is empty from midnight on Saturday; shoppers change their mind slowly.
    by_day = (
        np.asarray(week)[day.astype(np.int64)] if plan.office else np.interp(day, np.arange(7) + 0.5, week, period=7)
    )
    return np.asarray(plan.peak * by_hour * by_day, dtype=np.float64)


def requests(plan: EnvironmentPlan, times: Times, traffic: Floats) -> Floats:
    """Whole requests a minute at these times; `traffic` is what incidents make of it (1 is as usual)."""
    key = key_of("requests", plan.name)
    drift = 1.0 + 0.08 * wander(key, times, 2_700) + 0.03 * normal(key + 1, times)
    return counted(key + 2, times, np.maximum(expected_requests(plan, times) * traffic * drift, 0.0))
