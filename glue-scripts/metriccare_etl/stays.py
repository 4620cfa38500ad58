"""Encounters to inpatient stays (docs/measures.md E1 to E8, S1 to S3, V1 to V3), in the order of its rules.

DataFrame to DataFrame, written as SQL: a measure is then a handful of queries to plan, not a hundred small steps.
Instants are timestamps in a session whose time zone is UTC; dates are those of the facility's calendar.
"""

from collections.abc import Iterable
from typing import NamedTuple

from pyspark.sql import DataFrame, SparkSession

from metriccare_etl.queries import Frame, Session


class Calendar(NamedTuple):
    """The facility's time zone and the last day of the data."""

    time_zone: str
    as_of: str  # YYYY-MM-DD


def instant(column: str, end_of_day: bool = False) -> str:
    """SQL of the instant of a strict time (`times.normalise`): a date is midnight, or 23:59:59 as an end, local."""
    clock = " 23:59:59" if end_of_day else " 00:00:00"
    local = f"CASE WHEN length({column}) = 10 THEN concat({column}, '{clock}') ELSE {column} END"
    return (
        f"CASE WHEN {column} LIKE '%Z' THEN CAST({column} AS timestamp)"
        f" ELSE to_utc_timestamp(CAST({local} AS timestamp), :zone) END"
    )


def calendar_date(column: str) -> str:
    """SQL of the facility's date of a strict time: a date is never shifted, an instant is taken to the calendar."""
    return (
        f"CASE WHEN {column} LIKE '%Z' THEN CAST(from_utc_timestamp(CAST({column} AS timestamp), :zone) AS date)"
        f" ELSE CAST(substring({column}, 1, 10) AS date) END"
    )


def literal(values: Iterable[str]) -> str:
    """SQL of an array of texts; Spark 3.5 takes no arrays as arguments of a query."""
    texts = []
    for value in values:
        text = value.replace("\\", "\\\\").replace("'", "\\'").replace("{", "{{").replace("}", "}}")
        texts.append(f"'{text}'")
    return f"CAST(array({', '.join(texts)}) AS array<string>)"


def words(values: Iterable[str]) -> str:
    """SQL of an array of upper-case words."""
    return literal(value.strip().upper() for value in values)


def judged_encounters(
    spark: Session[Frame],
    encounter: Frame,
    patient: Frame,
    classes: Iterable[str],
    planned_priorities: Iterable[str],
    calendar: Calendar,
    divided: bool = False,
) -> Frame:
    """Inpatient encounters with the name of the first rule that excludes them (E2 to E7) or null, and `closed` (E8).

    Takes Silver's rows. What fails E1 is left out at once: it is most of a feed. `person` is what the patient's row
    says, null for an orphan. `divided`: with what strata need.
    """
    # without them the text is that of a lake without strata, whose rules are then what they were
    sex, department, of_it = (", sex", ", department", ", j.department") if divided else ("", "", "")
    return spark.sql(
        f"""
        WITH inpatient AS (
          SELECT id, patient_id, status, status_code, part_of, disposition AS disp,
            coalesce(facility, 'unknown') AS facility,
            coalesce(arrays_overlap(priorities, {words(planned_priorities)}), false) AS planned,
            {instant("`start`")} AS start_ts, {calendar_date("`start`")} AS start_date,
            {instant("`end`", end_of_day=True)} AS end_ts, {calendar_date("`end`")} AS end_date{department}
          FROM {{encounter}}
          WHERE arrays_overlap(classes, {words(classes)})),
        people AS (
          SELECT id AS patient_id, struct(
            {calendar_date("birth_date")} AS birth_date, {calendar_date("death")} AS death_date,
            coalesce(death_unknown, false) AS death_unknown{sex}) AS person
          FROM {{patient}}),
        judged AS (
          SELECT i.*, p.person,
            CASE WHEN status NOT IN ('finished', 'active') THEN 'status'
                 WHEN p.person IS NULL THEN 'orphan_patient'
                 WHEN start_ts IS NULL THEN 'bad_start'
                 WHEN start_date > CAST(:as_of AS date) THEN 'starts_after_as_of'
                 WHEN end_ts < start_ts THEN 'end_before_start' END AS reason,
            coalesce(status = 'finished' AND end_date <= CAST(:as_of AS date), false) AS closed
          FROM inpatient i LEFT JOIN people p ON p.patient_id = i.patient_id)
        SELECT j.id, j.patient_id, j.part_of, j.start_ts, j.start_date, j.end_ts, j.end_date, j.disp, j.facility,
          j.planned, j.person, j.closed, j.status, j.status_code,
          coalesce(j.reason, CASE WHEN parent.id <> j.id THEN 'part_of_inpatient' END) AS reason{of_it}
        FROM judged j LEFT JOIN judged parent
          ON parent.patient_id = j.patient_id AND parent.id = j.part_of AND parent.reason IS NULL
        """,
        {"zone": calendar.time_zone, "as_of": calendar.as_of},
        encounter=encounter,
        patient=patient,
    )


