"""What the checks count from what has changed is, after every step of a random history, a count of all rows."""

import os
import random

import pytest

from fhir import encounter
from measuring import DATASETS, Whole
from metriccare_etl import hudi, quality_alike, quality_counts, quality_references
from metriccare_etl.quality import Check
from metriccare_etl.silver import read_silver
from test_kept_stays import History, Steps

STEPS = int(os.environ.get("METRICCARE_STEPS", "5"))
ASKED = [Check(name, "warning", {}) for name in ("dates", "order", "duplicates")]


class Counts:
    """The checks' memory of a Silver layer, and what a look at all of it says."""

    def __init__(self, history):
        self.history, self.before, self.looked = history, {}, 0

    def of_tables(self):
        """Counts of each dataset, by the memory and without it."""
        spark, found, wanted = self.history.spark, {}, {}
        for dataset in DATASETS:
            path = hudi.table_path(self.history.path, dataset)
            frame, instant = read_silver(spark, self.history.path, dataset)
            if instant is None:
                continue
            before = self.before.get(dataset, {})
            since = before.get("basis", {}).get("silver")
            told = quality_counts._of_table(spark, path, dataset, ASKED, before, since == instant)
            newer = spark.read.format("hudi").load(path).where(f"_hoodie_commit_time > '{since or ''}'").count()
            assert since == instant or told["changed"] == newer
            self.before[dataset] = {"basis": {"silver": instant}, **told}
            found[dataset] = {name: one["count"] for name, one in told["counts"].items()} | {"rows": told["rows"]}
            wanted[dataset] = quality_counts.frame_counts(frame, dataset, ASKED)
            wanted[dataset].pop(quality_counts.LATER)
            wanted[dataset]["duplicates"] = quality_alike.count(spark, Whole(frame), dataset, [], None, None)[0]
        assert found == wanted
        return found

    def of_references(self, monkeypatch):
        """References of each dataset, by the memory and without it."""
        spark = self.history.spark
        frames, instants = {}, {}
        for dataset in DATASETS:
            frames[dataset], instants[dataset] = read_silver(spark, self.history.path, dataset)
        whole = quality_references.failing

        def failing(session, dataset, rows, *more):
            self.looked += rows is frames[dataset]
            return whole(session, dataset, rows, *more)

        with monkeypatch.context() as patched:
            patched.setattr(quality_references, "failing", failing)
            references = quality_references.References(spark, self.history.path, instants)
            found = {name: references.count(name, frames) for name in quality_references.OTHER}
            references.keep()
        for name, one in found.items():
            rows = whole(spark, name, frames[name], frames["patient"], frames["encounter"]).collect()
            counted = [quality_references.Failing(*row) for row in rows]
            assert one == quality_references.counted_of(name, counted, frames[name].count())
        return found


@pytest.mark.long
@pytest.mark.parametrize("seed", [int(os.environ.get("METRICCARE_SEED") or 0) or random.randrange(1_000_000)])
def test_after_every_step_of_a_history(spark, tmp_path, seed, monkeypatch):
    print(f"METRICCARE_SEED={seed}")
    history = History(spark, tmp_path)
    steps = Steps(history, seed)
    counts = Counts(history)
    steps.arrive(12)

    def repeat():
        """Encounters that say the same, of two patients."""
        history.take(*(encounter(f"{one}-{history.files}", f"same-{one % 2}", "2023-01-01") for one in range(4)))

    kinds = [steps.arrive, steps.patients_arrive, steps.move, steps.leave, steps.die, steps.drop]
    story = [repeat, steps.drop, *(steps.random.choice(kinds) for _ in range(STEPS - 2))]
    steps.random.shuffle(story)
    # a step that changes no row is none, and the last one only adds
    most = 0
    for step in (lambda: None, *story, repeat):
        step()
        most = max(most, counts.of_tables()["encounter"]["duplicates"])
        counts.of_references(monkeypatch)
    assert most >= 2
    # all rows were looked at in the beginning and where some were dropped, not always
    assert 2 <= counts.looked < 2 * (len(story) + 2)
