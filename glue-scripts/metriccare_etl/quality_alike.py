"""Resources that say what another one says, counted among the patients of what has changed.

Resources that are alike name the same patient. So where nothing of a patient is new nobody new is alike, and of those
who were before it is known which: only they, and the patients of what is new, are looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl.slices import FILE, Slices

COMMIT_TIME = "_hoodie_commit_time"
# What resources with different ids have in common that say the same. Silver has nothing that tells patients apart.
SAME: dict[str, tuple[str, ...]] = {
    "patient": (),
    "encounter": ("patient_id", "start", "end", "status_code", "classes", "facility", "part_of"),
    "condition": ("patient_id", "encounter_id", "onset", "codes", "confirmed"),
}
NEEDED = {"patient": (), "encounter": ("patient_id", "start"), "condition": ("patient_id", "onset")}
WHOSE = "xxhash64(patient_id)"
MANY = 10_000  # patients with some that are alike; of more nobody keeps a list
Known = list[list[int]] | None  # [patient (as a hash), how many too many] of each


def count(
    spark: SparkSession, slices: Slices, dataset: str, new: Sequence[str], since: str | None, known: Known
) -> tuple[int, Known]:
    """(how many say what another one says, of whom). `known` is what was answered when the table stood at `since`;
    `new` are the files that it has gained.
    """
    if not SAME[dataset]:
        return 0, []  # an id is there once
    if since is None or known is None:
        return _among(_alike(slices.read(), dataset))
    fresh = slices.read(new).where(F.col(COMMIT_TIME) > since).selectExpr(f"{WHOSE} AS whose")
    before = spark.createDataFrame([(whose,) for whose, _ in known], "whose bigint")
    who = fresh.union(before).distinct().localCheckpoint()
    files = slices.having(slices.read().selectExpr(f"{WHOSE} AS whose", FILE), "whose", who)
    rows = slices.read(files).withColumn("whose", F.expr(WHOSE)).join(F.broadcast(who), "whose", "left_semi")
    return _among(_alike(rows, dataset))


def _alike(rows: DataFrame, dataset: str) -> DataFrame:
    """(patient, how many too many) of all who have any."""
    there = " AND ".join(f"`{column}` IS NOT NULL" for column in NEEDED[dataset])
    content = ", ".join(f"`{column}`" for column in SAME[dataset])
    told = rows.where(there).selectExpr(f"{WHOSE} AS whose", f"xxhash64({content}) AS content")
    groups = told.groupBy("whose", "content").agg((F.count("*") - 1).alias("more")).where("more > 0")
    return groups.groupBy("whose").agg(F.sum("more").alias("more"))


def _among(alike: DataFrame) -> tuple[int, Known]:
    alike = alike.persist()
    try:
        found = [[int(row.whose), int(row.more)] for row in alike.limit(MANY + 1).collect()]
        if len(found) <= MANY:
            return sum(more for _, more in found), found
        total = alike.agg(F.sum("more")).first()
        return (int(total[0]) if total else 0), None
    finally:
        alike.unpersist()


def state(said: Mapping[str, Any]) -> Known:
    """What an earlier count has kept, from its JSON."""
    found = said.get("alike")
    return found if isinstance(found, list) else None
