"""The measures of docs/measures.md (M1 to M4, C1 to C3): integer numerators and denominators, a null rate over 0.

Each measure is first one row a stay (`hits` of the numerator, `at_risk` of the denominator), then one table for the
cohorts `all` and `age65plus`: overall, by facility, by year and by month of discharge. Crude, not risk-adjusted, not a
CMS result.
"""

from metriccare_etl.stays import calendar_date, literal
from metriccare_etl.value_set import RULE_COLUMNS

COHORTS = ("all", "age65plus")
MEASURES = {  # table -> {measure: factor of the rate}
    "readmission": {"readmission_30d": 1.0},
    "mortality": {"mortality_in_hospital": 1.0, "mortality_30d": 1.0},
    "hai": {"hai": 1000.0, "hai_stays": 1.0},  # per 1,000 patient days
    "length_of_stay": {"length_of_stay": 1.0, "length_of_stay_midnights": 1.0},
}


def readmission(spark, stays, encounters, calendar):
    """M1: the earliest admission on days 1 to 30 after the discharge decides; a planned one is no readmission."""
    return spark.sql(
        """
        WITH admission AS (
          SELECT patient_id, stay_id AS id, admit_ts, admit_date, planned FROM {stays}
          UNION ALL
          SELECT e.patient_id, e.id, e.start_ts, e.start_date, e.planned
          FROM {encounters} e LEFT ANTI JOIN (SELECT explode(held_ids) AS id FROM {stays}) held ON held.id = e.id
          WHERE e.reason IS NULL AND NOT e.closed),
        index_stay AS (
          SELECT * FROM {stays}
          WHERE NOT continued AND NOT conflict AND NOT died AND coalesce(disp, '') NOT IN ('ama', 'transfer_acute')
            AND date_add(discharge_date, 30) <= CAST(:as_of AS date)),
        judged AS (
          SELECT s.stay_id, s.age65plus, s.facility, s.discharge_date,
            min(CASE WHEN a.id IS NOT NULL THEN struct(a.admit_ts, a.id, a.planned) END) AS next
          FROM index_stay s LEFT JOIN admission a ON a.patient_id = s.patient_id AND a.admit_ts > s.end_ts
            AND datediff(a.admit_date, s.discharge_date) BETWEEN 1 AND 30
            AND (s.death_date IS NULL OR s.death_date >= a.admit_date)
          GROUP BY s.stay_id, s.age65plus, s.facility, s.discharge_date)
        SELECT 'readmission_30d' AS measure, age65plus, facility, discharge_date,
          int(coalesce(NOT next.planned, false)) AS hits, 1 AS at_risk
        FROM judged
        """,
        args={"as_of": calendar.as_of},
        stays=stays,
        encounters=encounters,
    )


def mortality(spark, stays, calendar):
    """M2a: died in hospital. M2b: died within 30 days of admission, where that can be known."""
    return spark.sql(
        """
        SELECT measure, age65plus, facility, discharge_date, hits, at_risk
        FROM {stays} LATERAL VIEW stack(2,
          'mortality_in_hospital', int(died), 1,
          'mortality_30d', int(coalesce(eff_death BETWEEN admit_date AND date_add(admit_date, 30), false)),
            int(coalesce(disp, '') <> 'ama' AND NOT vital_unknown
              AND date_add(admit_date, 30) <= CAST(:as_of AS date))) AS measure, hits, at_risk
        WHERE NOT continued AND NOT conflict AND at_risk = 1
        """,
        args={"as_of": calendar.as_of},
        stays=stays,
    )


def length_of_stay(spark, stays):
    """M4: days of care, and midnights, over discharges."""
    return spark.sql(
        """
        SELECT measure, age65plus, facility, discharge_date, hits, 1 AS at_risk
        FROM {stays} LATERAL VIEW stack(2,
          'length_of_stay', los_days, 'length_of_stay_midnights', midnights) AS measure, hits
        WHERE NOT continued
        """,
        stays=stays,
    )


