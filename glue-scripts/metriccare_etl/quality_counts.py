"""What a Silver job counts for the quality checks of its dataset: in the files that its table has gained.

A file of a Hudi table never changes, so what was counted in it holds, but for dates that were in the future then. How
the counts are judged is the affair of the job that concludes (`quality_gold`). They lie beside Silver's tables.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import aws, hudi, manifests, quality, quality_alike, quality_store
from metriccare_etl.quality import Check
from metriccare_etl.slices import FILE, Slices
from metriccare_etl.timeline import Timeline

EARLIEST = "1900-01-01"
LATER = "later"  # rows with a date that was in the future on the day when they were counted
DATES: dict[str, tuple[str, ...]] = {
    "patient": ("birth_date", "death"),
    "encounter": ("start", "end"),
    "condition": ("onset",),
}
SPANS = {"patient": ("birth_date", "death"), "encounter": ("start", "end")}


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
    told = {
        "basis": basis,
        "run_id": run_id,
        "counted_at": time.time(),
        "changed_at": moment_of(latest),
        **_of_table(spark, path, place.dataset, asked, before, since == latest),
    }
    if any(one.id == "completeness" for one in asked):
        missing, promised = book.missing(place.dataset)
        told["counts"]["completeness"] = {"count": missing, "of": promised}
    store.write(told)
    return {"quality": "counted"}


def _of_table(
    spark: SparkSession, path: str, dataset: str, asked: Sequence[Check], before: Mapping[str, Any], same: bool
) -> dict[str, Any]:
    """The counts of a table from those of its last time, and what the next time needs of them."""
    since = before.get("basis", {}).get("silver")
    goes_on = bool(since) and Timeline(spark, path).holds(since)
    slices = Slices(spark, spark.read.format("hudi").load(path))
    files, new, changed = _by_file(slices, dataset, asked, since, before.get("files", {}))
    counted = {name: sum(one[name] for one in files["counts"].values()) for name in _columns(dataset, asked, "")}
    alike: quality_alike.Known = None
    if any(one.id == "duplicates" for one in asked):
        known = quality_alike.state(before) if goes_on else None
        counted["duplicates"], alike = quality_alike.count(spark, slices, dataset, new, since, known)
    return {
        "rows": counted["rows"],
        "counts": _told(asked, counted),
        "files": files,
        "alike": alike,
        **_volume(before, changed, same),
    }


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


# --- counting in files ---


def _by_file(
    slices: Slices, dataset: str, asked: Sequence[Check], since: str | None, before: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str], int]:
    """(counts of every file, which are new, rows in them that are newer than `since`)."""
    today = _today()
    columns = _columns(dataset, asked, today)
    # the day is no part of it: a file says of which day its counts are
    said = json.dumps(_columns(dataset, asked, "today"), sort_keys=True)
    known = before.get("counts", {}) if before.get("said") == said else {}
    gained = [name for name in slices.urls if name not in known]
    stale = [name for name in slices.urls if name in known and known[name][LATER] and known[name]["day"] != today]
    counts = {name: known[name] for name in slices.urls if name in known}
    counts |= {name: {**dict.fromkeys(columns, 0), "day": today} for name in (*gained, *stale)}
    changed = 0
    if gained or stale:
        newer = F.expr(f"count_if({quality_alike.COMMIT_TIME} > '{since}')" if since else "count(*)").alias("newer")
        every = [F.expr(text).alias(name) for name, text in columns.items()]
        for row in slices.read([*gained, *stale]).groupBy(FILE).agg(newer, *every).collect():
            counts[row.file] = {**{name: row[name] for name in columns}, "day": today}
            changed += row.newer if row.file in gained else 0
    return {"said": said, "counts": counts}, gained, changed


def _columns(dataset: str, asked: Sequence[Check], today: str) -> dict[str, str]:
    """Every count that each row has a part in by itself, as SQL of an aggregate."""
    found = {"rows": "count(*)", LATER: f"count_if({_outside(dataset, '>', today)})"}
    for one in asked:
        expression = _expression(dataset, one, today)
        if expression:
            found[one.id] = expression
    return found


def _expression(dataset: str, check: Check, today: str) -> str | None:
    if dataset not in check.datasets:
        return None
    if check.id == "dates":
        return f"count_if({implausible(dataset, str(check.settings.get('earliest', EARLIEST)), today)})"
    if check.id == "order":
        return f"count_if({backwards(*SPANS[dataset])})"
    return None


def _today() -> str:
    """The last day that is not in the future anywhere, a day of grace for clocks that go wrong included."""
    return (datetime.now(timezone.utc) + timedelta(days=2)).strftime("%Y-%m-%d")


def implausible(dataset: str, earliest: str, latest: str) -> str:
    """SQL of a row with a date outside of these."""
    return f"{_outside(dataset, '<', earliest)} OR {_outside(dataset, '>', latest)}"


def _outside(dataset: str, sign: str, day: str) -> str:
    """SQL of a row with a date before or after a day. Times are in the strict form, whose days sort as text."""
    return " OR ".join(f"coalesce(substr(`{column}`, 1, 10) {sign} '{day}', false)" for column in DATES[dataset])


def backwards(start: str, end: str) -> str:
    """SQL of an end before its start. Between a day and an instant one day is no mistake: calendars differ."""
    first, last = f"`{start}`", f"`{end}`"
    days = f"datediff(CAST(substr({last}, 1, 10) AS date), CAST(substr({first}, 1, 10) AS date))"
    return f"coalesce(if(length({first}) = length({last}), {last} < {first}, {days} < -1), false)"


def frame_counts(rows: DataFrame, dataset: str, asked: Sequence[Check]) -> dict[str, int]:
    """The counts of a frame of Silver rows, by check."""
    columns = _columns(dataset, asked, _today())
    row = rows.agg(*(F.expr(text).alias(name) for name, text in columns.items())).first()
    return {name: int(value) for name, value in (row.asDict() if row else {}).items()}
