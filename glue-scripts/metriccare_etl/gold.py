"""Gold: each table recomputed whole from Silver when Silver or a parameter has changed, and left alone otherwise."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession

from metriccare_etl import aws, hudi, infections, java, measures, merges, queries, stays, value_set
from metriccare_etl import strata as dividing
from metriccare_etl.kept import Kept
from metriccare_etl.queries import Frame, Session
from metriccare_etl.registry import Measure
from metriccare_etl.safe import Problem, java_chain
from metriccare_etl.timeline import Timeline


class Parameters(NamedTuple):
    """The parameters of docs/measures.md (P1 to P6), resolved."""

    calendar: stays.Calendar
    inpatient_classes: tuple[str, ...]
    planned_priorities: tuple[str, ...]
    icd10_systems: tuple[str, ...]
    hai_csv: str
    strata: dividing.Strata = dividing.Strata()

    def fingerprint(self, measure: Measure) -> str:
        """What a Gold table's rows depend on beside Silver and the rules. `ledger audit` reads it."""
        said: dict[str, Any] = {
            "as_of": self.calendar.as_of,
            "time_zone": self.calendar.time_zone,
            "inpatient_classes": self.inpatient_classes,
            "planned_priorities": self.planned_priorities,
            **self.strata.said(),
        }
        if measure.value_set:
            said["icd10_systems"] = self.icd10_systems
            said["hai_value_set"] = self._value_set()
        return json.dumps(said, sort_keys=True)

    def stamp(self, measure: Measure, run_id: str, now: str) -> dict[str, str]:
        """What a commit says beside that, for who reads the figures: it makes no table another one."""
        said = {"run_id": run_id, "computed_at": now, "time_zone": self.calendar.time_zone}
        return {**said, "value_set": self._value_set()} if measure.value_set else said

    def _value_set(self) -> str:
        return hashlib.sha256(self.hai_csv.encode()).hexdigest()


# With these the rules are told apart, whatever the parameters of a run are.
FIXED = Parameters(
    stays.Calendar("UTC", "2000-01-31"),
    ("IMP",),
    ("EL",),
    ("urn:icd",),
    ",".join(value_set.COLUMNS) + "\nA,3,icd10,prefix,a.1\nA,3,urn:other,code,b.2\n",
)


def rules(measure: Measure, strata: dividing.Strata = FIXED.strata) -> str:
    """A short name of the queries that make a Gold table: another one as soon as one of them is another."""
    listener = queries.Listener()
    silver = dict.fromkeys(measure.datasets, listener)
    fixed = FIXED._replace(strata=strata)
    frames = frames_of(listener, measure, silver, fixed, lambda frame: frame)
    found = measures.contributions(listener, measure, frames, fixed.calendar)
    table_rows(listener, measure, found, frames, fixed, "")
    return queries.digest(listener.heard)


def calendar_of(spark: SparkSession, as_of: str, time_zone: str) -> stays.Calendar:
    """The calendar; `today` is the date that the facility's clocks show. Zones are Java's, as Spark's are."""
    time = java.jvm_of(spark).java.time
    try:
        zone = time.ZoneId.of(time_zone)
    except Exception:
        raise Problem(f"time_zone: {time_zone} is not an IANA time zone") from None
    if as_of == "today":
        as_of = time.LocalDate.now(zone).toString()
    try:
        return stays.Calendar(time_zone, datetime.strptime(as_of, "%Y-%m-%d").strftime("%Y-%m-%d"))
    except ValueError:
        raise Problem(f"as_of: {as_of} is neither a date (YYYY-MM-DD) nor today") from None


def gold_table(layer_path: str, name: str, database: str = "") -> hudi.Table:
    """A Gold table: written whole, one row a measure, cohort, facility and period."""
    return hudi.Table(hudi.table_path(layer_path, name), name, "row_key", "computed_at", database=database)


