"""Coded infections (docs/measures.md M3): which conditions they are, and what became of each of them."""

from metriccare_etl.queries import Frame, Session
from metriccare_etl.stays import Calendar, calendar_date, literal
from metriccare_etl.value_set import RULE_COLUMNS, ValueSet


def coded_infections(spark: Session[Frame], condition: Frame, value_set: ValueSet, calendar: Calendar) -> Frame:
    """Confirmed conditions of the value set, each with its first category in table order and its onset date.

    Codes are found by equality alone, prefixes as the beginnings of a code that are as long as some prefix.
    """
    icd10 = literal(value_set.icd10_systems)
    lengths = f"CAST(array({', '.join(map(str, value_set.prefix_lengths()))}) AS array<int>)"
    return spark.sql(
        f"""
        WITH coding AS (
          SELECT id, patient_id, encounter_id, coalesce(has_encounter, false) AS has_encounter,
            {calendar_date("onset")} AS onset, explode(codes) AS coding
          FROM {{condition}} WHERE coalesce(confirmed, true)),
        named AS (
          SELECT *, coalesce(array_contains({icd10}, coding.system), false) AS is_icd10 FROM coding),
        spelled AS (
          SELECT *, if(is_icd10, 'icd10', coding.system) AS system,
            if(is_icd10, upper(replace(trim(coding.code), '.', '')), trim(coding.code)) AS code
          FROM named),
        worded AS (
          SELECT id, patient_id, encounter_id, has_encounter, onset, system, explode(concat(
            array(struct('code' AS match, code AS code)),
            transform({lengths}, n -> struct('prefix' AS match, substring(code, 1, n) AS code)))) AS word
          FROM spelled)
        SELECT id, patient_id, encounter_id, has_encounter, onset, found.category, found.first_day FROM (
          SELECT /*+ BROADCAST(r) */ id, patient_id, encounter_id, has_encounter, onset,
            min(struct(r.rank, r.category, r.first_day)) AS found
          FROM worded JOIN {{rules}} r ON r.system = worded.system AND r.match = word.match AND r.code = word.code
          GROUP BY id, patient_id, encounter_id, has_encounter, onset)
        """,
        {"zone": calendar.time_zone},
        condition=condition,
        rules=spark.createDataFrame(list(value_set.rules), RULE_COLUMNS),
    )


def judged_infections(spark: Session[Frame], infections: Frame, stays: Frame, encounters: Frame) -> Frame:
    """Each coded infection with its `outcome`: event, present_on_admission or repeat in the stay `stay_id`; else the
    first rule that leaves it out (onset_missing, no_stay, outside_stay), and `detail`, which says more of it.

    The fold is sequential: an onset on one of the 14 days that begin with the last window-opening one is a repeat, and
    does not prolong the window.
    """
    return spark.sql(
        """
        WITH parents AS (
          SELECT patient_id, map_from_entries(collect_list(struct(id, part_of))) AS parent
          FROM {encounters} WHERE reason = 'part_of_inpatient' GROUP BY patient_id),
        -- a segment leads to its parent's stay: as many steps as there are segments reach the end of any chain
        placed AS (
          SELECT c.*, CASE WHEN parent IS NULL OR encounter_id IS NULL THEN encounter_id
            ELSE aggregate(sequence(1, size(parent)), encounter_id,
              (at, step) -> coalesce(element_at(parent, at), at)) END AS root_id
          FROM {infections} c LEFT JOIN parents ON parents.patient_id = c.patient_id),
        linked AS (
          SELECT p.id, p.patient_id, p.encounter_id, p.has_encounter, p.category, p.first_day, p.onset,
            max(CASE WHEN NOT s.continued
                AND p.onset BETWEEN date_sub(s.admit_date, 2) AND date_add(s.discharge_date, 1)
              THEN struct(s.admit_ts, s.stay_id, s.admit_date) END) AS stay,
            coalesce(bool_or(s.continued), false) AS of_continued,
            max(CASE WHEN NOT s.continued THEN if(p.onset < s.admit_date, 'before_admission', 'after_discharge') END)
              AS beside
          FROM placed p LEFT JOIN {stays} s ON s.patient_id = p.patient_id
            AND CASE WHEN p.has_encounter THEN array_contains(s.encounter_ids, p.root_id)
                     ELSE p.onset BETWEEN s.admit_date AND date_add(s.discharge_date, 1) END
          GROUP BY p.id, p.patient_id, p.encounter_id, p.has_encounter, p.category, p.first_day, p.onset),
        folded AS (
          SELECT aggregate(
            array_sort(collect_list(struct(onset, id))),
            named_struct('opened', CAST(NULL AS date),
              'found', CAST(array() AS array<struct<id: string, outcome: string>>)),
            (state, one) -> named_struct(
              'opened', if(datediff(one.onset, state.opened) < 14, state.opened, one.onset),
              'found', concat(state.found, array(named_struct('id', one.id, 'outcome',
                CASE WHEN datediff(one.onset, state.opened) < 14 THEN 'repeat'
                  WHEN datediff(one.onset, stay.admit_date) + 1 >= first_day THEN 'event'
                  ELSE 'present_on_admission' END)))),
            state -> state.found) AS found
          FROM linked WHERE onset IS NOT NULL AND stay IS NOT NULL GROUP BY stay, category, first_day),
        told AS (SELECT inline(found) FROM folded)
        SELECT l.id, l.patient_id, l.encounter_id, l.has_encounter, l.category, l.first_day, l.onset, stay.stay_id,
          CASE WHEN l.onset IS NULL THEN 'onset_missing' WHEN stay IS NOT NULL THEN told.outcome
            WHEN beside IS NOT NULL THEN 'outside_stay' ELSE 'no_stay' END AS outcome,
          CASE WHEN l.onset IS NULL OR stay IS NOT NULL THEN l.category WHEN beside IS NOT NULL THEN beside
            WHEN of_continued THEN 'continued' WHEN has_encounter THEN 'by_encounter' ELSE 'by_date' END AS detail
        FROM linked l LEFT JOIN told ON told.id = l.id
        """,
        infections=infections,
        stays=stays,
        encounters=encounters,
    )
