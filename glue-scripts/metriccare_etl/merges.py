"""Who stands for whom: patients that were merged into others by `Patient.link` (docs/measures.md L1 to L3).

Silver keeps what each patient's newest version says; who a patient is now follows from all of them, so a later version
without the link undoes a merge. Links are few beside patients: they are resolved in the driver, and handed to joins.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import hudi, silver
from metriccare_etl.timeline import Timeline

MERGED, CIRCLE, TARGET_MISSING = "merged", "merge_circle", "merge_target_missing"
Link = tuple[str, str | None, Sequence[str] | None]  # a patient, who replaces it, whom it replaces


class Merges(NamedTuple):
    """Survivors by the id of who was merged into them, and what became of each patient's own link."""

    survivors: dict[str, str]
    states: dict[str, str]


def resolve(links: Iterable[Link], is_there: frozenset[str]) -> Merges:
    """Chains followed to their end. `is_there`: those of the named patients that the data has."""
    targets = _targets(sorted(links, key=lambda link: link[0]))
    missing = {one for one, target in targets.items() if target not in is_there}
    ends = _ends({one: target for one, target in targets.items() if one not in missing})
    survivors = {one: end for one, end in ends.items() if end is not None}
    states = dict.fromkeys(survivors, MERGED) | dict.fromkeys(missing, TARGET_MISSING)
    return Merges(survivors, states | {one: CIRCLE for one, end in ends.items() if end is None})


def _targets(links: Sequence[Link]) -> dict[str, str]:
    """Who stands for whom, by one step: what a patient says of itself, else what others say of it."""
    said = {one: by for one, by, _ in links if by is not None}
    told: dict[str, str] = {}
    for one, _, replaces in links:
        for other in replaces or ():
            told.setdefault(other, one)
    return told | said


def _ends(targets: Mapping[str, str]) -> dict[str, str | None]:
    """Where each chain ends; None where it runs into a circle."""
    ends: dict[str, str | None] = {}
    for start in targets:
        path: list[str] = []
        at = start
        seen: set[str] = set()
        while at in targets and at not in ends and at not in seen:
            seen.add(at)
            path.append(at)
            at = targets[at]
        end = ends.get(at, None if at in seen else at)
        ends.update(dict.fromkeys(path, end))
    return ends


def of_patients(patient: DataFrame) -> Merges:
    """The merges that the newest versions of all patients say."""
    rows = patient.where(silver.LINKED).select("id", "replaced_by", "replaces").collect()
    links = [(row.id, row.replaced_by, row.replaces) for row in rows]
    if not links:
        return Merges({}, {})
    spark = patient.sparkSession
    named = {by for _, by, _ in links if by is not None} | {link[0] for link in links}
    wanted = spark.createDataFrame([(one,) for one in sorted(named)], "named string")
    there = patient.join(F.broadcast(wanted), F.col("id") == F.col("named"), "left_semi").select("id").collect()
    return resolve(links, frozenset(row.id for row in there))


def applied(frames: Mapping[str, DataFrame], merges: Merges) -> dict[str, DataFrame]:
    """Silver's rows with the survivor as `patient_id`; of a patient, `merge` says what became of its link, or null."""
    found = dict(frames)
    for name, frame in frames.items():
        if name == "patient":
            found[name] = _stated(frame, merges.states)
        elif "patient_id" in frame.columns:
            found[name] = _pointed(frame, merges.survivors)
    return found


def _stated(patient: DataFrame, states: Mapping[str, str]) -> DataFrame:
    if not states:
        return patient.withColumn("merge", F.lit(None).cast("string"))
    rows = patient.sparkSession.createDataFrame(sorted(states.items()), "linked string, merge string")
    return patient.join(F.broadcast(rows), F.col("id") == F.col("linked"), "left").drop("linked")


def _pointed(rows: DataFrame, survivors: Mapping[str, str]) -> DataFrame:
    if not survivors:
        return rows
    said = rows.sparkSession.createDataFrame(sorted(survivors.items()), "merged string, survivor string")
    joined = rows.join(F.broadcast(said), F.col("patient_id") == F.col("merged"), "left")
    whose = F.coalesce("survivor", "patient_id").alias("patient_id")
    return joined.select(*(whose if name == "patient_id" else name for name in rows.columns))


class Lake(NamedTuple):
    """Silver as the measures see it."""

    frames: dict[str, DataFrame]
    instants: dict[str, str | None]
    merges: Merges
    raw: dict[str, DataFrame]  # as Silver's tables have them


def read(spark: SparkSession, silver_path: str, datasets: Iterable[str]) -> Lake:
    """The newest versions of these datasets and the commits that they stand on, merged patients under their survivor.

    Without patients among them nobody is anybody else.
    """
    frames: dict[str, DataFrame] = {}
    instants: dict[str, str | None] = {}
    for dataset in datasets:
        frames[dataset], instants[dataset] = silver.read_silver(spark, silver_path, dataset)
    found = Merges({}, {})
    if "patient" in frames:
        timeline = Timeline(spark, hudi.table_path(silver_path, "patient"))
        # a table that never had a link is not looked through for any
        if timeline.metadata(silver.LINKS) == "true":
            found = of_patients(frames["patient"])
    return Lake(applied(frames, found), instants, found, frames)
