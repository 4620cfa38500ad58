"""The end of a run's quality checks: what Silver's jobs have counted is judged, references and the user's own SQL are
looked at, and the results go to a table, to the run and to CloudWatch.

One job does it, the one that keeps the stays: it runs once all of Silver is there, so the table has one writer.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime, timezone
from typing import Any, NamedTuple

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession

from metriccare_etl import aws, hudi, quality, quality_references, quality_store, registry, safe
from metriccare_etl.quality import Check, Result
from metriccare_etl.silver import read_silver
from metriccare_etl.timeline import Timeline

# A query that asks for the time may answer something else tomorrow.
CLOCK = re.compile(r"\b(current_date|current_timestamp|curdate|now|localtimestamp|unix_timestamp)\b", re.IGNORECASE)
SHOWN = 300  # characters of what Spark says about a query


class Place(NamedTuple):
    """Where Silver and the table lie, and which run this is."""

    silver_path: str
    gold_path: str
    database: str
    workflow: str
    run_id: str
    # `<project>/<env>`, as metrics are told apart by; "": none are put
    environment: str = ""


def refresh(spark: SparkSession, place: Place, asked: Sequence[Check]) -> dict[str, Any]:
    """Conclude, and tell everybody. What keeps one of them from hearing keeps no other from it."""
    table: quality_store.Results | None = None
    basis = ""
    try:
        paths = {name: hudi.table_path(place.silver_path, name) for name in registry.datasets()}
        instants = {name: Timeline(spark, path).latest for name, path in paths.items()}
        s3 = aws.s3_client()
        table = quality_store.Results(place.gold_path, s3)
        basis = _basis(asked, instants)
        known = _before(table, basis)
        results = [*_of_datasets(place, asked, instants, s3), *_of_all(spark, place, asked, instants, known)]
    except Exception as error:  # nobody has looked, so nothing is vouched for
        results = [quality.broken(one, None, safe.describe(error)) for one in asked]
    failed = quality.bad(results)
    outcome: dict[str, Any] = {
        "checks": len(results),
        "errors": sum(1 for one in failed if one.level == quality.ERROR),
        "warnings": sum(1 for one in failed if one.level == quality.WARNING),
    }
    for name, tell in _telling(place, table, basis, results).items():
        try:
            tell()
        except Exception as error:
            outcome[f"{name}_not_told"] = safe.describe(error)
    return outcome


def _telling(
    place: Place, table: quality_store.Results | None, basis: str, results: Sequence[Result]
) -> dict[str, Callable[[], None]]:
    """Who is told, by name: the run first, since its verdict follows."""
    said = quality.declared()
    now = datetime.now(timezone.utc)
    found: dict[str, Callable[[], None]] = {}
    if place.workflow:
        text = quality.property_of(results)
        found["run"] = lambda: aws.tell_run(place.workflow, place.run_id, said["property"], text)
    if table:
        written, path = table.write, table.path
        found["table"] = lambda: written(place.run_id or "alone", now, basis, results)
        if place.database:
            found["catalog"] = lambda: quality_store.catalogue(place.database, said["table"], path)
    if place.environment:
        data = quality.metrics_of(results, place.environment)
        found["metrics"] = lambda: aws.put_metrics(said["namespace"], data)
    return found


def _basis(asked: Sequence[Check], instants: Mapping[str, str | None]) -> str:
    """What the results stand on, in short: Silver's commits and what is asked for."""
    said = json.dumps([[*one[:2], dict(one.settings), one.sql] for one in asked] + [dict(instants)], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _before(table: quality_store.Results, basis: str) -> dict[tuple[str, str | None], Result]:
    """Results of the run before that stand on the same, by check and dataset."""
    names = [one.name for one in fields(Result)]
    found = {}
    for row in table.last():
        if row.get("basis") == basis and set(names) <= row.keys() and row["status"] != quality.BROKEN:
            found[row["check"], row["dataset"]] = Result(**{name: row[name] for name in names})
    return found


# --- what Silver's jobs counted ---


def _of_datasets(place: Place, asked: Sequence[Check], instants: Mapping[str, str | None], s3: Any) -> Iterator[Result]:
    for dataset, instant in instants.items():
        checks = [one for one in asked if dataset in one.datasets and one.id != "references"]
        if instant is None or not checks:
            continue
        told = quality_store.Counts(place.silver_path, dataset, s3).read()
        current = told.get("basis", {}).get("silver") == instant
        for one in checks:
            if current:
                yield quality.judged(one, dataset, told, time.time())
            else:
                yield quality.broken(one, dataset, "the Silver job has not counted what is there now")


# --- what takes all datasets ---


def _of_all(
    spark: SparkSession,
    place: Place,
    asked: Sequence[Check],
    instants: Mapping[str, str | None],
    known: Mapping[tuple[str, str | None], Result],
) -> list[Result]:
    """The references and the user's own SQL. What stands on the same as the last time is not looked at again."""
    wanted: list[tuple[Check, str | None]] = []
    for one in asked:
        if one.id == "references":
            wanted += [(one, name) for name in one.datasets if instants.get(name)]
        elif one.sql is not None:
            wanted.append((one, None))
    again = [(one, name) for one, name in wanted if (one.id, name) not in known or CLOCK.search(one.sql or "")]
    found = dict(known)
    if again:
        frames = {name: read_silver(spark, place.silver_path, name)[0] for name in registry.datasets()}
        references = quality_references.References(spark, place.silver_path, instants)
        with _views(spark, frames):
            for one, name in again:
                found[one.id, name] = _references(references, one, name, frames) if name else _own(spark, one)
        if any(name for _, name in again):
            references.keep()
    return [found[one.id, name] for one, name in wanted]


@contextmanager
def _views(spark: SparkSession, frames: Mapping[str, DataFrame]) -> Iterator[None]:
    """Silver's tables under their datasets' names, for as long as queries are asked. Nobody can write through them."""
    for name, frame in frames.items():
        frame.createOrReplaceTempView(name)
    try:
        yield
    finally:
        for name in frames:
            spark.catalog.dropTempView(name)


def _own(spark: SparkSession, check: Check) -> Result:
    """A query of the user's own: each row that it answers is one that fails. They are counted and not looked at."""
    try:
        row = spark.sql(f"SELECT count(*) AS found FROM ({check.sql}\n) AS failing").first()
    except (AnalysisException, ParseException) as error:
        return quality.broken(check, None, _plain(error))
    except Exception as error:
        return quality.broken(check, None, safe.describe(error))
    found = int(row[0]) if row else 0
    status = quality.FAILED if found else quality.PASSED
    return Result(check.id, None, check.level, status, found, None, f"{found} rows fail" if found else "no row fails")


def _plain(error: Exception) -> str:
    """Spark's first sentences about a query that it cannot plan: they name columns and places of the query itself.

    No row has been read at that time, so none can be quoted. The plan that follows is left out.
    """
    text = str(error).strip().split("\n", 1)[0]
    text = re.sub(r"\s*SQLSTATE: \w+\.?", "", text).strip()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _references(
    known: quality_references.References, check: Check, dataset: str, frames: Mapping[str, DataFrame]
) -> Result:
    """Resources that name a patient or an encounter who is not there. Who was merged into another is there."""
    noun = f"{registry.datasets()[dataset].resource} resources"
    return quality.of_rows(check, dataset, known.count(dataset, frames), noun)
