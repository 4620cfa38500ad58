"""Erases rows from tables and what Hudi keeps of them: the jobs' part of `metriccare forget`.

What is to go stands in an object in the job's temporary folder, never in its arguments: those are shown and logged. The
request is the same however often it is carried out, so a job that died is started again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import bronze, deletions, hudi, registry, silver
from metriccare_etl.safe import Problem
from metriccare_etl.timeline import Timeline

Request = dict[str, dict[str, list[str]]]
# Old files of every group go with the commit itself: they, their filters and their footers hold the rows.
AT_ONCE = {
    hudi.CLEAN_POLICY: "KEEP_LATEST_FILE_VERSIONS",
    hudi.CLEAN_VERSIONS: "1",
    hudi.CLEAN_EACH: "1",
}


def read_request(spark: SparkSession, url: str) -> Request:
    """`{"rows": {table: [keys]}, "ids": {dataset: [ids]}}` of an object."""
    try:
        lines = spark.read.text(url, wholetext=True).collect()
        found: Request = json.loads("".join(line[0] for line in lines))
    except Exception:
        raise Problem(f"forget: {url} cannot be read: start `metriccare forget` again") from None
    return found


def from_bronze(spark: SparkSession, request: Request, dataset: str, path: str, database: str) -> dict[str, Any]:
    """Rows of a dataset's Bronze table by their keys; with the patients, of the quarantine too."""
    tables = [bronze.bronze_table(path, dataset, database)]
    if dataset == "patient":
        tables.append(bronze.quarantine_table(path, database))
    erased = {}
    for table in tables:
        if Timeline(spark, table.path).latest is None:
            continue
        newest = bronze.newest_of(spark, table)
        erased[table.name] = _erase(spark, table, request["rows"].get(table.name, []), {bronze.NEWEST: newest})
    return {"erased": erased}


def from_silver(
    spark: SparkSession, request: Request, dataset: str, bronze_path: str, path: str, database: str
) -> dict[str, Any]:
    """Rows of a dataset's Silver table by their ids; what Bronze still has of these ids is made anew."""
    table = silver.silver_table(path, dataset, database)
    timeline = Timeline(spark, table.path)
    ids = request["ids"].get(dataset, [])
    if timeline.latest is None:
        return {"erased": {}}
    # how far Bronze was read, and whether there were links, stays said by the newest commit
    told = {name: timeline.metadata(name) for name in (silver.BRONZE_INSTANT, silver.LINKS)}
    metadata = {name: value for name, value in told.items() if value is not None}
    deleted = deletions.Deleted(spark, path, dataset)
    if deleted.is_there:
        _erase(spark, deleted.table, ids, {})
    erased = _erase(spark, table, ids, metadata)
    source = hudi.table_path(bronze_path, dataset)
    if not ids or Timeline(spark, source).latest is None:
        return {"erased": {table.name: erased}}
    left = _having(hudi.read(spark, source), "resource_id", ids)
    versions = silver.versions_of(left.select("resource_id", "ordering", "resource"), dataset).persist()
    try:
        key = registry.datasets()[dataset].key
        gone = deletions.gone_of(versions, key)
        if not gone.isEmpty():
            deleted.write(gone, Timeline(spark, table.path).latest)
        rows = silver.newest(deletions.staying(versions, gone, key), key)
        hudi.write(rows, table, metadata=metadata, options=AT_ONCE)
    finally:
        versions.unpersist()
    return {"erased": {table.name: erased}}


def _erase(spark: SparkSession, table: hudi.Table, keys: list[str], metadata: dict[str, str]) -> int:
    """Take rows out, and every older file of the table; returns how many rows there were."""
    rows = _having(hudi.read(spark, table.path), table.key, keys)
    columns = [table.key, table.ordering, *([table.partition] if table.partition else [])]
    leaving = rows.select(*columns).persist()
    try:
        count = leaving.count()
        if count:
            hudi.write(leaving, table, hudi.DELETE, metadata, AT_ONCE)
        # a commit without rows looks for old files once more: those of a deletion that died before it had
        hudi.write(hudi.read(spark, table.path).limit(0), table, metadata=metadata, options=AT_ONCE)
    finally:
        leaving.unpersist()
    return count


def _having(rows: DataFrame, column: str, values: Iterable[str]) -> DataFrame:
    spark = rows.sparkSession
    wanted = spark.createDataFrame([(value,) for value in values], "wanted string")
    return rows.join(F.broadcast(wanted), F.col(column) == F.col("wanted"), "left_semi")
