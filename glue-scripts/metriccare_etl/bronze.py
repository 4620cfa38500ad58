"""Bronze: every resource as it came, keyed by where it came from, so that a replay changes nothing.

The executors fetch the claimed objects themselves, each by the version that was claimed: S3A cannot read an object by
version, and a file may be overwritten while a run is on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Literal

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType, LongType

from metriccare_etl import hudi, manifests
from metriccare_etl.claimed import Claimed, Report
from metriccare_etl.parsing import KINDS, LARGE, PARSED, Reading, parse_body, parse_files
from metriccare_etl.timeline import Timeline

__all__ = ["PARSED", "append", "bronze_rows", "bronze_table", "ingest", "parse_body", "quarantine_rows"]
COMPRESSED = "spark.sql.inMemoryColumnarStorage.compressed"
NEWEST = "newest_generation"  # in a commit: no row of the table is of a later one


def dataset_of(counts: Mapping[str, int]) -> str:
    """What the ledger calls the file, from its content."""
    if counts.get("bundle"):
        return "bundle"
    if counts.get("manifest"):
        return "manifest"
    kinds = [name for name in KINDS.values() if counts.get(name)]
    if len(kinds) > 1 or (kinds and counts.get("other")):
        return "mixed"
    return kinds[0] if kinds else "unknown"


def report_of(row: Row, dataset: str) -> Report:
    """What the ledger is told of one file, from its count line."""
    counts = row["counts"]
    return {
        "rows": counts.get(dataset, 0),
        "records_in": counts["records"],
        "quarantined": counts["quarantined"],
        "large": counts.get("large", 0),
        "dataset": dataset_of(counts),
        "error": error_of(row["reason"]),
    }


def error_of(reason: str | None) -> str | None:
    """What the ledger says of a file that failed: a stable word, and what it means where the word does not say it."""
    return reason if not reason or ":" in reason else f"nothing readable: {reason}"


def bronze_rows(parsed: DataFrame, ingested_at: str, run_id: str) -> DataFrame:
    """Rows of the Bronze table. The partition is the day the file came, the same on every replay."""
    return parsed.where("what = 'row'").select(
        _source_key().alias("bronze_id"),
        F.col("resource_id"),
        F.col("ordering"),
        F.col("file_id"),
        F.col("line"),
        F.col("entry").cast(IntegerType()).alias("entry"),
        F.col("resource"),
        F.lit(run_id).alias("run_id"),
        F.lit(ingested_at).alias("ingested_at"),
        _ingest_date().alias("ingest_date"),
    )


def quarantine_rows(parsed: DataFrame, ingested_at: str, run_id: str) -> DataFrame:
    """Rows of the quarantine: object, line and reason, never the content."""
    return parsed.where("what = 'broken'").select(
        _source_key().alias("quarantine_id"),
        F.col("file_id"),
        F.col("line"),
        F.col("entry").cast(IntegerType()).alias("entry"),
        F.col("reason"),
        F.lit(run_id).alias("run_id"),
        F.lit(ingested_at).alias("ingested_at"),
        _ingest_date().alias("ingest_date"),
    )


def _generation() -> Column:
    return F.element_at(F.split("file_id", "#"), -1)


def _source_key() -> Column:
    """file_id, line and entry; the generation first, so that keys grow with time and old files are not looked into."""
    return F.concat_ws("#", _generation(), "file_id", "line", "entry")


def _ingest_date() -> Column:
    millis = F.split(_generation(), "-").getItem(0).cast(LongType())
    return F.date_format(F.timestamp_millis(millis), "yyyy-MM-dd")


def bronze_table(layer_path: str, dataset: str, database: str = "") -> hudi.Table:
    """The Bronze table of a dataset."""
    path = hudi.table_path(layer_path, dataset)
    return hudi.Table(path, dataset, "bronze_id", "ordering", "ingest_date", database, growing=True)


def quarantine_table(layer_path: str, database: str = "") -> hudi.Table:
    """The table of what could not be read."""
    path = hudi.table_path(layer_path, "quarantine")
    return hudi.Table(path, "quarantine", "quarantine_id", "ingested_at", "ingest_date", database, growing=True)


def append(spark: SparkSession, rows: DataFrame, table: hudi.Table, generations: list[str], large: bool = False) -> str:
    """Write the rows of files of these generations, so that a replay changes nothing.

    What is newer than all that the table holds cannot be in it: it is inserted without looking. The commit itself says
    how new the table is, so a crash cannot part the two. Anything else (a replay, a late event) is upserted.
    """
    timeline = Timeline(spark, table.path)
    newest = _newest(spark, table, timeline)
    operation = hudi.INSERT if newest < min(generations) else hudi.UPSERT
    for part in _apart(rows) if large else [rows]:
        hudi.write(part, table, operation, metadata={NEWEST: max(newest, *generations)})
    return operation


def _apart(rows: DataFrame) -> list[DataFrame]:
    """The large rows last and one after another: Hudi holds a row in some six copies, and each task has one at hand."""
    size = F.coalesce(F.octet_length("resource"), F.lit(0))  # a deletion has no resource
    return [rows.where(size < LARGE), rows.where(size >= LARGE).coalesce(1)]


def newest_of(spark: SparkSession, table: hudi.Table) -> str:
    """The newest generation that the table may hold, for a commit that adds none."""
    return _newest(spark, table, Timeline(spark, table.path))


def _newest(spark: SparkSession, table: hudi.Table, timeline: Timeline) -> str:
    """The newest generation that the table may hold; "" when it holds nothing."""
    if timeline.latest is None:
        return ""
    told = timeline.latest_metadata(NEWEST)
    if told is not None:
        return told
    # written by somebody else, or before commits told it: looked at once
    row = hudi.read(spark, table.path).agg(F.max(F.element_at(F.split("file_id", "#"), -1))).first()
    return (row[0] if row else None) or ""


def ingest(
    spark: SparkSession, files: list[Claimed], reading: Reading, layer_path: str, database: str, run_id: str
) -> dict[str, Report]:
    """Parse the files, write this dataset's rows (and, for patient, the quarantine); returns {file_id: report}."""
    ingested_at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    dataset = reading.dataset
    place = (layer_path, dataset, database)
    parsed = _kept(spark, parse_files(spark, files, reading))
    try:
        lines = parsed.where("what = 'file'").select("file_id", "reason", "counts").collect()
        reports = {row["file_id"]: report_of(row, dataset) for row in lines}
        _append_part(spark, files, reports, "rows", bronze_rows(parsed, ingested_at, run_id), bronze_table(*place))
        if dataset == "patient":
            broken = quarantine_rows(parsed, ingested_at, run_id)
            _append_part(spark, files, reports, "quarantined", broken, quarantine_table(layer_path, database))
            if any(row["counts"].get("manifest") for row in lines):
                manifests.keep(layer_path, _promised(parsed))
        return reports
    finally:
        parsed.unpersist()


