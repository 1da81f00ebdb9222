"""Each type of resource that can sleep, in a file of its own: how it is seen, and how it is put to sleep and woken."""

from __future__ import annotations

from service.shutdown.kinds import aurora, ec2, ecs, groups, nodes, rds

KINDS = (ec2.KIND, groups.KIND, ecs.KIND, nodes.KIND, rds.KIND, aurora.KIND)
"""All kinds. A new one is a module here and a name in this line."""