class Keeping:
    """Frames that several steps read, held until the job is done with them."""

    def __init__(self) -> None:
        self._frames: list[DataFrame] = []

    def __call__(self, frame: DataFrame) -> DataFrame:
        self._frames.append(frame.persist())
        return self._frames[-1]

    def __enter__(self) -> "Keeping":
        return self

    def __exit__(self, *_: object) -> None:
        for frame in self._frames:
            frame.unpersist()


def frames_of(
    spark: Session[Frame],
    measure: Measure,
    silver: Mapping[str, Frame],
    parameters: Parameters,
    keep: Callable[[Frame], Frame],
) -> dict[str, Frame]:
    """What a measure's SQL can read, by name, from Silver's rows by dataset; `keep` holds on to what is read twice.

    Stays and judged encounters where both their datasets are read, coded infections where a value set is.
    """
    found = dict(silver)
    if "patient" in silver and "encounter" in silver:
        found["encounters"] = keep(
            stays.judged_encounters(
                spark,
                silver["encounter"],
                silver["patient"],
                parameters.inpatient_classes,
                parameters.planned_priorities,
                parameters.calendar,
                bool(parameters.strata.of_stays()),
            )
        )
        made = stays.build_stays(spark, found["encounters"])
        if parameters.strata.of_stays():
            made = stays.divided_stays(spark, made, found["encounters"])
        found["stays"] = keep(made)
    if measure.value_set and "condition" in silver:
        codes = value_set.parse(parameters.hai_csv, parameters.icd10_systems)
        coded = infections.coded_infections(spark, silver["condition"], codes, parameters.calendar)
        if "stays" in found:
            coded = infections.judged_infections(spark, coded, found["stays"], found["encounters"])
        found["infections"] = keep(coded)
    return found


def table_rows(
    spark: Session[Frame],
    measure: Measure,
    found: Frame,
    frames: Mapping[str, Frame],
    parameters: Parameters,
    now: str,
) -> Frame:
    """The rows of a Gold table from what each stay adds to its figures; `frames` is what its query can read."""
    words = {"as_of": parameters.calendar.as_of, "now": now}
    whole = found
    if dividing.STRATUM in getattr(found, "columns", ()):  # sums, those by stratum among them
        whole = spark.sql(f"SELECT * FROM {{found}} WHERE {dividing.STRATUM} IS NULL", None, found=found)
    rows = spark.sql(
        """
        SELECT concat_ws('|', measure, cohort, facility, period) AS row_key, *, :as_of AS as_of, :now AS computed_at
        FROM {rows}
        """,
        words,
        rows=measures.measure_rows(spark, whole, measure.factors),
    )
    codes = value_set.parse(parameters.hai_csv, ()).categories() if measure.by_category else ()
    divided = dividing.rows(spark, measure, found, frames, parameters.strata, codes)
    if divided is None:
        return rows
    return spark.sql(
        """
        SELECT *, CAST(NULL AS string) AS stratum FROM {rows}
        UNION ALL
        SELECT concat_ws('|', measure, cohort, facility, period, stratum), measure, cohort, facility, period,
          numerator, denominator, rate, :as_of, :now, stratum
        FROM {divided}
        """,
        words,
        rows=rows,
        divided=divided,
    )


class Wanted(NamedTuple):
    """Where a Gold job reads and writes, and whether it computes a table that need not be."""

    silver_path: str
    gold_path: str
    database: str
    full: bool = False
    run_id: str = ""


