"""Alembic's entry: run the migrations on the connection that store/migrate.py hands over."""

from __future__ import annotations

from alembic import context

from store.money.schema import observations

context.configure(connection=context.config.attributes["connection"], target_metadata=observations.metadata)
context.run_migrations()
