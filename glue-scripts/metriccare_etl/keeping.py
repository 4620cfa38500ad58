"""Stays once a run: one Gold job brings what is kept of each person up to Silver, all of them read it.

The job of the measure that counts stays does it, so it starts before the others. A job that finds the table on another
Silver, other parameters or other rules, or none at all, computes from Silver for itself: slower, and the same rows.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from metriccare_etl import account_lines, gold, hudi, merges, persons, registry, safe, totals
from metriccare_etl.kept import Lines, Summed
from metriccare_etl.registry import Measure
from metriccare_etl.silver import changed, table_schema
from metriccare_etl.stays_table import BY_ONE_TASK, StaysTable
from metriccare_etl.timeline import Timeline

AS_OF = "as_of"
# Beyond this share of the persons it is cheaper to compute all than to look some up, now or at every later read.
WORTH = 0.3
FEW = 1000
MANY = 1_000_000  # rows of Silver: their ids are handed to every task
# So many bytes of Silver are computed by one task: more cost more than the exchanges between several.
SMALL = 4 * 1024 * 1024


class Keeper:
    """What is kept, seen from one Gold job with its parameters."""

    def __init__(self, spark: SparkSession, silver_path: str, parameters: gold.Parameters) -> None:
        self._spark = spark
        self._path = silver_path
        self._parameters = parameters
        self._kept = registry.lakehouse().kept()
        self._table = StaysTable(spark, silver_path)

    def refresh(self, whole: bool = False) -> dict[str, Any]:
        """Bring the table up to Silver: the persons that may have changed, or all of them.

        A role of the user's own may lack the right to write there: then every job computes for itself.
        """
        if not self._kept:
            return {}
        try:
            if not self._table.denied:
                return self._refresh(whole)
        except Exception as error:
            if not safe.denied(error):
                raise
        return {"stays": "not_kept", "because": "access_denied"}

    def _refresh(self, whole: bool) -> dict[str, Any]:
        reads = persons.reads_of(self._kept)
        lake = merges.read(self._spark, self._path, reads.datasets)
        basis = {
            "silver": lake.instants,
            "parameters": json.loads(self._parameters.fingerprint(reads)),
            "rules": persons.rules(self._kept, self._parameters.strata),
        }
        before = self._table.basis
        if not whole and all(before.get(name) == value for name, value in basis.items()):
            return {"stays": "unchanged"}
        with gold.Keeping() as keep:
            news = self._news(lake) if not whole and self._can_go_on(basis) else None
            if news and sum(frame.count() for frame in news.values()) <= MANY:
                moved = self._moved(lake)
                who = self._touched(merges.applied(news, lake.merges), moved, basis["parameters"][AS_OF])
                count = who.count()
                if before["since"] + count <= max(before["persons"] * WORTH, FEW):
                    part = persons.silver_of(self._spark, lake, who)
                    survivors = lake.merges.survivors if moved else None
                    self._append(part, who, count, basis, survivors, keep)
                    return {"stays": "brought_up", "persons": count}
            small = sum(hudi.bytes_of(frame, SMALL) for frame in lake.frames.values()) < SMALL
            alone = persons.by_one_task(self._spark, lake.frames) if small else nullcontext((lake.frames, keep))
            with alone as (source, hold):
                rows = keep(persons.rows_of(self._spark, self._kept, source, self._parameters, hold))
                count = rows.select("person").distinct().count()
                sums = self._text(self._added(rows))
                self._table.write_all(rows, basis, count, lake.merges.survivors, sums)
            return {"stays": "computed", "persons": count}

    def _append(
        self,
        part: Mapping[str, DataFrame],
        who: DataFrame,
        count: int,
        basis: dict[str, Any],
        survivors: Mapping[str, str] | None,
        keep: persons.Keep,
    ) -> None:
        few = count <= BY_ONE_TASK
        with persons.by_one_task(self._spark, part) if few else nullcontext((part, keep)) as (source, hold):
            rows = hold(persons.rows_of(self._spark, self._kept, source, self._parameters, hold))
            self._table.append(rows, who, count, basis, survivors, self._changed(rows, who))

    def _changed(self, rows: DataFrame, who: DataFrame) -> str:
        """The totals with these rows of these persons in the place of those before; "" where they cannot be told."""
        gone, come = self._added(self._table.rows_of(who)), self._added(rows)
        before = self._sums()
        now = before.changed(gone, come) if before else None
        if now is None:  # other queries made them, or nobody: all rows are looked at once
            now = self._added(self._table.rows()).changed(gone, come)
        return self._text(now) if now else ""

    def _added(self, rows: DataFrame | None) -> totals.Totals:
        return totals.of_rows(self._spark, rows, self._kept, self._parameters)

    def _text(self, sums: totals.Totals) -> str:
        return sums.text(self._sum_rules())

    def _can_go_on(self, basis: Mapping[str, Any]) -> bool:
        """Whether the table differs from what is wanted by rows of Silver and by the date of as-of alone."""
        before = self._table.basis
        return (
            before.get("rules") == basis["rules"]
            and {**before["parameters"], AS_OF: ""} == {**basis["parameters"], AS_OF: ""}
            and all(self._follows(name, before["silver"].get(name), now) for name, now in basis["silver"].items())
        )

    def _follows(self, dataset: str, since: str | None, now: str | None) -> bool:
        """Whether Silver came from where the table stands by commits that it can still tell.

        Not where it was made anew or rolled back (commits of the new one are the newer ones), nor where its timeline no
        longer goes back so far: then nobody knows.
        """
        if since is None or since == now:
            return True
        return Timeline(self._spark, hudi.table_path(self._path, dataset)).holds(since)

    def _news(self, lake: merges.Lake) -> dict[str, DataFrame]:
        """What Silver has changed since the table stood on it, by dataset."""
        news = {}
        for name, now in lake.instants.items():
            since = self._table.basis["silver"].get(name)
            # of a table at which it stands there is nothing to read
            if since == now:
                news[name] = self._spark.createDataFrame([], table_schema(name))
            else:
                news[name] = changed(self._spark, self._path, name, since).localCheckpoint()
        return news

    def _moved(self, lake: merges.Lake) -> set[str]:
        """Patients who stand for somebody else now than they did, and the persons whom that concerns."""
        before, now = self._table.survivors(), lake.merges.survivors
        moved = {one for one in before.keys() | now.keys() if before.get(one) != now.get(one)}
        return moved | {said[one] for said in (before, now) for one in moved if one in said}

    def _touched(self, news: Mapping[str, DataFrame], moved: set[str], as_of: str) -> DataFrame:
        """The persons whom that concerns, or whom as-of concerns."""
        none = self._spark.createDataFrame([], "id string, patient_id string")
        condition = news.get("condition")
        told = {
            **news,
            "condition": none if condition is None else condition,
            "coded": none if condition is None else self._coded(condition),
            "moved": self._spark.createDataFrame([(one,) for one in sorted(moved)], "person string"),
        }
        days = sorted((self._table.basis["parameters"][AS_OF], as_of))
        return persons.without_past(
            persons.touched(
                self._spark,
                told,
                self._table.rows(),
                self._parameters.inpatient_classes,
                (days[0], days[1]),
                [day for one in self._kept for day in one.as_of_days or ()],
            )
        )

    def _coded(self, condition: DataFrame) -> DataFrame:
        reads = persons.reads_of(self._kept)._replace(datasets=("condition",))
        found = gold.frames_of(self._spark, reads, {"condition": condition}, self._parameters, persons.without_past)
        return found.get("infections", self._spark.createDataFrame([], "id string, patient_id string"))

    def kept_for(self, measure: Measure, instants: Mapping[str, str | None]) -> "Found | None":
        """What is kept, where it stands on these instants of Silver and on what else the measure depends on."""
        basis = self._table.basis
        if not basis or not self._kept:
            return None
        wanted = json.loads(self._parameters.fingerprint(measure))
        said = {**basis.get("silver", {}), **basis.get("parameters", {})}
        if basis.get("rules") != persons.rules(self._kept, self._parameters.strata) or any(
            name not in said or said[name] != value for name, value in {**instants, **wanted}.items()
        ):
            return None
        return Found(self._spark, self._table.rows, self._kept, self._sums())

    def _sums(self) -> totals.Totals | None:
        return totals.parse(self._table.totals(), self._sum_rules())

    def _sum_rules(self) -> str:
        return totals.rules(self._kept, self._parameters)


class Found:
    """What the table holds, as Gold's queries read it."""

    def __init__(
        self,
        spark: SparkSession,
        rows: Callable[[], DataFrame],
        kept: Sequence[Measure],
        sums: totals.Totals | None,
    ) -> None:
        self._spark = spark
        self._rows = rows
        self._kept = kept
        self._sums = sums

    def frames(self) -> dict[str, DataFrame]:
        """Stays, judged encounters and coded infections."""
        rows = self._rows()
        return {
            name: rows.where(f"kind = '{kind}'").select(f"{kind}.*")
            for name, kind in totals.KINDS.items()
            if kind in rows.columns
        }

    def figures(self, measure: Measure) -> DataFrame | None:
        """What each stay adds to the figures of a measure, where its query looks at one patient at a time."""
        return persons.figures_of(self._spark, self._rows(), [measure]) if measure in self._kept else None

    def summed(self, measure: Measure) -> Summed | None:
        """What all stays add together, where the rows say it and the measure's query looks at one patient at a time."""
        if self._sums is None or measure not in self._kept:
            return None
        figures = totals.figures_of(self._spark, self._sums, measure)
        return Summed(figures, totals.accounts_of(self._sums, measure))

    def lines(self) -> Lines:
        """Lines of the accounting about encounters, stays and infections, and about the figures that are kept."""
        if self._sums is not None:
            return Lines([], [totals.lines_of(self._spark, self._sums)], self._kept)
        lines = account_lines.kept_lines(self._spark, self.frames())
        if told := totals.told_by(self._kept):
            lines.append(account_lines.figure_lines(self._spark, persons.told_of(self._spark, self._rows(), told)))
        return Lines(lines, [], self._kept)
