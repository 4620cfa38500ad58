"""What went in, what stayed out, and why: every row of Silver in one line of the Gold table `accounting`.

A line says of a block (`measure`: encounters, stays, conditions, patients, or a figure of a measure, whose lines count
stays) how many of its rows a rule of docs/measures.md took; `what` details a line, or is null for the rule's total.
The first rule that fails names a row, so each block sums to all there is. What is shown are codes, code systems and
our own words: free text of a feed is `other`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from metriccare_etl import aws, gold, hudi, measures, merges, outside, queries, registry
from metriccare_etl.account_lines import figure_lines, lines, told_by
from metriccare_etl.kept import Kept
from metriccare_etl.persons import without_past
from metriccare_etl.queries import Frame, Session
from metriccare_etl.stays import Calendar
from metriccare_etl.timeline import Timeline

TABLE = "accounting"
LISTED = 100  # details of a rule: the most frequent ones, the others together


def table_rows(
    spark: Session[Frame],
    found: Sequence[Frame],
    calendar: Calendar,
    now: str,
    alone: Callable[[Frame], Frame],
    counts: Sequence[Frame] = (),
) -> Frame:
    """Lines counted: each rule's total and its details. Rules that took nothing are there with 0.

    `alone` cuts a block's few counts off from what they are made of: one plan of all blocks is too big for a driver.
    `counts` are lines that are counted already, with their number as `n`.
    """
    count = "SELECT measure, rule, what, count(*) AS n FROM {lines} GROUP BY measure, rule, what"
    counted = [*(alone(spark.sql(count, None, lines=frame)) for frame in found), *counts]
    named = {f"lines{number}": frame for number, frame in enumerate(counted)}
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
    kept: Callable[[registry.Measure, Mapping[str, str | None]], Kept | None],
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
        if there:
            blocks, counts = _from_kept(spark, there, lake, parameters, wanted.silver_path)
        else:
            frames = gold.frames_of(spark, asked, lake.frames, parameters, keep)
            blocks, counts = lines(spark, frames, parameters), []
        found = table_rows(spark, blocks, parameters.calendar, now, without_past, counts)
        hudi.write(
            keep(found.coalesce(1)),
            table,
            operation=hudi.OVERWRITE,
            metadata={**basis, **parameters.stamp(asked, wanted.run_id, now)},
        )
    return {"accounting": "written"}


def _from_kept(
    spark: SparkSession, there: Kept, lake: merges.Lake, parameters: gold.Parameters, silver_path: str
) -> tuple[list[DataFrame], list[DataFrame]]:
    """(lines, lines that are counted already) from what is kept of each person, and from Silver beside it."""
    frames = {**lake.frames, **there.frames()}
    kept = there.lines()
    own = [
        figure_lines(spark, measures.contributions(spark, measure, frames, parameters.calendar))
        for measure in told_by(frames)
        if measure not in kept.of
    ]
    return [*kept.lines, *own], [*kept.counts, outside.counts(spark, lake, parameters, silver_path)]
