"""The section `costs.lake:` of the configuration: where imported bills lie, and what queries them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class LakeSettings(BaseModel):
    """Imported bills (FOCUS and CUR files)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path | None = Field(default=None, description="The folder of imported bills; `lake` in LAMPLIGHTER_HOME.")
    engine: str = Field(
        default="duckdb://",
        description="What queries them, as an Ibis URL: duckdb://, or pyspark://WAREHOUSE?spark.master=local[2].",
    )
