"""Lines of the accounting (docs/measures.md A1 to A6): of each row of Silver, what the rules made of it.

A line says of a block (`measure`: encounters, stays, conditions, patients, or a figure of a measure) which rule took a
row; `what` details it. What is shown are codes, code systems and our own words: free text of a feed is `other`.
"""

from collections.abc import Iterable, Mapping

from metriccare_etl import gold, measures, registry, value_set
from metriccare_etl.queries import Frame, Session
from metriccare_etl.stays import literal, words
from metriccare_etl.value_set import ValueSet

# Of FHIR's own code system of classes a code says enough; a code of another one stands behind its system.
CLASS_SYSTEMS = (
    "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "http://hl7.org/fhir/v3/ActCode",
    "urn:oid:2.16.840.1.113883.5.4",
)
NO_FILE = "''"  # SQL of the file that a row stands in, where nobody asks
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


def judged_lines(spark: Session[Frame], judged: Frame) -> Frame:
    """E2 to E8 of every encounter that passes E1."""
    return spark.sql(
        f"""
        SELECT 'encounters' AS measure, coalesce(reason, if(closed, 'used', 'open')) AS rule,
          CASE WHEN reason = 'status' THEN {_code("status_code")} END AS what
        FROM {{judged}}
        """,
        judged=judged,
    )


def other_encounter_lines(
    spark: Session[Frame], encounter: Frame, classes: Iterable[str], file: str = NO_FILE
) -> Frame:
    """E1 of every encounter of Silver that fails it."""
    return spark.sql(
        f"""
        SELECT {file} AS file, 'encounters' AS measure, 'not_inpatient' AS rule, CASE
            WHEN coding IS NULL THEN {_code("class")}
            WHEN coding.system IS NULL OR array_contains({literal(CLASS_SYSTEMS)}, coding.system)
              THEN {_code("coding.code")}
            WHEN coding.code RLIKE {_pattern(CODE)} THEN concat({_system("coding.system")}, '|', coding.code)
            ELSE concat({_system("coding.system")}, '|other') END AS what
        FROM (SELECT *, get(class_codings, 0) AS coding, get(classes, 0) AS class FROM {{encounter}}
              WHERE NOT coalesce(arrays_overlap(classes, {words(classes)}), false))
        """,
        encounter=encounter,
    )


def stay_lines(spark: Session[Frame], stays: Frame) -> Frame:
    """S3 of every stay."""
    return spark.sql(
        "SELECT 'stays' AS measure, if(continued, 'continued', 'complete') AS rule, CAST(NULL AS string) AS what"
        " FROM {stays}",
        stays=stays,
    )


def patient_lines(spark: Session[Frame], patient: Frame, file: str = NO_FILE) -> Frame:
    """What Silver's patients lack for the measures; who was merged into another is nobody of its own."""
    return spark.sql(
        f"""
        SELECT {file} AS file, 'patients' AS measure, CASE WHEN merge IS NOT NULL THEN merge
            WHEN death_unknown THEN 'death_unknown' WHEN birth_date IS NULL THEN 'birth_date_missing'
            ELSE 'used' END AS rule, CAST(NULL AS string) AS what
        FROM {{patient}}
        """,
        patient=patient,
    )


def infection_lines(spark: Session[Frame], infections: Frame) -> Frame:
    """M3 of every condition of the value set."""
    return spark.sql(
        "SELECT 'conditions' AS measure, outcome AS rule, detail AS what FROM {infections}", infections=infections
    )


def other_condition_lines(
    spark: Session[Frame], condition: Frame, coded: Frame, codes: ValueSet, file: str = NO_FILE
) -> Frame:
    """M3 of every other condition of Silver: `coded` holds those of the value set."""
    systems = {system for rule in codes.rules for system in _systems_of(rule.system, codes)}
    known = f"filter(codes, one -> array_contains({literal(sorted(systems))}, one.system))"
    return spark.sql(
        f"""
        SELECT {file} AS file, 'conditions' AS measure, CASE WHEN NOT coalesce(confirmed, true) THEN 'not_confirmed'
            WHEN coalesce(size({known}), 0) < 1 THEN 'unknown_code_system' ELSE 'not_in_value_set' END AS rule,
          CASE WHEN coalesce(confirmed, true)
            THEN {_system(f"coalesce(get({known}, 0), get(codes, 0)).system")} END AS what
        FROM {{condition}} c LEFT ANTI JOIN {{coded}} i ON i.id = c.id
        """,
        condition=condition,
        coded=coded,
    )


def _systems_of(system: str, codes: ValueSet) -> tuple[str, ...]:
    return codes.icd10_systems if system == value_set.ICD10 else (system,)


def figure_lines(spark: Session[Frame], contributions: Frame) -> Frame:
    """What a measure's query says of every stay: the rule that left it out, or that it is used."""
    return spark.sql(
        "SELECT measure, coalesce(rule, 'used') AS rule, what FROM {contributions}", contributions=contributions
    )


def kept_lines(spark: Session[Frame], frames: Mapping[str, Frame]) -> list[Frame]:
    """Blocks, or parts of them, that follow from what is made of each person."""
    found = []
    if "encounters" in frames:
        found += [judged_lines(spark, frames["encounters"]), stay_lines(spark, frames["stays"])]
    if "infections" in frames and "stays" in frames:
        found.append(infection_lines(spark, frames["infections"]))
    return found


def other_lines(
    spark: Session[Frame], frames: Mapping[str, Frame], parameters: gold.Parameters, file: str = NO_FILE
) -> dict[str, Frame]:
    """The other parts, by dataset: a row of Silver tells of itself alone. `coded` are conditions of the value set."""
    found = {}
    if "encounter" in frames:
        found["encounter"] = other_encounter_lines(spark, frames["encounter"], parameters.inpatient_classes, file)
    if "patient" in frames:
        found["patient"] = patient_lines(spark, frames["patient"], file)
    if "coded" in frames:
        codes = value_set.parse(parameters.hai_csv, parameters.icd10_systems)
        found["condition"] = other_condition_lines(spark, frames["condition"], frames["coded"], codes, file)
    return found


def lines(spark: Session[Frame], frames: Mapping[str, Frame], parameters: gold.Parameters) -> list[Frame]:
    """Every block that the frames (`gold.frames_of`) tell of."""
    coded = {"coded": frames["infections"]} if "infections" in frames else {}
    found = [*kept_lines(spark, frames), *other_lines(spark, {**frames, **coded}, parameters).values()]
    return found + [
        figure_lines(spark, measures.contributions(spark, measure, frames, parameters.calendar))
        for measure in told_by(frames)
    ]


def told_by(frames: Iterable[str]) -> list[registry.Measure]:
    """The measures whose figures have lines, among those that can be computed from these frames."""
    there = set(frames)
    return [
        measure
        for measure in registry.lakehouse().measures.values()
        if measure.leaves_out and set(measures.fields_of(measure, registry.text_of(measure.sql))) <= there
    ]
