"""Looking for what is wrong with a database before it hurts."""

from __future__ import annotations

import sqlalchemy as sa

from store.database import Database
from store.migrate import current_revision, known_revisions, refuse_newer


def find_problems(database: Database) -> list[str]:
    """What is wrong, in words with the remedy.

    Raises:
        StoreError: the database cannot even be asked.
    """
    with database.reading() as connection:
        revision = current_revision(connection)
        newest = known_revisions()[0]
        if revision is None:
            return [f"The database {database.name} is empty: `lamplighter serve` prepares it when it starts."]
        refuse_newer(revision, database.name)
        problems = []
        if revision != newest:
            problems.append(
                f"The database {database.name} is at revision {revision}, this version needs {newest}: take a backup, "
                "then start `lamplighter serve`, which brings it up to date."
            )
        if database.is_sqlite:
            found = connection.execute(sa.text("PRAGMA quick_check(5)")).scalars().all()
            problems += [
                f"The database {database.name} is damaged: {line}. Move it away and restore a backup."
                for line in found
                if line != "ok"
            ]
    return problems