def refresh(
    spark: SparkSession,
    measure: Measure,
    wanted: Wanted,
    parameters: Parameters,
    kept: Callable[[Mapping[str, str | None]], Kept | None],
) -> dict[str, Any]:
    """Compute a Gold table anew, unless it stands on the same Silver commits, parameters and rules already.

    `kept` answers what is kept for these instants of Silver.
    """
    table = gold_table(wanted.gold_path, measure.table, wanted.database)
    lake = merges.read(spark, wanted.silver_path, measure.datasets)
    basis = {
        "silver": json.dumps(lake.instants, sort_keys=True),
        "parameters": parameters.fingerprint(measure),
        "rules": rules(measure, parameters.strata),
    }
    done = Timeline(spark, table.path)
    # a writer may have died between its commit and the catalog
    same = not wanted.full and all(done.metadata(key) == value for key, value in basis.items())
    if same and aws.in_catalog(table.database, table.catalog_name):
        return {"outcome": "unchanged", "as_of": parameters.calendar.as_of}
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    there = kept(lake.instants)
    with Keeping() as keep:
        summed = there.summed(measure) if there else None
        frames: dict[str, DataFrame] = {}
        if summed:
            found = summed.figures
        else:
            found, frames = _found(spark, measure, lake, parameters, there, keep)
        rows = table_rows(spark, measure, found, frames, parameters, now)
        # a table that once had strata keeps the column: Hudi takes none away
        if "stratum" not in rows.columns and done.has_columns(("stratum",)):
            rows = rows.selectExpr("*", "CAST(NULL AS string) AS stratum")
        # kept, because Hudi looks at its input more than once: to count it, to place it, to write it
        _write(keep(rows.coalesce(1)), table, measure, {**basis, **parameters.stamp(measure, wanted.run_id, now)})
        accounts = summed.accounts if summed else _accounts(spark, measure, frames)
    told = {"outcome": "written", "as_of": parameters.calendar.as_of, "from_kept_stays": there is not None}
    return {**told, **accounts}


def _found(
    spark: SparkSession,
    measure: Measure,
    lake: merges.Lake,
    parameters: Parameters,
    there: Kept | None,
    keep: Callable[[DataFrame], DataFrame],
) -> tuple[DataFrame, dict[str, DataFrame]]:
    """What each stay adds to the figures of a measure, and what its query can read."""
    if there and "encounters" in (made := _made_of(measure)):
        frames = {**lake.frames, **{name: frame for name, frame in there.frames().items() if name in made}}
    else:  # kept infections are judged by stays: a measure without stays has its own
        frames = frames_of(spark, measure, lake.frames, parameters, keep)
    found = there.figures(measure) if there else None
    if found is None:
        found = measures.contributions(spark, measure, frames, parameters.calendar)
        measures.checked(measure, found.columns)
        if parameters.strata.names:  # several queries then read what each stay adds
            found = keep(found)
    return found, frames


def _made_of(measure: Measure) -> set[str]:
    """Names of all that a measure's SQL can read."""
    listener = queries.Listener()
    return set(frames_of(listener, measure, dict.fromkeys(measure.datasets, listener), FIXED, lambda frame: frame))


def _write(rows: DataFrame, table: hudi.Table, measure: Measure, basis: dict[str, str]) -> None:
    try:
        hudi.write(rows, table, operation=hudi.OVERWRITE, metadata=basis)
    except Exception as error:
        if not any(measures.UNKNOWN_FIGURE in text for _, text in java_chain(error)):
            raise
    else:
        return
    declared = " ".join(measure.factors)
    raise Problem(f"the measure's query {measure.sql} answers a figure that its entry does not declare: {declared}")


def _accounts(spark: SparkSession, measure: Measure, frames: Mapping[str, DataFrame]) -> dict[str, Any]:
    """Counts that tell how far the data can be trusted, each from the one measure whose entry asks for them."""
    counted: dict[str, Any] = {}
    if "encounters" in measure.accounts:
        counted["encounters"] = stays.encounter_quality(spark, frames["encounters"])
    if "infections" in measure.accounts:
        coded = frames["infections"]
        counted["infections"] = coded.count()
        counted["onset_missing"] = coded.where("onset IS NULL").count()
    return counted


def read_csv(spark: SparkSession, path: str) -> str:
    """The text of the value set."""
    try:
        lines = spark.read.text(path, wholetext=True).collect()
    except Exception:
        raise Problem(f"hai_value_set: {path} cannot be read") from None
    return "".join(line[0] for line in lines)
