"""What went in, what stayed out, and why: every row of Silver in one line of the Gold table `accounting`.

A line says of a block (`measure`: encounters, stays, conditions, patients, or a figure of a measure, whose lines count
stays) how many of its rows a rule of docs/measures.md took; `what` details a line, or is null for the rule's total.
The first rule that fails names a row, so each block sums to all there is. What is shown are codes, code systems and
our own words: free text of a feed is `other`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from pyspark.sql import SparkSession

from metriccare_etl import aws, gold, hudi, measures, merges, queries, registry, value_set
from metriccare_etl.persons import without_past
from metriccare_etl.queries import Frame, Session
from metriccare_etl.stays import Calendar, literal, words
from metriccare_etl.timeline import Timeline
from metriccare_etl.value_set import ValueSet

TABLE = "accounting"
LISTED = 100  # details of a rule: the most frequent ones, the others together
# Of FHIR's own code system of classes a code says enough; a code of another one stands behind its system.
CLASS_SYSTEMS = (
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://hl7.org/fhir/v3/ActCode",
    "urn:oid:2.16.840.1.113883.5.4",
)
CODE = "^[A-Za-z0-9][A-Za-z0-9_.+-]{0,31}$"
LONG_NUMBER = "[0-9]{6}"  # without a code system it may as well be somebody's number
SYSTEM = "^(https?://|urn:)[A-Za-z0-9._~:/#%-]{1,120}$"


def _pattern(text: str) -> str:
    """SQL of a regular expression; Spark's `sql` takes single braces for names."""
    return "'" + text.replace("{", "{{").replace("}", "}}") + "'"


def _code(column: str) -> str:
    """SQL of a code that may be shown."""
    return (
        f"CASE WHEN {column} IS NULL THEN 'none' WHEN {column} RLIKE {_pattern(CODE)}"
        f" AND NOT {column} RLIKE {_pattern(LONG_NUMBER)} THEN {column} ELSE 'other' END"
    )


def _system(column: str) -> str:
    """SQL of a code system that may be shown."""
    return (
        f"CASE WHEN {column} IS NULL THEN 'none' WHEN {column} RLIKE {_pattern(SYSTEM)} THEN {column} ELSE 'other' END"
    )


def encounter_lines(spark: Session[Frame], encounter: Frame, judged: Frame, classes: Iterable[str]) -> Frame:
    """E1 to E8 of every encounter of Silver: `judged` holds those that pass E1."""
    return spark.sql(
        f"""
        SELECT 'encounters' AS measure, coalesce(reason, if(closed, 'used', 'open')) AS rule,
          CASE WHEN reason = 'status' THEN {_code("status_code")} END AS what
        FROM {{judged}}
        UNION ALL
        SELECT 'encounters', 'not_inpatient', CASE
            WHEN coding IS NULL THEN {_code("class")}
            WHEN coding.system IS NULL OR array_contains({literal(CLASS_SYSTEMS)}, coding.system)
              THEN {_code("coding.code")}
            WHEN coding.code RLIKE {_pattern(CODE)} THEN concat({_system("coding.system")}, '|', coding.code)
            ELSE concat({_system("coding.system")}, '|other') END
        FROM (SELECT get(class_codings, 0) AS coding, get(classes, 0) AS class FROM {{encounter}}
              WHERE NOT coalesce(arrays_overlap(classes, {words(classes)}), false))
        """,
        encounter=encounter,
        judged=judged,
    )


def stay_lines(spark: Session[Frame], stays: Frame) -> Frame:
    """S3 of every stay."""
    return spark.sql(
        "SELECT 'stays' AS measure, if(continued, 'continued', 'complete') AS rule, CAST(NULL AS string) AS what"
        " FROM {stays}",
        stays=stays,
    )


def patient_lines(spark: Session[Frame], patient: Frame) -> Frame:
    """What Silver's patients lack for the measures; who was merged into another is nobody of its own."""
    return spark.sql(
        """
        SELECT 'patients' AS measure, CASE WHEN merge IS NOT NULL THEN merge WHEN death_unknown THEN 'death_unknown'
            WHEN birth_date IS NULL THEN 'birth_date_missing' ELSE 'used' END AS rule, CAST(NULL AS string) AS what
        FROM {patient}
        """,
        patient=patient,
    )


def condition_lines(spark: Session[Frame], condition: Frame, infections: Frame, codes: ValueSet) -> Frame:
    """M3 of every condition of Silver: `infections` holds those of the value set."""
    systems = {system for rule in codes.rules for system in _systems_of(rule.system, codes)}
    known = f"filter(codes, one -> array_contains({literal(sorted(systems))}, one.system))"
    return spark.sql(
        f"""
        SELECT 'conditions' AS measure, CASE WHEN NOT coalesce(confirmed, true) THEN 'not_confirmed'
            WHEN outcome IS NOT NULL THEN outcome
            WHEN coalesce(size({known}), 0) < 1 THEN 'unknown_code_system' ELSE 'not_in_value_set' END AS rule,
          CASE WHEN NOT coalesce(confirmed, true) THEN NULL WHEN outcome IS NOT NULL THEN detail
            ELSE {_system(f"coalesce(get({known}, 0), get(codes, 0)).system")} END AS what
        FROM {{condition}} c LEFT JOIN (SELECT id AS infection, outcome, detail FROM {{infections}})
          ON infection = c.id
        """,
        condition=condition,
        infections=infections,
    )


def _systems_of(system: str, codes: ValueSet) -> tuple[str, ...]:
    return codes.icd10_systems if system == value_set.ICD10 else (system,)


