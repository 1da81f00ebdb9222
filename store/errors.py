"""What can go wrong with the store.

StoreError
├── StoreUnavailable    the database cannot be reached, opened or written
│   ├── StoreLocked     somebody else holds it for too long
│   ├── StoreCorrupt    what it holds cannot be trusted
│   └── DiskFull        there is no room for more
├── SchemaBehind        the database has an older schema than this program
├── SchemaAhead         the database has a newer schema than this program
├── LostClaim           another worker has taken over the job
├── UnknownSeries       samples for a series that nobody declared
├── BadSample           a sample that is no finite number
├── BadBackup           a backup file that is damaged or is none
└── StoreNotEmpty       restoring would overwrite what is there

Each message names what failed, says what happened and what to do.
"""

from __future__ import annotations


class StoreError(Exception):
    """Anything that the store refuses or fails to do."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, opened or written. Trying again later may help."""


class StoreLocked(StoreUnavailable):
    """Another program held the database for longer than we wait."""


class StoreCorrupt(StoreUnavailable):
    """The database is damaged, or the file is no database."""


class DiskFull(StoreUnavailable):
    """There is no room left where the database lives. Nothing of the refused write was kept."""


class SchemaBehind(StoreError):
    """The database lacks tables or columns that this program needs."""


class SchemaAhead(StoreError):
    """The database was migrated by a newer program than this one."""


class LostClaim(StoreError):
    """The claim on a job is no longer ours: its lease ran out and it was given away."""


class UnknownSeries(StoreError):
    """Samples, cursors or gaps came for a series that was never declared with `series.upsert`."""


class BadSample(StoreError, ValueError):
    """A sample whose value is NaN or infinite, or whose time is no whole number of seconds."""


class BadBackup(StoreError):
    """A file is no backup of ours, is cut off, or does not match its checksums."""


class StoreNotEmpty(StoreError):
    """Restoring would overwrite a store that holds something."""