def _promised(parsed: DataFrame) -> dict[str, list[manifests.Promised]]:
    """What each manifest promises. They are few and short."""
    found: dict[str, list[manifests.Promised]] = {}
    for row in parsed.where("what = 'promised'").select("file_id", "resource_id", "reason", "counts").collect():
        one = manifests.Promised(row["reason"], row["resource_id"], row["counts"]["count"])
        found.setdefault(row["file_id"], []).append(one)
    return found


def _kept(spark: SparkSession, parsed: DataFrame) -> DataFrame:
    """On disk and as it is: to compress it, Spark holds a long resource in as many copies as it knows encodings."""
    before = spark.conf.get(COMPRESSED) or "true"
    spark.conf.set(COMPRESSED, "false")
    try:
        return parsed.persist(StorageLevel.DISK_ONLY)
    finally:
        spark.conf.set(COMPRESSED, before)


def _append_part(
    spark: SparkSession,
    files: list[Claimed],
    reports: dict[str, Report],
    count: Literal["rows", "quarantined"],
    rows: DataFrame,
    table: hudi.Table,
) -> None:
    """Write the rows of the files that have any by this count of their reports."""
    told = [(file, reports.get(file["file_id"])) for file in files]
    generations = [file["generation"] for file, report in told if report and report[count]]
    if generations:
        large = count == "rows" and any(report["large"] for report in reports.values())
        append(spark, rows, table, generations, large)
