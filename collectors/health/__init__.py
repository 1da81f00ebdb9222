"""What is observed of health: AWS's own checks, and probes made from here.

Adding a kind is one file with its KIND, one line here, one row per call in `collectors/permissions.py`, and one
test. What puts others to sleep stands before what depends on it.
"""

from __future__ import annotations

from collectors.health import caches, databases, groups, instances, services, targets
from collectors.health.look import Kind

KINDS: tuple[Kind, ...] = (
    groups.KIND,
    services.KIND,
    targets.KIND,
    databases.KIND,
    caches.KIND,
    instances.KIND,
)
