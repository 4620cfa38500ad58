"""What deletions do to the versions of a resource (docs/measures.md D1 to D3), whatever order they come in.

Of all deletions of an id two values count: the latest time, and the latest file (generation). Silver keeps both in a
small table beside each of its own, so that a version that comes later is judged without looking at Bronze again.
"""

from datetime import datetime, timezone

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import hudi
from metriccare_etl.timeline import Timeline

NO_TIME = "0" * 15  # how the ordering of a version without lastUpdated begins
COLUMNS = "id string, gone_time string, gone_generation string"
TIME = "substring(ordering, 1, 15)"
GENERATION = "regexp_extract(ordering, '^.{16}(.*)-[^-]*$', 1)"
# a version with lastUpdated goes by the times, one without by the files
STAYS = f"if({TIME} > '{NO_TIME}', {TIME} >= gone_time, {GENERATION} >= gone_generation)"


def gone_of(versions: DataFrame, key: str) -> DataFrame:
    """(id, gone_time, gone_generation) of the deletions among versions."""
    return (
        versions.where("gone")
        .groupBy(F.col(key).alias("id"))
        .agg(F.expr(f"max({TIME})").alias("gone_time"), F.expr(f"max({GENERATION})").alias("gone_generation"))
    )


def together(first: DataFrame, second: DataFrame) -> DataFrame:
    """Both, one row an id."""
    return (
        first.unionByName(second)
        .groupBy("id")
        .agg(F.max("gone_time").alias("gone_time"), F.max("gone_generation").alias("gone_generation"))
    )


def staying(versions: DataFrame, gone: DataFrame, key: str) -> DataFrame:
    """The versions that no deletion has taken away."""
    told = gone.withColumnRenamed("id", "gone_id")
    joined = versions.join(told, F.col(key) == F.col("gone_id"), "left")
    return joined.where(f"gone_id IS NULL OR ({STAYS})").select(*versions.columns)


def taken(versions: DataFrame, gone: DataFrame, key: str) -> DataFrame:
    """The versions that a deletion has taken away."""
    told = gone.withColumnRenamed("id", "gone_id")
    return versions.join(told, F.col(key) == F.col("gone_id")).where(f"NOT ({STAYS})").select(*versions.columns)


class Deleted:
    """The table of what was deleted of one dataset, beside its Silver table."""

    def __init__(self, spark: SparkSession, layer_path: str, dataset: str) -> None:
        self._spark = spark
        name = f"{dataset}_deleted"
        # not in the catalog: its rows say nothing that Bronze does not
        self.table = hudi.Table(hudi.table_path(layer_path, name), name, "id", "written_at")
        self._is_there = Timeline(spark, self.table.path).latest is not None

    @property
    def is_there(self) -> bool:
        """Whether anything was ever deleted."""
        return self._is_there

    def known(self) -> DataFrame:
        """(id, gone_time, gone_generation) of every id that was ever deleted."""
        if not self._is_there:
            return self._spark.createDataFrame([], COLUMNS)
        return hudi.read(self._spark, self.table.path).select("id", "gone_time", "gone_generation")

    def since(self, instant: str | None) -> DataFrame:
        """Ids that were deleted when Silver stood at this instant or later; None: all."""
        if not self._is_there:
            return self._spark.createDataFrame([], "id string")
        rows = hudi.read(self._spark, self.table.path)
        return (rows if instant is None else rows.where(F.col("silver_instant") >= instant)).select("id")

    def write(self, gone: DataFrame, silver_instant: str | None) -> None:
        """Keep what is known of these ids now. `silver_instant`: where Silver stands before it takes them away."""
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        rows = gone.withColumn("silver_instant", F.lit(silver_instant or "")).withColumn("written_at", F.lit(now))
        hudi.write(rows, self.table)
        self._is_there = True
