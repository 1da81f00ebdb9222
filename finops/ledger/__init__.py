"""The ledger of savings: recommended, accepted, verified against what was billed afterwards, net of growth.

`update` is the part of a round. `record_stops` keeps stops of a record of one's own (`Stop`), besides those that the
health checks see.
"""

from __future__ import annotations

from finops.ledger.stops import Stop
from finops.ledger.updating import record_stops, update

__all__ = ["Stop", "record_stops", "update"]