def hai(spark, stays, infections):
    """M3: events over patient days, and stays with an event over stays of two midnights or more."""
    return spark.sql(
        """
        SELECT measure, age65plus, facility, discharge_date, hits, at_risk
        FROM (SELECT s.*, coalesce(i.events, 0) AS events
              FROM {stays} s LEFT JOIN {infections} i ON i.stay_id = s.stay_id
              WHERE NOT s.continued)
        LATERAL VIEW stack(2,
          'hai', int(events), los_days, 'hai_stays', int(events > 0), int(midnights >= 2)) AS measure, hits, at_risk
        """,
        stays=stays,
        infections=infections,
    )


def infection_events(spark, stays, encounters, conditions):
    """stay_id, events: onsets that open a window on or after the category's first day, of complete stays.

    `conditions` are those of `coded_infections`. The fold is sequential: one of the 14 days that begin with the last
    window-opening onset is a repeat, and does not prolong the window.
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
          FROM {conditions} c LEFT JOIN parents ON parents.patient_id = c.patient_id
          WHERE onset IS NOT NULL),
        linked AS (
          SELECT p.id, p.category, p.first_day, p.onset,
            max_by(struct(s.stay_id, s.admit_date), struct(s.admit_ts, s.stay_id)) AS stay
          FROM placed p JOIN {stays} s ON s.patient_id = p.patient_id
            AND p.onset BETWEEN date_sub(s.admit_date, 2) AND date_add(s.discharge_date, 1)
            AND CASE WHEN p.has_encounter THEN array_contains(s.encounter_ids, p.root_id)
                     ELSE p.onset >= s.admit_date END
          WHERE NOT s.continued
          GROUP BY p.id, p.category, p.first_day, p.onset),
        folded AS (
          SELECT stay.stay_id, aggregate(
            array_sort(collect_list(struct(onset, id))),
            named_struct('opened', CAST(NULL AS date), 'events', 0),
            (state, one) -> CASE WHEN datediff(one.onset, state.opened) < 14 THEN state
              ELSE named_struct('opened', one.onset, 'events', state.events
                + int(datediff(one.onset, stay.admit_date) + 1 >= first_day)) END,
            state -> state.events) AS events
          FROM linked GROUP BY stay, category, first_day)
        SELECT stay_id, sum(events) AS events FROM folded GROUP BY stay_id
        """,
        stays=stays,
        encounters=encounters,
        conditions=conditions,
    )


def coded_infections(spark, condition, value_set, calendar):
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
        args={"zone": calendar.time_zone},
        condition=condition,
        rules=spark.createDataFrame(list(value_set.rules), RULE_COLUMNS),
    )


def measure_rows(spark, contributions, factors):
    """Contributions of stays to rows: every cohort overall, and the groups whose denominator is not 0."""
    nothing = spark.createDataFrame(
        [(measure, age65plus) for measure in factors for age65plus in (False, True)], "measure string, old boolean"
    )
    factor = ", ".join(f"'{measure}', {value}D" for measure, value in factors.items())
    return spark.sql(
        f"""
        WITH spread AS (
          SELECT measure, hits, at_risk, CAST(discharge_date AS string) AS day,
            -- a facility whose id is `all` must not fall on the overall row
            if(facility = 'all', 'facility all', facility) AS facility,
            explode(if(age65plus, array('all', 'age65plus'), array('all'))) AS cohort
          FROM {{contributions}}),
        counted AS (
          SELECT measure, cohort, g.overall, g.facility, g.period, hits, at_risk
          FROM spread LATERAL VIEW stack(4,
            true, 'all', 'all',
            false, spread.facility, 'all',
            false, 'all', substring(day, 1, 4),
            false, 'all', substring(day, 1, 7)) g AS overall, facility, period
          UNION ALL
          SELECT measure, if(old, 'age65plus', 'all'), true, 'all', 'all', 0, 0 FROM {{nothing}}),
        summed AS (
          SELECT measure, cohort, overall, facility, period, sum(bigint(hits)) AS numerator,
            sum(bigint(at_risk)) AS denominator
          FROM counted GROUP BY measure, cohort, overall, facility, period)
        SELECT measure, cohort, facility, period, numerator, denominator,
          CASE WHEN denominator > 0 THEN element_at(map({factor}), measure) * numerator / denominator END AS rate
        FROM summed WHERE overall OR denominator > 0
        """,
        contributions=contributions,
        nothing=nothing,
    )
