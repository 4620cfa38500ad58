"""The table of what is kept of each person, beside Silver's: rows are appended, and the newest of a person count.

A run appends all rows of the persons that it computed anew, under a number that grows, so it costs what has changed and
not what the table holds. The commit says what its rows stand on; a commit that was cut off is none. The table is not in
the catalog: it is the jobs' own, and it holds ids of patients, which Gold must not.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import hudi, java, safe, texts
from metriccare_etl.slices import FILE, Slices
from metriccare_etl.timeline import Timeline

NAME = "stays"
BASIS = "basis"
NOTED = "person"  # kind of the rows that only say that a person was computed anew
BY_ONE_TASK = 20_000  # so many persons at most are computed by one task and appended as one file a kind
TOTALS = "totals"  # in a commit: the text beside the table with what its rows add up to
KEPT_TOTALS = 10  # as many of the last are there as Hudi keeps commits
MERGED = "merged"  # of those that say into which person a patient was merged: `id` is the patient


def beside(silver_path: str) -> str:
    """The folder of what is kept beside the rows, in the table's own: who may write the one may write the other."""
    return hudi.table_path(silver_path, NAME) + "beside/"


class StaysTable:
    """The table in a Silver layer, as its newest commit left it."""

    def __init__(self, spark: SparkSession, silver_path: str) -> None:
        self._spark = spark
        self.table = hudi.Table(
            hudi.table_path(silver_path, NAME), NAME, "row_key", "number", partition="kind", growing=True
        )
        self._beside = beside(silver_path)
        self._instant: str | None = None
        self.basis: dict[str, Any] = {}
        # a role of the user's own may lack the right to read there
        self.denied = False
        try:
            self._open()
        except Exception as error:
            if not safe.denied(error):
                raise
            self.denied = True

    def _open(self) -> None:
        timeline = Timeline(self._spark, self.table.path)
        told = timeline.latest_metadata(BASIS)
        # a commit of somebody else's says nothing, and then nothing is believed
        self._instant, self.basis = timeline.latest, json.loads(told) if told else {}

    def rows(self) -> DataFrame:
        """The rows that count: of a person that was computed anew, those of the last time."""
        return self._counting(self._all())

    def _all(self) -> DataFrame:
        return hudi.read_at(self._spark, self.table.path, self._instant or "")

    def rows_of(self, persons: DataFrame) -> DataFrame | None:
        """The rows that count of these persons (`person`); None where nothing is kept of any.

        Files are chosen by one column: of persons who are new none has to be read.
        """
        every = self._all()
        slices = Slices(self._spark, every)
        files = slices.having(slices.read().where(f"kind <> '{MERGED}'"), "person", persons)
        if not files:
            return None
        rows = slices.read(files).drop(FILE)
        return self._counting(rows.join(F.broadcast(persons), "person", "left_semi").localCheckpoint())

    def _counting(self, rows: DataFrame) -> DataFrame:
        if self.basis["whole"] == self.basis["number"]:
            return rows.where(~F.col("kind").isin(NOTED, MERGED))
        # by hint, because Spark knows the size of a table's files and not how few rows this is about
        return self._spark.sql(
            f"""
            SELECT /*+ BROADCAST(n) */ r.* FROM {{rows}} r LEFT JOIN (
              SELECT person, max(number) AS number FROM {{rows}} WHERE kind = '{NOTED}' GROUP BY person) n
              ON n.person = r.person
            WHERE r.kind NOT IN ('{NOTED}', '{MERGED}') AND (n.number IS NULL OR n.number = r.number)
            """,
            rows=rows,
        )

    def survivors(self) -> dict[str, str]:
        """Who stood for whom among the patients when the rows were made."""
        at = self.basis.get(MERGED)
        if at is None:
            return {}
        rows = self._all()
        return {row.id: row.person for row in rows.where(f"kind = '{MERGED}' AND number = {at}").collect()}

    def totals(self) -> str | None:
        """What the rows add up to, as their writer has told it; None where that is not there."""
        name = self.basis.get(TOTALS)
        return texts.read(self._spark, self._beside + name) if name else None

    def write_all(
        self, rows: DataFrame, basis: dict[str, Any], persons: int, survivors: Mapping[str, str], totals: str = ""
    ) -> None:
        """Put these rows in the place of all others. `totals`: what they add up to."""
        if self.basis and self.basis.get("rules") != basis.get("rules"):
            self._clear()
        number = self.basis.get("number", 0) + 1
        merged = number if survivors else None
        said = {**basis, "number": number, "whole": number, "persons": persons, "since": 0, MERGED: merged}
        # a table without a row cannot be told from one that is not there
        none = self._spark.createDataFrame([(NOTED, "", "")], "kind string, person string, id string")
        extra = none.unionByName(self._merged(survivors))
        self._write(rows.unionByName(extra, allowMissingColumns=True), hudi.OVERWRITE, said, totals)

    def append(
        self,
        rows: DataFrame,
        persons: DataFrame,
        count: int,
        basis: dict[str, Any],
        survivors: Mapping[str, str] | None,
        totals: str = "",
    ) -> None:
        """Add these rows of these persons; what was kept of them before counts no more. None: `survivors` as before."""
        number = self.basis["number"] + 1
        said = {**self.basis, **basis, "number": number, "since": self.basis["since"] + count}
        if survivors is not None:
            said[MERGED] = number if survivors else None
        noted = persons.select(F.lit(NOTED).alias("kind"), "person", F.col("person").alias("id"))
        extra = noted.unionByName(self._merged(survivors or {}))
        every = rows.unionByName(extra, allowMissingColumns=True)
        self._write(every.coalesce(1) if count <= BY_ONE_TASK else every, hudi.INSERT, said, totals)

    def _clear(self) -> None:
        """Take the table away: rows of other rules have other columns, and Hudi refuses what its schema cannot become.

        The timeline goes last: without it, files that a crash left would count as rows, and with it the next run goes
        on here. The folder itself stays, because EMRFS would delete a marker beside it, where the role may not.
        """
        jvm = java.jvm_of(self._spark)
        folder = jvm.org.apache.hadoop.fs.Path(self.table.path)
        files = folder.getFileSystem(java.configuration(self._spark))
        inside = [status.getPath() for status in files.listStatus(folder)]
        for path in sorted(inside, key=lambda one: one.getName() == ".hoodie"):
            files.delete(path, True)

    def _merged(self, survivors: Mapping[str, str]) -> DataFrame:
        rows = [(MERGED, person, one) for one, person in sorted(survivors.items())]
        return self._spark.createDataFrame(rows, "kind string, person string, id string")

    def _write(self, rows: DataFrame, operation: str, basis: dict[str, Any], totals: str) -> None:
        number = basis["number"]
        # before the commit that names it, and under a name of its own: what a crash leaves nobody reads
        basis[TOTALS] = f"{TOTALS}-{number:09d}-{uuid.uuid4().hex[:8]}.json" if totals else None
        if totals:
            texts.write(self._spark, self._beside + basis[TOTALS], totals)
        key = F.concat_ws("-", F.lit(number), F.monotonically_increasing_id())
        numbered = rows.withColumn("number", F.lit(number)).withColumn("row_key", key).persist()
        try:
            hudi.write(numbered, self.table, operation, metadata={BASIS: json.dumps(basis, sort_keys=True)})
        finally:
            numbered.unpersist()
        self._instant = Timeline(self._spark, self.table.path).latest
        self.basis = basis
        for name in [one for one in texts.names(self._spark, self._beside) if one.startswith(TOTALS)][:-KEPT_TOTALS]:
            texts.delete(self._spark, self._beside + name)
