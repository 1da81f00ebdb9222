"""Alembic's entry: run the migrations on the connection that store/migrate.py hands over."""

from __future__ import annotations

from alembic import context

from store.alerting.schema import alerts

context.configure(connection=context.config.attributes["connection"], target_metadata=alerts.metadata)
context.run_migrations()
