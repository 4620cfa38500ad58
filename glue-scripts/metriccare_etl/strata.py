"""Strata of the measures (docs/measures.md G1 to G4): what else divides stays, where the config asks for it.

A stratum is folded from what each stay adds to a figure, so no measure's query knows of any. It has the value `unknown`
where nothing is known, and so the values of a stratum make up what they divide, but for categories of infections.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from metriccare_etl.queries import Frame, Session
from metriccare_etl.registry import Measure, lakehouse
from metriccare_etl.safe import Problem
from metriccare_etl.stays import literal

FACILITY_YEAR, DEPARTMENT, SEX, AGE, CATEGORY = "facility_year", "department", "sex", "age", "hai_category"
OF_STAYS = (DEPARTMENT, SEX, AGE)
STRATUM = "stratum"
STAY = "stay_id"  # column of an answer that says of which stay each row is
BANDS = (18, 45, 65, 75, 85)
OLDEST = 150


class Strata(NamedTuple):
    """What a run divides the figures by, and the ages at which a band begins."""

    names: tuple[str, ...] = ()
    bands: tuple[int, ...] = BANDS

    def of_stays(self) -> list[str]:
        """Those that a stay has one value of."""
        return [name for name in OF_STAYS if name in self.names]

    def said(self) -> dict[str, list[str] | list[int]]:
        """What a table's rows depend on by it; nothing where nothing is divided."""
        if not self.names:
            return {}
        return {"strata": sorted(self.names), **({"age_bands": list(self.bands)} if AGE in self.names else {})}


def parse(names: Iterable[str], bands: Sequence[str]) -> Strata:
    """Strata from a job's arguments; a Problem says what is wrong with them."""
    chosen = tuple(dict.fromkeys(names))
    known = lakehouse().strata
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise Problem(f"strata: there is no {' '.join(unknown)}; there are {' '.join(known)}")
    if not bands:
        return Strata(chosen)
    ages = [int(age) for age in bands if age.isascii() and age.isdigit() and 0 < int(age) <= OLDEST]
    if len(ages) < len(bands) or ages != sorted(set(ages)):
        raise Problem(f"age_bands: ages from 1 to {OLDEST} are needed, each above the one before")
    return Strata(chosen, tuple(ages))


def band(column: str, bands: Sequence[int]) -> str:
    """SQL of the name of an age's band: 0-17, 18-44, 85+; unknown without an age."""
    ends = [f"WHEN {column} < {end} THEN '{start}-{end - 1}'" for start, end in zip((0, *bands), bands, strict=False)]
    return f"CASE WHEN {column} IS NULL THEN 'unknown' {' '.join(ends)} ELSE '{bands[-1]}+' END"


def rows(
    spark: Session[Frame],
    measure: Measure,
    found: Frame,
    frames: Mapping[str, Frame],
    strata: Strata,
    categories: Iterable[str],
) -> Frame | None:
    """Rows of Gold by stratum: overall, by facility and by year of discharge; and by facility and year.

    `found` is what each stay adds to the figures of a measure, `frames` what its query can read. Of an answer that does
    not say of which stay a row is, only facility and year are known. One with `stratum` is what stays add together.
    """
    if STRATUM in getattr(found, "columns", ()):
        if not strata.names:
            return None
        kept = "true" if FACILITY_YEAR in strata.names else f"{STRATUM} IS NOT NULL"
        added = spark.sql(f"SELECT * FROM {{found}} WHERE {kept}", None, found=found)
        return _summed(spark, [added], measure.factors)
    parts = []
    named = STAY in getattr(found, "columns", (STAY,))
    if named and "stays" in frames and strata.of_stays():
        parts.append(by_stay(spark, found, frames["stays"], strata))
    if named and "infections" in frames and measure.by_category and CATEGORY in strata.names:
        parts.append(by_category(spark, measure, found, frames["infections"], categories))
    if FACILITY_YEAR in strata.names:
        parts.append(spark.sql("SELECT *, CAST(NULL AS string) AS stratum FROM {found}", None, found=found))
    return _summed(spark, parts, measure.factors) if parts else None


