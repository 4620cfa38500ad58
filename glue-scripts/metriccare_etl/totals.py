"""What all kept rows add up to: by figure, facility and month of discharge, by stratum, and by rule.

A run takes away what the persons whom it computes anew had added and adds what they add now, so what a table is folded
from costs nothing that has not changed. It holds for the as-of of its rows: whom as-of concerns is computed anew.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession

from metriccare_etl import account_lines, gold, persons, queries, registry, stays, strata, value_set
from metriccare_etl.queries import Frame, Session
from metriccare_etl.registry import Measure

FIGURES, LINES, ENCOUNTERS = "figures", "lines", "encounters"
KEY = ("block", "source", "measure", "rule", "what", "age65plus", "facility", "month", "stratum")
BLOCK, SOURCE, MEASURE, RULE, WHAT, AGE, FACILITY, MONTH, STRATUM = range(len(KEY))
KINDS = {"encounters": "encounter", "stays": "stay", "infections": "infection"}  # of kept rows, by their frame's name
Key = tuple[str | bool | None, ...]


class Added(NamedTuple):
    """A sum: of a figure both counts, of a line how often it is there."""

    hits: int
    at_risk: int


class Totals:
    """Sums by what they are of."""

    def __init__(self, sums: dict[Key, Added]) -> None:
        self.sums = sums

    def changed(self, gone: "Totals", come: "Totals") -> "Totals | None":
        """With these sums taken away and those added; None where more was to go than there was."""
        sums = dict(self.sums)
        for sign, other in ((-1, gone), (1, come)):
            for key, one in other.sums.items():
                before = sums.get(key, Added(0, 0))
                sums[key] = Added(before.hits + sign * one.hits, before.at_risk + sign * one.at_risk)
        if any(one.hits < 0 for key, one in sums.items() if key[0] != FIGURES):
            return None
        return Totals({key: one for key, one in sums.items() if any(one)})

    def text(self, rules: str) -> str:
        """To be read back by `parse`."""
        return json.dumps({"rules": rules, "sums": [[*key, *one] for key, one in self.sums.items()]})


def parse(text: str | None, rules: str) -> Totals | None:
    """Totals that these rules made; None where others did."""
    try:
        said = json.loads(text or "{}")
        if said.get("rules") != rules:
            return None
        return Totals({tuple(one[: len(KEY)]): Added(*one[len(KEY) :]) for one in said["sums"]})
    except (ValueError, AttributeError, KeyError, TypeError):
        return None


def of_rows(
    spark: SparkSession, rows: DataFrame | None, kept: Sequence[Measure], parameters: gold.Parameters
) -> Totals:
    """What rows add up to that are kept of persons."""
    if rows is None:
        return Totals({})
    frames = {
        name: rows.where(f"kind = '{kind}'").select(f"{kind}.*") for name, kind in KINDS.items() if kind in rows.columns
    }
    found = _summed(spark, rows, frames, kept, parameters).collect()
    sums = {tuple(row)[: len(KEY)]: Added(row.hits or 0, row.at_risk or 0) for row in found}
    return Totals({key: one for key, one in sums.items() if any(one)})


def rules(kept: Sequence[Measure], parameters: gold.Parameters) -> str:
    """A short name of the queries that sum up."""
    listener = queries.Listener()
    frames = dict.fromkeys(KINDS, listener)
    _summed(listener, listener, frames, kept, gold.FIXED._replace(strata=parameters.strata))
    return queries.digest(listener.heard)


def told_by(kept: Sequence[Measure]) -> list[Measure]:
    """The kept measures whose figures have lines in the accounting."""
    return [one for one in account_lines.told_by((*KINDS, *registry.datasets())) if one in kept]


def _summed(
    spark: Session[Frame],
    rows: Frame,
    frames: Mapping[str, Frame],
    kept: Sequence[Measure],
    parameters: gold.Parameters,
) -> Frame:
    lines = account_lines.kept_lines(spark, frames)
    if told := told_by(kept):
        lines.append(account_lines.figure_lines(spark, persons.told_of(spark, rows, told)))
    named = {f"lines{number}": frame for number, frame in enumerate(lines)}
    divided = {f"part{number}": frame for number, frame in enumerate(_divided(spark, rows, frames, kept, parameters))}
    parts = [
        f"""
        UNION ALL
        SELECT '{LINES}', NULL, measure, rule, what, NULL, NULL, NULL, NULL, count(*), 0
        FROM {{{name}}} GROUP BY measure, rule, what"""
        for name in named
    ] + [
        f"""
        UNION ALL
        SELECT '{FIGURES}', NULL, measure, NULL, NULL, age65plus, facility, substring(discharge_date, 1, 4), stratum,
          sum(hits), sum(at_risk)
        FROM {{{name}}} GROUP BY measure, age65plus, facility, substring(discharge_date, 1, 4), stratum"""
        for name in divided
    ]
    return spark.sql(
        f"""
        SELECT '{FIGURES}' AS block, one.source, one.measure, CAST(NULL AS string) AS rule,
          CAST(NULL AS string) AS what, age65plus, facility, month, CAST(NULL AS string) AS stratum,
          sum(one.hits) AS hits, sum(one.at_risk) AS at_risk
        FROM (SELECT figures.age65plus, figures.facility, substring(figures.discharge_date, 1, 7) AS month,
                explode(figures.adds) AS one
              FROM {{rows}} WHERE kind = 'figures')
        GROUP BY one.source, one.measure, age65plus, facility, month
        UNION ALL
        SELECT '{ENCOUNTERS}', NULL, NULL, NULL, what, NULL, NULL, NULL, NULL, n, 0 FROM {{states}}
        {"".join(parts)}
        """,
        None,
        rows=rows,
        states=stays.encounter_states(spark, frames["encounters"]),
        **named,
        **divided,
    )


def _divided(
    spark: Session[Frame],
    rows: Frame,
    frames: Mapping[str, Frame],
    kept: Sequence[Measure],
    parameters: gold.Parameters,
) -> list[Frame]:
    """What the stays add by stratum, of figures that say of which stay each row is."""
    parts = []
    if parameters.strata.of_stays():
        every = persons.figures_of(spark, rows, kept)
        parts.append(strata.by_stay(spark, every, frames["stays"], parameters.strata))
    if strata.CATEGORY in parameters.strata.names and "infections" in frames:
        categories = value_set.parse(parameters.hai_csv, ()).categories()
        for one in kept:
            if one.by_category:
                found = persons.figures_of(spark, rows, [one])
                parts.append(strata.by_category(spark, one, found, frames["infections"], categories))
    return parts


def figures_of(spark: SparkSession, totals: Totals, measure: Measure) -> DataFrame:
    """The sums of a measure, as its rows are folded from what stays add; `stratum` where they are of one."""
    rows = [
        (key[MEASURE], key[AGE], key[FACILITY], key[MONTH], key[STRATUM], *one)
        for key, one in totals.sums.items()
        if key[BLOCK] == FIGURES
        and (key[SOURCE] == measure.id or (key[SOURCE] is None and key[MEASURE] in measure.factors))
    ]
    return spark.createDataFrame(
        rows,
        "measure string, age65plus boolean, facility string, discharge_date string, stratum string,"
        " hits bigint, at_risk bigint",
    )


def lines_of(spark: SparkSession, totals: Totals) -> DataFrame:
    """The lines of the accounting, with their number (`n`)."""
    rows = [(key[MEASURE], key[RULE], key[WHAT], one.hits) for key, one in totals.sums.items() if key[BLOCK] == LINES]
    return spark.createDataFrame(rows, "measure string, rule string, what string, n bigint")


def accounts_of(totals: Totals, measure: Measure) -> dict[str, Any]:
    """The counts that a measure's entry asks for, as `gold` tells them."""
    told: dict[str, Any] = {}
    if "encounters" in measure.accounts:
        told["encounters"] = {key[WHAT]: one.hits for key, one in totals.sums.items() if key[BLOCK] == ENCOUNTERS}
    if "infections" in measure.accounts:
        coded = {
            key: one.hits for key, one in totals.sums.items() if key[BLOCK] == LINES and key[MEASURE] == "conditions"
        }
        told["infections"] = sum(coded.values())
        told["onset_missing"] = sum(n for key, n in coded.items() if key[RULE] == "onset_missing")
    return told