def build_stays(spark: Session[Frame], encounters: Frame) -> Frame:
    """One row a stay (S1 to S3, V1 to V3): dates, disposition, vital status, `continued`, `age65plus`,
    `encounter_ids` (its closed encounters in order), `joined` (by which of S1 each came to those before it),
    `discharge_id` (the one that S2 takes the discharge from) and `held_ids` (open encounters that continue it).
    """
    return spark.sql(
        """
        WITH seen AS (
          SELECT *, max(end_ts) OVER so_far AS prev_end, max(end_date) OVER so_far AS prev_end_date,
            lag(disp) OVER (PARTITION BY patient_id ORDER BY start_ts, end_ts, id) AS prev_disp
          FROM {encounters} WHERE reason IS NULL AND closed
          WINDOW so_far AS (PARTITION BY patient_id ORDER BY start_ts, end_ts, id
                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
        linked AS (
          SELECT *, CASE
              WHEN start_ts <= prev_end THEN 'overlap'
              WHEN start_date = prev_end_date THEN 'same_day'
              WHEN datediff(start_date, prev_end_date) = 1 AND prev_disp = 'transfer_acute' THEN 'transfer'
              ELSE 'first' END AS link
          FROM seen),
        numbered AS (
          SELECT *, sum(int(link = 'first')) OVER (PARTITION BY patient_id ORDER BY start_ts, end_ts, id) AS stay_no
          FROM linked),
        merged AS (
          SELECT patient_id, stay_no, first(person) AS person,
            array_sort(collect_list(struct(start_ts, end_ts, id, link))) AS parts,
            min(struct(start_ts, end_ts, id, start_date, planned)) AS a,
            max(struct(end_ts, start_ts, id, end_date, disp, facility)) AS z
          FROM numbered GROUP BY patient_id, stay_no),
        opened AS (
          SELECT patient_id, collect_list(struct(id, start_ts, start_date)) AS opens
          FROM {encounters} WHERE reason IS NULL AND NOT closed GROUP BY patient_id),
        stay AS (
          SELECT m.patient_id, a.id AS stay_id, a.start_ts AS admit_ts, a.start_date AS admit_date, a.planned,
            z.end_ts, z.end_date AS discharge_date, z.disp, z.facility, z.id AS discharge_id, person.*,
            transform(parts, one -> one.id) AS encounter_ids, transform(parts, one -> one.link) AS joined,
            coalesce(transform(filter(opens, o -> o.start_ts >= a.start_ts AND (
              o.start_ts <= z.end_ts OR o.start_date = z.end_date
              OR (datediff(o.start_date, z.end_date) = 1 AND coalesce(z.disp, '') = 'transfer_acute')
            )), o -> o.id), array()) AS held_ids
          FROM merged m LEFT JOIN opened ON opened.patient_id = m.patient_id)
        SELECT patient_id, stay_id, admit_ts, admit_date, planned, end_ts, discharge_date, disp, facility, death_date,
          encounter_ids, joined, discharge_id, held_ids,
          size(held_ids) > 0 AS continued,
          datediff(discharge_date, admit_date) AS midnights,
          greatest(datediff(discharge_date, admit_date), 1) AS los_days,
          coalesce(death_date < admit_date, false) AS conflict,
          coalesce(disp = 'expired', false)
            OR coalesce(death_date >= admit_date AND death_date < discharge_date, false)
            OR coalesce(death_date = discharge_date AND disp IS NULL, false) AS died,
          coalesce(death_date, CASE WHEN disp = 'expired' THEN discharge_date END) AS eff_death,
          death_unknown AND coalesce(disp, '') <> 'expired' AS vital_unknown,
          -- full years: the birthday of 29 February comes on 1 March in other years
          coalesce(year(admit_date) - year(birth_date)
            - int(month(admit_date) * 100 + day(admit_date) < month(birth_date) * 100 + day(birth_date)) >= 65, false)
            AS age65plus
        FROM stay
        """,
        encounters=encounters,
    )


def divided_stays(spark: Session[Frame], stays: Frame, encounters: Frame) -> Frame:
    """Stays with `department` (of the encounter of their discharge), `sex` and `age` in full years at admission."""
    born, day = "e.person.birth_date", "date_format({}, 'MMdd')"
    age = f"year(admit_date) - year({born}) - int({day.format('admit_date')} < {day.format(born)})"
    return spark.sql(
        f"""
        SELECT s.*, e.department, e.person.sex AS sex, if({age} >= 0, {age}, NULL) AS age
        FROM {{stays}} s JOIN {{encounters}} e ON e.patient_id = s.patient_id AND e.id = s.discharge_id
        """,
        stays=stays,
        encounters=encounters,
    )


def encounter_states(spark: Session[Frame], encounters: Frame) -> Frame:
    """(what, n) of inpatient encounters: the rule that left them out, or how they count."""
    return spark.sql(
        """
        SELECT coalesce(reason, CASE WHEN closed THEN 'closed'
            WHEN status = 'finished' AND end_ts IS NULL THEN 'finished_without_end' ELSE 'open' END) AS what,
          count(*) AS n
        FROM {encounters} GROUP BY 1
        """,
        encounters=encounters,
    )


def encounter_quality(spark: SparkSession, encounters: DataFrame) -> dict[str, int]:
    """{what became of it: number} of inpatient encounters."""
    return {row.what: row.n for row in encounter_states(spark, encounters).collect()}
