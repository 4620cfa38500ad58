"""Lines of the accounting that rows of Silver tell of themselves, whatever else there is: counted once a file.

A file of a Hudi table never changes, so a run counts the rows of the files that are new, and adds up. What was counted
lies beside the kept stays: numbers, rules and codes, by the name of the file.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import account_lines, gold, infections, merges, queries, texts, value_set
from metriccare_etl.queries import Frame, Session
from metriccare_etl.slices import FILE, Slices
from metriccare_etl.stays_table import beside

Line = tuple[str, str, str | None]
Counts = dict[str, dict[str, list[list[Any]]]]  # by dataset and file: [measure, rule, what, number]
NAME = "outside.json"
COUNTED = "measure string, rule string, what string, n bigint"


def counts(spark: SparkSession, lake: merges.Lake, parameters: gold.Parameters, silver_path: str) -> DataFrame:
    """The lines with their number (`n`)."""
    place = beside(silver_path) + NAME
    rules = _rules(lake.frames, parameters)
    before = _before(texts.read(spark, place), rules)
    now: Counts = {}
    for dataset, frame in lake.raw.items():
        slices = Slices(spark, frame)
        known = before.get(dataset, {})
        told = {name: known[name] for name in slices.urls if name in known}
        new = [name for name in slices.urls if name not in known]
        now[dataset] = {**told, **(_counted(spark, slices.read(new), dataset, parameters, new) if new else {})}
    if now != before:
        texts.write(spark, place, json.dumps({"rules": rules, "files": now}))
    summed: Counter[Line] = Counter()
    for files in now.values():
        for listed in files.values():
            for measure, rule, what, number in listed:
                summed[measure, rule, what] += number
    if lake.merges.states:
        summed.update(_merged(spark, lake))
    return spark.createDataFrame([(*line, number) for line, number in summed.items()], COUNTED)


def _before(text: str | None, rules: str) -> Counts:
    try:
        said = json.loads(text or "{}")
        found: Counts = said["files"] if said.get("rules") == rules else {}
    except (ValueError, AttributeError, KeyError):
        return {}
    return found


def _rules(datasets: Iterable[str], parameters: gold.Parameters) -> str:
    """A short name of the queries with these parameters."""
    listener = queries.Listener()
    _lines(listener, dict.fromkeys(datasets, listener), parameters)
    return queries.digest(listener.heard)


def _lines(spark: Session[Frame], rows: Mapping[str, Frame], parameters: gold.Parameters) -> dict[str, Frame]:
    """The lines of these rows, each with its file."""
    frames = dict(rows)
    if "condition" in rows:
        codes = value_set.parse(parameters.hai_csv, parameters.icd10_systems)
        frames["coded"] = infections.coded_infections(spark, rows["condition"], codes, parameters.calendar)
    return account_lines.other_lines(spark, frames, parameters, FILE)


def _counted(
    spark: SparkSession, rows: DataFrame, dataset: str, parameters: gold.Parameters, files: Iterable[str]
) -> dict[str, list[list[Any]]]:
    if dataset == "patient":
        rows = rows.withColumn("merge", F.lit(None).cast("string"))
    found: dict[str, list[list[Any]]] = {name: [] for name in files}
    lines = _lines(spark, {dataset: rows}, parameters).get(dataset)
    if lines is not None:
        for row in lines.groupBy(FILE, "measure", "rule", "what").agg(F.count("*").alias("n")).collect():
            found[row.file].append([row.measure, row.rule, row["what"], row.n])
    return found


def _merged(spark: SparkSession, lake: merges.Lake) -> Counter[Line]:
    """What the patients of whom a link says something are instead of what their rows alone say."""
    patient = lake.frames["patient"].where("merge IS NOT NULL").persist()
    changed: Counter[Line] = Counter()
    try:
        for sign, rows in ((1, patient), (-1, patient.withColumn("merge", F.lit(None).cast("string")))):
            for row in account_lines.patient_lines(spark, rows).groupBy("measure", "rule", "what").count().collect():
                changed[row.measure, row.rule, row["what"]] += sign * row["count"]
    finally:
        patient.unpersist()
    return changed
