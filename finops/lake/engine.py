"""Opens bills with Ibis: on DuckDB in this process, or on whatever engine the configured URL names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from finops.lake.errors import LakeError, LakeNotInstalled
from store.messages import Message

if TYPE_CHECKING:
    from ibis.expr.types import Table

DUCKDB = "duckdb://"
_SPARK = ("pyspark", "spark")


@contextmanager
def connected(url: str = DUCKDB) -> Iterator[Any]:
    """A connection of Ibis to an engine: `duckdb://`, `pyspark://?spark.master=local[2]`, `spark://HOST:7077`.

    Raises:
        LakeNotInstalled: Ibis or the engine is missing.
        LakeError: the URL names no engine.
    """
    try:
        import ibis  # noqa: PLC0415  of the extra `lake`, and slow to import

        connection = _spark(url) if urlsplit(url).scheme in _SPARK else ibis.connect(url)
    except ImportError:
        raise LakeNotInstalled from None
    except (ValueError, NotImplementedError, AttributeError):
        raise LakeError(
            Message("costs.lake.engine %(url)s names no engine of Ibis: write duckdb:// or pyspark://…", url=repr(url))
        ) from None
    if connection.name == "duckdb":
        connection.raw_sql("SET enable_progress_bar = false")  # it would stand in the middle of what --json prints
    try:
        yield connection
    finally:
        connection.disconnect()


def _spark(url: str) -> Any:  # noqa: ANN401  see `opened`
    """Spark with the settings of the URL's query. Ibis sets them on a running session, which Spark 4 refuses."""
    import ibis  # noqa: PLC0415  of the extra `lake`
    from pyspark.sql import SparkSession  # noqa: PLC0415  of no extra: it comes with the engine's own environment

    parts = urlsplit(url)
    builder = SparkSession.builder.appName("lamplighter")
    if parts.scheme == "spark":
        builder = builder.master(f"spark://{parts.netloc}")
    for name, value in parse_qsl(parts.query):
        builder = builder.config(name, value)
    return ibis.pyspark.connect(builder.getOrCreate())


def opened(connection: Any, paths: Sequence[str]) -> list[Table]:  # noqa: ANN401  Ibis's backends have no common public type
    """The bills at these paths, one table for each number of digits behind the point, so that no sum is rounded."""
    import pyarrow.parquet as pq  # noqa: PLC0415  of the extra `lake`

    alike: dict[str, list[str]] = {}
    for path in paths:
        schema = pq.read_schema(path)
        alike.setdefault(str(schema.field("BilledCost").type), []).append(path)
    return [_table(connection, some) for some in alike.values()]


def _table(connection: Any, paths: Sequence[str]) -> Table:  # noqa: ANN401  see `opened`
    """One table of several files. Spark's reader takes only one path."""
    if connection.name == "duckdb":
        return connection.read_parquet(list(paths))
    first, *others = (connection.read_parquet(path) for path in paths)
    return first.union(*others) if others else first


def rows(expression: Any) -> list[dict[str, Any]]:  # noqa: ANN401  Ibis's table
    """The answer to an expression, with amounts as exact decimals."""
    found: list[dict[str, Any]] = expression.to_pyarrow().to_pylist()
    return found


def added(amounts: Iterable[Decimal | None]) -> Decimal:
    """Decimals added without rounding, however many digits they have."""
    with localcontext(Context(prec=200)):
        return sum((amount for amount in amounts if amount is not None), Decimal(0))
