"""Gold: each table recomputed whole from Silver when Silver or a parameter has changed, and left alone otherwise."""

import hashlib
import json
from datetime import datetime, timezone
from typing import NamedTuple

from metriccare_etl import aws, hudi, measures, queries, stays, value_set
from metriccare_etl.safe import Problem
from metriccare_etl.silver import read_silver

DATASETS_OF = {"hai": ("patient", "encounter", "condition")}
WITHOUT_CONDITIONS = ("patient", "encounter")


class Parameters(NamedTuple):
    """The parameters of docs/measures.md (P1 to P6), resolved."""

    calendar: stays.Calendar
    inpatient_classes: tuple
    planned_priorities: tuple
    icd10_systems: tuple
    hai_csv: str

    def fingerprint(self, table):
        """What a Gold table's rows depend on beside Silver and the rules. `ledger audit` reads it."""
        said = {
            "as_of": self.calendar.as_of,
            "time_zone": self.calendar.time_zone,
            "inpatient_classes": self.inpatient_classes,
            "planned_priorities": self.planned_priorities,
        }
        if table == "hai":
            said["icd10_systems"] = self.icd10_systems
            said["hai_value_set"] = hashlib.sha256(self.hai_csv.encode()).hexdigest()
        return json.dumps(said, sort_keys=True)


# With these the rules are told apart, whatever the parameters of a run are.
FIXED = Parameters(
    stays.Calendar("UTC", "2000-01-31"),
    ("IMP",),
    ("EL",),
    ("urn:icd",),
    ",".join(value_set.COLUMNS) + "\nA,3,icd10,prefix,a.1\nA,3,urn:other,code,b.2\n",
)


def rules(name):
    """A short name of the queries that make a Gold table: another one as soon as one of them is another."""
    listener = queries.Listener()
    silver = dict.fromkeys(DATASETS_OF.get(name, WITHOUT_CONDITIONS), listener)
    built, encounters = build(listener, silver, FIXED, lambda frame: frame)
    infections = coded_infections(listener, silver["condition"], FIXED) if name == "hai" else None
    found = contributions(listener, name, built, encounters, infections, FIXED)
    table_rows(listener, name, found, FIXED, "")
    return queries.digest(listener.heard)


def calendar_of(spark, as_of, time_zone):
    """The calendar; `today` is the date that the facility's clocks show. Zones are Java's, as Spark's are."""
    time = spark._jvm.java.time
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


def gold_table(layer_path, name, database=""):
    """A Gold table: written whole, one row a measure, cohort, facility and period."""
    return hudi.Table(hudi.table_path(layer_path, name), name, "row_key", "computed_at", database=database)


class Kept:
    """Frames that several steps read, held until the job is done with them."""

    def __init__(self):
        self._frames = []

    def __call__(self, frame):
        self._frames.append(frame.persist())
        return self._frames[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for frame in self._frames:
            frame.unpersist()


def build(spark, silver, parameters, keep):
    """(stays, judged encounters) from Silver's rows by dataset; `keep` holds on to what is read more than once."""
    encounters = keep(
        stays.judged_encounters(
            spark,
            silver["encounter"],
            silver["patient"],
            parameters.inpatient_classes,
            parameters.planned_priorities,
            parameters.calendar,
        )
    )
    return keep(stays.build_stays(spark, encounters)), encounters


def coded_infections(spark, condition, parameters):
    """The conditions that M3 counts, from Silver's rows."""
    codes = value_set.parse(parameters.hai_csv, parameters.icd10_systems)
    return measures.coded_infections(spark, condition, codes, parameters.calendar)


def contributions(spark, table, built, encounters, infections, parameters):
    """What each stay adds to the measures of one Gold table. `infections` are read for `hai` alone."""
    calendar = parameters.calendar
    if table == "readmission":
        return measures.readmission(spark, built, encounters, calendar)
    if table == "mortality":
        return measures.mortality(spark, built, calendar)
    if table == "hai":
        return measures.hai(spark, built, measures.infection_events(spark, built, encounters, infections))
    return measures.length_of_stay(spark, built)


def table_rows(spark, name, found, parameters, now):
    """The rows of a Gold table from what each stay adds to its measures."""
    return spark.sql(
        """
        SELECT concat_ws('|', measure, cohort, facility, period) AS row_key, *, :as_of AS as_of, :now AS computed_at
        FROM {rows}
        """,
        args={"as_of": parameters.calendar.as_of, "now": now},
        rows=measures.measure_rows(spark, found, measures.MEASURES[name]),
    )


def refresh(spark, name, silver_path, gold_path, database, parameters):
    """Compute a Gold table anew, unless it stands on the same Silver commits, parameters and rules already."""
    table = gold_table(gold_path, name, database)
    silver, instants = {}, {}
    for dataset in DATASETS_OF.get(name, WITHOUT_CONDITIONS):
        silver[dataset], instants[dataset] = read_silver(spark, silver_path, dataset)
    basis = {
        "silver": json.dumps(instants, sort_keys=True),
        "parameters": parameters.fingerprint(name),
        "rules": rules(name),
    }
    done = hudi.Timeline(spark, table.path)
    # a writer may have died between its commit and the catalog
    if all(done.metadata(key) == value for key, value in basis.items()) and aws.in_catalog(database, table.name):
        return {"outcome": "unchanged", "as_of": parameters.calendar.as_of}
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    with Kept() as keep:
        built, encounters = build(spark, silver, parameters, keep)
        infections = keep(coded_infections(spark, silver["condition"], parameters)) if name == "hai" else None
        found = contributions(spark, name, built, encounters, infections, parameters)
        rows = table_rows(spark, name, found, parameters, now)
        # kept, because Hudi looks at its input more than once: to count it, to place it, to write it
        hudi.write(keep(rows.coalesce(1)), table, operation=hudi.OVERWRITE, metadata=basis)
        quality = _quality(spark, name, encounters, infections)
    return {"outcome": "written", "as_of": parameters.calendar.as_of, **quality}


def _quality(spark, name, encounters, infections):
    """Counts that tell how far the data can be trusted, each from the one job that is about them."""
    if name == "length_of_stay":
        return {"encounters": stays.encounter_quality(spark, encounters)}
    if name == "hai":
        return {"infections": infections.count(), "onset_missing": infections.where("onset IS NULL").count()}
    return {}


def read_csv(spark, path):
    """The text of the value set."""
    try:
        lines = spark.read.text(path, wholetext=True).collect()
    except Exception:
        raise Problem(f"hai_value_set: {path} cannot be read") from None
    return "".join(line[0] for line in lines)
