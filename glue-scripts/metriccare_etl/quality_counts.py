"""What a Silver job counts for the quality checks of its dataset: one pass over the table, where it has changed.

How the counts are judged is the affair of the job that concludes (`quality_gold`). They lie beside Silver's tables.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import aws, hudi, manifests, quality, quality_store
from metriccare_etl.quality import Check
from metriccare_etl.timeline import Timeline

COMMIT_TIME = "_hoodie_commit_time"
EARLIEST = "1900-01-01"
DATES: dict[str, tuple[str, ...]] = {
    "patient": ("birth_date", "death"),
    "encounter": ("start", "end"),
    "condition": ("onset",),
}
SPANS = {"patient": ("birth_date", "death"), "encounter": ("start", "end")}
# What resources with different ids have in common that say the same. Silver has nothing that tells patients apart.
SAME: dict[str, tuple[str, ...]] = {
    "patient": (),
    "encounter": ("patient_id", "start", "end", "status_code", "classes", "facility", "part_of"),
    "condition": ("patient_id", "encounter_id", "onset", "codes", "confirmed"),
}
NEEDED = {"patient": (), "encounter": ("patient_id", "start"), "condition": ("patient_id", "onset")}


class Place(NamedTuple):
    """Whose table, and where it and Bronze lie."""

    dataset: str
    bronze_path: str
    silver_path: str


def refresh(spark: SparkSession, place: Place, asked: Sequence[Check], run_id: str) -> dict[str, Any]:
    """Count anew, unless Silver, the manifests and what is asked for are those of the last time."""
    path = hudi.table_path(place.silver_path, place.dataset)
    latest = Timeline(spark, path).latest
    if latest is None:
        return {"quality": "no_silver"}
    s3 = aws.s3_client()
    store = quality_store.Counts(place.silver_path, place.dataset, s3)
    before = store.read()
    book = manifests.Book(spark, place.bronze_path, s3)
    basis = {"silver": latest, "manifests": book.state, "asked": {one.id: dict(one.settings) for one in asked}}
    if before.get("basis") == basis:
        return {"quality": "unchanged"}
    since = before.get("basis", {}).get("silver")
    rows = spark.read.format("hudi").load(path)
    row = rows.agg(*_counts(place.dataset, asked, since)).first()
    counted = row.asDict() if row else {}
    told = {
        "basis": basis,
        "run_id": run_id,
        "counted_at": time.time(),
        "changed_at": moment_of(latest),
        "rows": counted["rows"],
        "counts": _told(asked, counted),
        **_volume(before, counted["changed"], since == latest),
    }
    if any(one.id == "completeness" for one in asked):
        missing, promised = book.missing(place.dataset)
        told["counts"]["completeness"] = {"count": missing, "of": promised}
    store.write(told)
    return {"quality": "counted"}


def _told(asked: Sequence[Check], counted: Mapping[str, Any]) -> dict[str, Any]:
    rows = counted["rows"]
    return {one.id: {"count": counted[one.id], "of": rows} for one in asked if counted.get(one.id) is not None}


def _volume(before: Mapping[str, Any], changed: int, same: bool) -> dict[str, Any]:
    """What this run brought, and what runs before it did. One that brought nothing is no measure of what is usual."""
    volumes = [int(one) for one in before.get("volumes", ())]
    if same:
        return {"changed": before.get("changed", 0), "volumes": volumes}
    if before.get("changed"):
        volumes = [*volumes, int(before["changed"])][-quality.declared()["runs"] :]
    return {"changed": changed, "volumes": volumes}


def moment_of(instant: str) -> float:
    """Seconds since 1970 of a commit. Hudi names it by the clock of the machine that it runs on."""
    return datetime.strptime(instant[:14], "%Y%m%d%H%M%S").astimezone().timestamp()


# --- the pass over the table ---


def _counts(dataset: str, asked: Sequence[Check], since: str | None) -> list[Any]:
    """Every count that is asked for, as columns of one aggregate."""
    changed = f"count_if({COMMIT_TIME} > '{since}')" if since else "count(*)"
    columns = {"rows": "count(*)", "changed": changed}
    for one in asked:
        expression = _expression(dataset, one)
        if expression:
            columns[one.id] = expression
    return [F.expr(text).alias(name) for name, text in columns.items()]


def _expression(dataset: str, check: Check) -> str | None:
    if dataset not in check.datasets:
        return None
    if check.id == "dates":
        return f"count_if({implausible(dataset, str(check.settings.get('earliest', EARLIEST)), _today())})"
    if check.id == "order":
        return f"count_if({backwards(*SPANS[dataset])})"
    if check.id == "duplicates":
        return f"count(*) - count(DISTINCT {_content(dataset)})"
    return None


def _today() -> str:
    """The last day that is not in the future anywhere, a day of grace for clocks that go wrong included."""
    return (datetime.now(timezone.utc) + timedelta(days=2)).strftime("%Y-%m-%d")


def implausible(dataset: str, earliest: str, latest: str) -> str:
    """SQL of a row with a date outside of these. Times are in the strict form, whose days sort as text."""
    days = [f"substr(`{column}`, 1, 10)" for column in DATES[dataset]]
    return " OR ".join(f"coalesce({day} < '{earliest}' OR {day} > '{latest}', false)" for day in days)


def backwards(start: str, end: str) -> str:
    """SQL of an end before its start. Between a day and an instant one day is no mistake: calendars differ."""
    first, last = f"`{start}`", f"`{end}`"
    days = f"datediff(CAST(substr({last}, 1, 10) AS date), CAST(substr({first}, 1, 10) AS date))"
    return f"coalesce(if(length({first}) = length({last}), {last} < {first}, {days} < -1), false)"


def _content(dataset: str) -> str:
    """SQL of what tells a row apart: its content where that says enough, else its id."""
    if not SAME[dataset]:
        return "xxhash64(id)"
    there = " AND ".join(f"`{column}` IS NOT NULL" for column in NEEDED[dataset])
    content = ", ".join(f"`{column}`" for column in SAME[dataset])
    return f"if({there}, xxhash64(1, {content}), xxhash64(2, id))"


def frame_counts(rows: DataFrame, dataset: str, asked: Sequence[Check]) -> dict[str, int]:
    """The counts of a frame of Silver rows, by check."""
    row = rows.withColumn(COMMIT_TIME, F.lit("")).agg(*_counts(dataset, asked, None)).first()
    return {name: int(value) for name, value in (row.asDict() if row else {}).items()}
