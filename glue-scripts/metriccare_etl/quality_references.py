"""References that lead nowhere, counted among what has changed.

Which rows have one is kept between runs, as hashes. A row that has not changed leads nowhere now only if it did before:
Silver gains resources, and where it has dropped any all rows are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import hudi, safe, texts
from metriccare_etl.quality import Counted
from metriccare_etl.stays_table import beside
from metriccare_etl.timeline import Timeline

NAME = "references.json"
MANY = 10_000  # rows, kept or changed: of more all are looked at


class Other(NamedTuple):
    """A column, SQL of whether a row names anything there, and how the check calls it."""

    column: str
    named: str
    part: str


OTHER = {
    "encounter": Other("part_of", "d.part_of IS NOT NULL", "part_of"),
    "condition": Other("encounter_id", "coalesce(d.has_encounter, false)", "encounter"),
}
GAINING = frozenset(("UPSERT", "INSERT"))
PATIENT = "patient"


class Failing(NamedTuple):
    """A row that leads nowhere, by the hash of its id; of what is not there the hash ("": it names none), else None."""

    id: str
    patient: str | None
    other: str | None


class References:
    """What is known of the references of a Silver layer."""

    def __init__(self, spark: SparkSession, silver_path: str, instants: Mapping[str, str | None]) -> None:
        self._spark = spark
        self._path = silver_path
        self._place = beside(silver_path) + NAME
        self._instants = dict(instants)
        self._before = self._read()
        self._timelines = {name: Timeline(spark, hudi.table_path(silver_path, name)) for name in instants}
        self._now: dict[str, list[Failing]] = {}

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(texts.read(self._spark, self._place) or "{}")
        except Exception as error:  # a role of the user's own may lack the right to read there
            if not isinstance(error, ValueError) and not safe.denied(error):
                raise
            return {}
        return found if isinstance(found, dict) and {"silver", "failing"} <= found.keys() else {}

    def count(self, dataset: str, frames: Mapping[str, DataFrame]) -> Counted:
        """Rows of a dataset that lead nowhere; `frames` are Silver's."""
        found = self._changed(dataset, frames)
        if found is not None:
            self._now[dataset] = found
            return counted_of(dataset, found, frames[dataset].count())
        rows = failing(self._spark, dataset, frames[dataset], frames[PATIENT], frames["encounter"]).persist()
        try:
            few = [Failing(*row) for row in rows.limit(MANY + 1).collect()]
            if len(few) <= MANY:
                self._now[dataset] = few
                return counted_of(dataset, few, frames[dataset].count())
            told = rows.agg(F.count("*"), F.count("patient"), F.count("other")).first()
            found_rows, patient, other = told or (0, 0, 0)
            return Counted(found_rows, frames[dataset].count(), {PATIENT: patient, OTHER[dataset].part: other})
        finally:
            rows.unpersist()

    def keep(self) -> None:
        """For the next run, where the job's role may write there."""
        try:
            texts.write(self._spark, self._place, json.dumps({"silver": self._instants, "failing": self._now}))
        except Exception as error:
            if not safe.denied(error):
                raise

    def _changed(self, dataset: str, frames: Mapping[str, DataFrame]) -> list[Failing] | None:
        """From what is known and what has changed since; None: all have to be looked at."""
        known = self._before.get("failing", {}).get(dataset)
        if known is None or not all(self._only_gained(name) for name in self._instants):
            return None
        news = {name: self._news(name, frames[name]).localCheckpoint() for name in {PATIENT, "encounter", dataset}}
        ids = {name: _ids(rows) for name, rows in news.items()}
        if any(len(one) > MANY for one in ids.values()):
            return None
        still = []
        for one in (Failing(*row) for row in known):
            patient = None if one.patient in ids[PATIENT] else one.patient
            other = None if one.other in ids["encounter"] else one.other
            if one.id not in ids[dataset] and not (patient is None and other is None):
                still.append(Failing(one.id, patient, other))
        patients = _named(news[dataset], "patient_id", frames[PATIENT])
        others = _named(news[dataset], OTHER[dataset].column, frames["encounter"])
        fresh = failing(self._spark, dataset, news[dataset], patients, others).collect()
        found = [*still, *(Failing(*row) for row in fresh)]
        return found if len(found) <= MANY else None

    def _only_gained(self, name: str) -> bool:
        """Whether no row has gone since, as far as the table can tell."""
        since, now = self._before["silver"].get(name), self._instants[name]
        if since == now:
            return True
        timeline = self._timelines[name]
        return since is not None and timeline.holds(since) and timeline.operations_after(since) <= GAINING

    def _news(self, name: str, frame: DataFrame) -> DataFrame:
        since, now = self._before["silver"].get(name), self._instants[name]
        if now is None or since == now:
            return frame.limit(0)
        found = hudi.read_since(self._spark, hudi.table_path(self._path, name), since, now, self._timelines[name])
        return found.select(*frame.columns)


def failing(
    spark: SparkSession, dataset: str, rows: DataFrame, patients: DataFrame, encounters: DataFrame
) -> DataFrame:
    """Those of the rows that name a patient or an encounter who is not among these, or no patient (`Failing`)."""
    column, named, _ = OTHER[dataset]
    return spark.sql(
        f"""
        SELECT string(xxhash64(d.id)) AS id,
          CASE WHEN p.id IS NULL THEN coalesce(string(xxhash64(d.patient_id)), '') END AS patient,
          CASE WHEN {named} AND w.id IS NULL THEN coalesce(string(xxhash64(d.{column})), '') END AS other
        FROM {{rows}} d LEFT JOIN {{patients}} p ON p.id = d.patient_id
          LEFT JOIN {{encounters}} w ON w.id = d.{column}
        WHERE p.id IS NULL OR {named} AND w.id IS NULL
        """,
        None,
        rows=rows,
        patients=patients.select("id"),
        encounters=encounters.select("id"),
    )


def counted_of(dataset: str, found: Sequence[Failing], total: int) -> Counted:
    """The rows that lead nowhere as the check counts them."""
    parts = {
        PATIENT: sum(1 for one in found if one.patient is not None),
        OTHER[dataset].part: sum(1 for one in found if one.other is not None),
    }
    return Counted(len(found), total, parts)


def _ids(rows: DataFrame) -> set[str]:
    return {row[0] for row in rows.selectExpr("string(xxhash64(id))").limit(MANY + 1).collect()}


def _named(rows: DataFrame, column: str, there: DataFrame) -> DataFrame:
    """Of the resources that are there those that the rows name."""
    wanted = rows.select(F.col(column).alias("id")).where("id IS NOT NULL").distinct()
    return there.select("id").join(F.broadcast(wanted), "id", "left_semi")
