"""Each type of resource that can sleep, in a file of its own: how it is seen, and how it is put to sleep and woken."""

from __future__ import annotations

from service.shutdown.kinds import aurora, caches, ec2, ecs, gateways, groups, nodes, rds

KINDS = (ec2.KIND, groups.KIND, ecs.KIND, nodes.KIND, *caches.KINDS, rds.KIND, aurora.KIND, gateways.KIND)
"""All kinds. A new one is a module here and a name in this line."""
