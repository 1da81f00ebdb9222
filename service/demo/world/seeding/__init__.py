"""Makes CloudMart in the embedded AWS, by the calls with which one would make it in a real account."""

from __future__ import annotations

from service.demo.world.clients import ClientFor
from service.demo.world.plan import PLANS
from service.demo.world.seeding.backend import make_backend, make_image
from service.demo.world.seeding.databases import make_databases
from service.demo.world.seeding.frontend import make_frontend
from service.demo.world.seeding.leftovers import make_leftovers
from service.demo.world.seeding.network import make_network


def seed_cloudmart(client_for: ClientFor) -> None:
    """Make dev, staging and prod, and what lies about besides. Raises botocore's errors."""
    image = make_image(client_for)
    for plan in PLANS:
        network = make_network(client_for, plan)
        make_backend(client_for, plan, network, image)
        make_databases(client_for, plan, network)
        make_frontend(client_for, plan)
    make_leftovers(client_for)
