"""The lake: imported bills (FOCUS, CUR) as immutable Parquet files, queried by Ibis expressions on DuckDB or Spark."""