def by_stay(spark: Session[Frame], found: Frame, stays: Frame, strata: Strata) -> Frame:
    """What each stay adds, once for each of its strata; of what does not say of which stay it is, nothing is known."""
    values = {DEPARTMENT: "s.department", SEX: "s.sex", AGE: band("s.age", strata.bands)}
    texts = ", ".join(f"concat('{name}=', coalesce({values[name]}, 'unknown'))" for name in strata.of_stays())
    return spark.sql(
        f"""
        SELECT f.measure, f.age65plus, f.facility, f.discharge_date, f.hits, f.at_risk,
          explode(array({texts})) AS stratum
        FROM {{found}} f LEFT JOIN {{stays}} s ON s.stay_id = f.stay_id
        WHERE f.stay_id IS NOT NULL
        """,
        None,
        found=found,
        stays=stays,
    )


def by_category(
    spark: Session[Frame], measure: Measure, found: Frame, infections: Frame, categories: Iterable[str]
) -> Frame:
    """What each stay adds by its events of one category: their number, or that there are any."""
    counted = literal(measure.events)
    return spark.sql(
        f"""
        WITH events AS (
          SELECT stay_id, category, count(*) AS events FROM {{infections}} WHERE outcome = 'event' GROUP BY 1, 2),
        each AS (SELECT *, explode({literal(categories)}) AS category FROM {{found}})
        SELECT f.measure, f.age65plus, f.facility, f.discharge_date,
          CASE WHEN f.hits = 0 OR e.events IS NULL THEN 0L
            WHEN array_contains({counted}, f.measure) THEN e.events ELSE 1L END AS hits,
          f.at_risk, concat('{CATEGORY}=', f.category) AS stratum
        FROM each f LEFT JOIN events e ON e.stay_id = f.stay_id AND e.category = f.category
        WHERE f.stay_id IS NOT NULL
        """,
        None,
        found=found,
        infections=infections,
    )


def _summed(spark: Session[Frame], parts: Sequence[Frame], factors: Mapping[str, float]) -> Frame:
    """Contributions to rows; those without a stratum by facility and year (C1 to C3)."""
    names = {f"part{number}": part for number, part in enumerate(parts)}
    columns = "measure, age65plus, facility, discharge_date, stratum, hits, at_risk"
    every = " UNION ALL ".join(f"SELECT {columns} FROM {{{name}}}" for name in names)
    factor = ", ".join(f"'{measure}', {float(value)}D" for measure, value in factors.items())
    return spark.sql(
        f"""
        WITH year AS (
          SELECT measure, age65plus, facility, stratum, substring(CAST(discharge_date AS string), 1, 4) AS year,
            sum(bigint(hits)) AS hits, sum(bigint(at_risk)) AS at_risk
          FROM ({every}) GROUP BY 1, 2, 3, 4, 5),
        spread AS (
          SELECT measure, stratum, year, hits, at_risk, if(facility = 'all', 'facility all', facility) AS facility,
            explode(if(age65plus, array('all', 'age65plus'), array('all'))) AS cohort
          FROM year),
        counted AS (
          SELECT measure, cohort, stratum, g.facility, g.period, hits, at_risk
          FROM (SELECT * FROM spread WHERE stratum IS NOT NULL) spread LATERAL VIEW stack(3,
            'all', 'all',
            spread.facility, 'all',
            'all', year) g AS facility, period
          UNION ALL
          SELECT measure, cohort, stratum, facility, year, hits, at_risk FROM spread WHERE stratum IS NULL)
        SELECT measure, cohort, facility, period, sum(hits) AS numerator, sum(at_risk) AS denominator,
          element_at(map({factor}), measure) * sum(hits) / sum(at_risk) AS rate, stratum
        FROM counted GROUP BY measure, cohort, facility, period, stratum HAVING sum(at_risk) > 0
        """,
        None,
        **names,
    )