def figure_lines(spark: Session[Frame], contributions: Frame) -> Frame:
    """What a measure's query says of every stay: the rule that left it out, or that it is used."""
    return spark.sql(
        "SELECT measure, coalesce(rule, 'used') AS rule, what FROM {contributions}", contributions=contributions
    )


def lines(
    spark: Session[Frame],
    frames: Mapping[str, Frame],
    parameters: gold.Parameters,
    told: Callable[[Sequence[registry.Measure]], tuple[Frame | None, list[registry.Measure]]] | None = None,
) -> list[Frame]:
    """Every block that the frames (`gold.frames_of`) tell of. `told`: what is kept of the figures' answers already."""
    found = []
    if "encounters" in frames:
        found.append(encounter_lines(spark, frames["encounter"], frames["encounters"], parameters.inpatient_classes))
        found.append(stay_lines(spark, frames["stays"]))
    if "patient" in frames:
        found.append(patient_lines(spark, frames["patient"]))
    if "infections" in frames and "stays" in frames:
        codes = value_set.parse(parameters.hai_csv, parameters.icd10_systems)
        found.append(condition_lines(spark, frames["condition"], frames["infections"], codes))
    asked = [
        measure
        for measure in registry.lakehouse().measures.values()
        if measure.leaves_out and set(measures.fields_of(measure, registry.text_of(measure.sql))) <= set(frames)
    ]
    answered, kept = told(asked) if told else (None, [])
    if answered is not None:
        found.append(figure_lines(spark, answered))
    for measure in asked:
        if measure not in kept:
            found.append(figure_lines(spark, measures.contributions(spark, measure, frames, parameters.calendar)))
    return found


def table_rows(
    spark: Session[Frame], found: list[Frame], calendar: Calendar, now: str, alone: Callable[[Frame], Frame]
) -> Frame:
    """Lines counted: each rule's total and its details. Rules that took nothing are there with 0.

    `alone` cuts a block's few counts off from what they are made of: one plan of all blocks is too big for a driver.
    """
    count = "SELECT measure, rule, what, count(*) AS n FROM {lines} GROUP BY measure, rule, what"
    named = {f"lines{number}": alone(spark.sql(count, None, lines=frame)) for number, frame in enumerate(found)}
    every = " UNION ALL ".join(f"SELECT measure, rule, what, n FROM {{{name}}}" for name in named)
    return spark.sql(
        f"""
        WITH each AS ({every}),
        ranked AS (
          SELECT *, row_number() OVER (PARTITION BY measure, rule, what IS NULL ORDER BY n DESC, what) AS place
          FROM each),
        listed AS (SELECT measure, rule, if(place <= {LISTED}, what, 'other') AS what, n FROM ranked
                   WHERE what IS NOT NULL),
        counted AS (
          SELECT measure, rule, CAST(NULL AS string) AS what, sum(n) AS count
          FROM (SELECT measure, rule, n FROM each UNION ALL SELECT measure, rule, bigint(0) FROM {{rules}})
          GROUP BY measure, rule
          UNION ALL
          SELECT measure, rule, what, sum(n) FROM listed GROUP BY measure, rule, what)
        SELECT concat_ws('|', measure, rule, what) AS row_key, measure, rule, what, count,
          :as_of AS as_of, :now AS computed_at
        FROM counted
        """,
        {"as_of": calendar.as_of, "now": now},
        rules=spark.createDataFrame(registry.lakehouse().rules(), "measure string, rule string"),
        **named,
    )


def needs() -> registry.Measure:
    """What the accounting reads, said as a measure says it: all datasets, and the value set where there is one."""
    datasets = tuple(registry.datasets())
    return registry.Measure(TABLE, "", TABLE, datasets, {}, "condition" in datasets, (), {})


def rules() -> str:
    """A short name of the queries behind the table (`gold.rules`)."""
    listener = queries.Listener()
    asked = needs()
    silver = dict.fromkeys(asked.datasets, listener)
    frames = gold.frames_of(listener, asked, silver, gold.FIXED, lambda frame: frame)
    table_rows(listener, lines(listener, frames, gold.FIXED), gold.FIXED.calendar, "", lambda frame: frame)
    return queries.digest(listener.heard)


def refresh(
    spark: SparkSession,
    wanted: gold.Wanted,
    parameters: gold.Parameters,
    kept: Callable[[registry.Measure, Mapping[str, str | None]], gold.Kept | None],
) -> dict[str, Any]:
    """Count anew, unless the table stands on the same Silver commits, parameters and rules already.

    `kept` answers what is kept for these instants of Silver.
    """
    table = gold.gold_table(wanted.gold_path, TABLE, wanted.database)
    asked = needs()
    lake = merges.read(spark, wanted.silver_path, asked.datasets)
    basis = {
        "silver": json.dumps(lake.instants, sort_keys=True),
        "parameters": parameters.fingerprint(asked),
        "rules": rules(),
    }
    done = Timeline(spark, table.path)
    same = not wanted.full and all(done.metadata(key) == value for key, value in basis.items())
    if same and aws.in_catalog(table.database, table.catalog_name):
        return {"accounting": "unchanged"}
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    there = kept(asked, lake.instants)
    with gold.Keeping() as keep:
        frames = (
            {**lake.frames, **there.frames()} if there else gold.frames_of(spark, asked, lake.frames, parameters, keep)
        )
        blocks = lines(spark, frames, parameters, there.told if there else None)
        found = table_rows(spark, blocks, parameters.calendar, now, without_past)
        hudi.write(
            keep(found.coalesce(1)),
            table,
            operation=hudi.OVERWRITE,
            metadata={**basis, **parameters.stamp(asked, wanted.run_id, now)},
        )
    return {"accounting": "written"}
