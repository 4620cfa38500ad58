"""The measures of docs/measures.md (M1 to M4, C1 to C3): integer numerators and denominators, a null rate over 0.

Each measure is first one row a stay and figure (`hits` of the numerator, `at_risk` of the denominator), by its own file
in `sql`; then one table for the cohorts `all` and `age65plus`: overall, by facility, by year and by month of discharge.
"""

import re
from collections.abc import Mapping
from string import Formatter

from metriccare_etl.queries import Frame, Session
from metriccare_etl.registry import Measure, text_of
from metriccare_etl.safe import Problem
from metriccare_etl.stays import Calendar

COLUMNS = ("measure", "age65plus", "facility", "discharge_date", "hits", "at_risk")  # of what a measure's SQL answers
PATIENT = "patient_id"
UNKNOWN_FIGURE = "METRICCARE_UNKNOWN_FIGURE"  # what Spark fails with when an answer names a figure that is not declared
ARGUMENT = re.compile(r"(?<![:\w]):(as_of|time_zone)\b")


def contributions(spark: Session[Frame], measure: Measure, frames: Mapping[str, Frame], calendar: Calendar) -> Frame:
    """What each stay adds to the figures of a measure: the answer of its SQL, which reads `frames` by name."""
    text = text_of(measure.sql)
    read = fields_of(measure, text)
    unknown = [name for name in read if name not in frames]
    if unknown:
        lost, there = " ".join(unknown), " ".join(sorted(frames))
        raise Problem(f"the measure's query {measure.sql} reads {lost}; by its entry it can read {there}")
    said = {"as_of": calendar.as_of, "time_zone": calendar.time_zone}
    used = {name: said[name] for name in said if name in ARGUMENT.findall(text)}
    return spark.sql(text, used or None, **{name: frames[name] for name in read})


def fields_of(measure: Measure, text: str) -> list[str]:
    """The names in braces of a measure's SQL."""
    try:
        return sorted({name for _, name, _, _ in Formatter().parse(text) if name is not None})
    except ValueError:
        raise Problem(
            f"the measure's query {measure.sql}: a brace that is not one of a name has to be doubled"
        ) from None


def checked(measure: Measure, columns: list[str]) -> None:
    """Refuses an answer that lacks a column."""
    # whose figures are kept patient by patient has to say whose each row is
    wanted = (*COLUMNS, *(() if measure.as_of_days is None else (PATIENT,)))
    lacking = [name for name in wanted if name not in columns]
    if lacking:
        raise Problem(f"the measure's query {measure.sql} answers no {' '.join(lacking)}")


def measure_rows(spark: Session[Frame], contributions: Frame, factors: Mapping[str, float]) -> Frame:
    """Contributions of stays to rows: every cohort overall, and the groups whose denominator is not 0 (C1 to C3)."""
    nothing = spark.createDataFrame(
        [(measure, age65plus) for measure in factors for age65plus in (False, True)], "measure string, old boolean"
    )
    factor = ", ".join(f"'{measure}', {float(value)}D" for measure, value in factors.items())
    declared = ", ".join(f"'{measure}'" for measure in factors)
    return spark.sql(
        f"""
        WITH month AS (
          -- of each month there is one row from here on, however many stays it has
          SELECT if(measure IN ({declared}), measure, raise_error('{UNKNOWN_FIGURE}')) AS measure, age65plus, facility,
            substring(CAST(discharge_date AS string), 1, 7) AS month, sum(bigint(hits)) AS hits,
            sum(bigint(at_risk)) AS at_risk
          FROM {{contributions}} GROUP BY 1, 2, 3, 4),
        spread AS (
          SELECT measure, hits, at_risk, month,
            -- a facility whose id is `all` must not fall on the overall row
            if(facility = 'all', 'facility all', facility) AS facility,
            explode(if(age65plus, array('all', 'age65plus'), array('all'))) AS cohort
          FROM month),
        counted AS (
          SELECT measure, cohort, g.overall, g.facility, g.period, hits, at_risk
          FROM spread LATERAL VIEW stack(4,
            true, 'all', 'all',
            false, spread.facility, 'all',
            false, 'all', substring(month, 1, 4),
            false, 'all', month) g AS overall, facility, period
          UNION ALL
          SELECT measure, if(old, 'age65plus', 'all'), true, 'all', 'all', 0L, 0L FROM {{nothing}}),
        summed AS (
          SELECT measure, cohort, overall, facility, period, sum(hits) AS numerator, sum(at_risk) AS denominator
          FROM counted GROUP BY measure, cohort, overall, facility, period)
        SELECT measure, cohort, facility, period, numerator, denominator,
          CASE WHEN denominator > 0 THEN element_at(map({factor}), measure) * numerator / denominator END AS rate
        FROM summed WHERE overall OR denominator > 0
        """,
        contributions=contributions,
        nothing=nothing,
    )
