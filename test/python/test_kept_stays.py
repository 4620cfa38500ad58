"""What is kept of each person is, after every step of a random history, what a computation from all of Silver gives.

The steps are those that make a table stale: new files, late versions, encounters that move to another patient, patients
who arrive after their encounters, an as-of that goes forward and back, other parameters, a job that died in between.
"""

import io
import json
import os
import random
import shutil
import time
from datetime import date, timedelta

import pytest
from pyspark.sql import functions as F

from accounts_reference import accounts
from fhir import encounter, ndjson, patient
from measuring import DATASETS, divided_rows, file_of, key_of, parameters, silver_of
from reference import compute
from test_measures_random import Maker

STEPS = int(os.environ.get("METRICCARE_STEPS", "4"))


class History:
    """A Silver layer in a folder, the resources that made it, and the parameters of the moment."""

    def __init__(self, spark, folder):
        self.spark, self.path = spark, f"file://{folder}/silver/"
        self.given, self.resources, self.files = {"as_of": "2023-03-15"}, [], 0

    def take(self, *found):
        """One file more, to the end of Silver."""
        from metriccare_etl import bronze, hudi, silver

        self.files += 1
        name = f"{self.files:03d}"
        self.resources += [(name, n, one) for n, one in enumerate(found)]
        for dataset in DATASETS:
            parsed = list(bronze.parse_body(io.BytesIO(ndjson(*found).encode()), file_of(self.files), dataset))
            if not any(one[0] == "row" for one in parsed):
                continue
            frame = self.spark.createDataFrame(parsed, bronze.PARSED, verifySchema=False)
            rows = silver.silver_rows(bronze.bronze_rows(frame, "now", "run"), dataset)
            metadata = {silver.LINKS: "true"} if dataset == "patient" else {}
            hudi.write(rows, silver.silver_table(self.path, dataset), metadata=metadata)

    def drop(self, dataset, *ids):
        """Silver without these resources, as a deletion leaves it."""
        from metriccare_etl import deletions, hudi, silver
        from metriccare_etl.timeline import Timeline

        table = silver.silver_table(self.path, dataset)
        latest = Timeline(self.spark, table.path).latest
        gone = self.spark.createDataFrame([(one, "9", "9") for one in ids], deletions.COLUMNS)
        deletions.Deleted(self.spark, self.path, dataset).write(gone, latest)
        rows = hudi.read(self.spark, table.path)
        hudi.write(rows.where(rows.id.isin(*ids)), table, hudi.DELETE)
        self.resources = [one for one in self.resources if one[2]["id"] not in ids]

    def keeper(self):
        from metriccare_etl import keeping

        return keeping.Keeper(self.spark, self.path, parameters(**self.given))

    def lake(self):
        from metriccare_etl import merges

        return merges.read(self.spark, self.path, DATASETS)

    def kept(self, name="hai"):
        """What a job of this measure finds."""
        from metriccare_etl import registry

        return self.keeper().kept_for(registry.measure(name), self.lake().instants)

    def folded(self, sums, measure, given):
        """The rows of a measure from what all stays add together."""
        from metriccare_etl import gold

        return {
            key_of(row): (row.numerator, row.denominator)
            for row in gold.table_rows(self.spark, measure, sums, {}, given, "now").collect()
        }

    def accounted(self):
        """The accounting from what is kept, as an independent count has it."""
        from metriccare_etl import accounting, persons

        given = parameters(**self.given)
        expected = accounts(self.resources, **{**self.given, "as_of": date.fromisoformat(self.given["as_of"])})
        summed = self.kept()
        assert summed._sums is not None
        # from what the kept rows add up to, and from the rows themselves
        for found in (summed, type(summed)(self.spark, summed._rows, summed._kept, None)):
            lines, counts = accounting._from_kept(self.spark, found, self.lake(), given, self.path)
            rows = accounting.table_rows(
                self.spark, lines, given.calendar, "now", persons.without_past, counts
            ).collect()
            assert {(row.measure, row.rule, row["what"]): row["count"] for row in rows if row["count"]} == expected

    def check(self):
        """Every kept row, and every row of every measure, as from all of Silver; and as the reference has them."""
        from metriccare_etl import measures, persons, registry, totals

        lakehouse = registry.lakehouse()
        given = parameters(**self.given)
        found = self.kept()
        assert found is not None
        figures = {}
        with persons.by_one_task(self.spark, self.lake().frames) as (small, keep):
            wanted = persons.rows_of(self.spark, lakehouse.kept(), small, parameters(**self.given), keep)
            kept = keep(self.keeper()._table.rows().select(*wanted.columns).coalesce(1))
            assert texts(kept) == texts(wanted)
            sums = found._sums
            assert sums is not None and sums.sums == totals.of_rows(self.spark, kept, lakehouse.kept(), given).sums
            found = type(found)(self.spark, lambda: kept, lakehouse.kept(), sums)
            for one in lakehouse.measures.values():
                answered = measures.measure_rows(self.spark, found.figures(one), one.factors).collect()
                answered += divided_rows(self.spark, one, found.figures(one), found.frames(), parameters(**self.given))
                told = {key_of(row): (row.numerator, row.denominator) for row in answered}
                assert told == self.folded(found.summed(one).figures, one, given)
                figures |= told
            each_stay_tells(kept.where("kind IN ('stay', 'figures')").collect(), figures)
        given = {**self.given, "as_of": date.fromisoformat(self.given["as_of"])}
        assert figures == compute(self.resources, **given)
        return figures


def each_stay_tells(rows, figures):
    """Every figure says of every stay what it made of it, and together that is the figure; a stay tells how it was made."""
    from metriccare_etl import registry

    stays = {row.id: row.stay for row in rows if row.kind == "stay"}
    adds = [(row.figures.stay_id, one) for row in rows if row.kind == "figures" for one in row.figures.adds]
    names = [name for one in registry.lakehouse().kept() for name in one.factors]
    assert sorted((stay, one.measure) for stay, one in adds) == sorted((stay, name) for stay in stays for name in names)
    for name in names:
        own = [one for _, one in adds if one.measure == name]
        assert figures[name, "all", "all", "all"] == (sum(one.hits for one in own), sum(one.at_risk for one in own))
        assert all((one.hits, one.at_risk) == (0, 0) for one in own if one.rule is not None)
    for _, one in adds:
        assert (one.by_id is not None) == (one["what"] in ("readmitted", "planned"))
    for stay in stays.values():
        assert stay.discharge_id in stay.encounter_ids and stay.stay_id == stay.encounter_ids[0]
        assert stay.joined[0] == "first" and len(stay.joined) == len(stay.encounter_ids)
        assert set(stay.joined[1:]) <= {"overlap", "same_day", "transfer"}


def test_a_stay_tells_how_it_was_made_and_who_decided(spark):
    """By which of S1 each encounter came to it, whose discharge it has, and of a readmission the return."""
    from metriccare_etl import persons, registry

    found = [
        patient("p"),
        encounter("4", "p", "2023-01-06T12:00:00Z", "2023-01-09T08:00:00Z"),
        encounter("3", "p", "2023-01-06T11:00:00Z", "2023-01-12T10:00:00Z", disp="home"),
        encounter("2", "p", "2023-01-03T23:00:00Z", "2023-01-06T09:00:00Z"),
        encounter("1", "p", "2023-01-01T08:00:00Z", "2023-01-02T10:00:00Z", disp="02"),
        encounter("5", "p", "2023-01-20T08:00:00Z", status="in-progress"),
    ]
    silver = silver_of(spark, [ndjson(*found)])
    with persons.by_one_task(spark, silver) as (small, keep):
        rows = persons.rows_of(spark, registry.lakehouse().kept(), small, parameters(), keep).collect()
    (stay,) = (row.stay for row in rows if row.kind == "stay")
    assert stay.encounter_ids == ["1", "2", "3", "4"]
    assert stay.joined == ["first", "transfer", "same_day", "overlap"]
    assert (stay.discharge_id, stay.held_ids) == ("3", [])
    (told,) = (row.figures for row in rows if row.kind == "figures")
    assert told.stay_id == "1"
    assert {one.measure: (one.rule, one["what"], one.by_id) for one in told.adds} == {
        "readmission_30d": (None, "readmitted", "5"),
        "mortality_in_hospital": (None, "survived", None),
        "mortality_30d": (None, "survived", None),
        "hai": (None, "without_event", None),
        "hai_stays": (None, "without_event", None),
        "length_of_stay": (None, None, None),
        "length_of_stay_midnights": (None, None, None),
    }


def test_a_query_that_says_less_of_a_stay_is_kept_all_the_same(spark, monkeypatch):
    from metriccare_etl import measures, persons, registry

    text = (
        "SELECT 'own' AS measure, patient_id, age65plus, facility, discharge_date, 1 AS hits, 1 AS at_risk FROM {stays}"
    )
    monkeypatch.setattr(measures, "text_of", lambda path: text)
    own = registry.Measure("own", "sql/own.sql", "own", ("patient", "encounter"), {"own": 1.0}, False, (), {}, ())
    silver = silver_of(spark, [ndjson(patient("p"), encounter("1", "p", "2023-01-01", "2023-01-02"))])
    with persons.by_one_task(spark, silver) as (small, keep):
        small = {name: small[name] for name in own.datasets}
        rows = persons.rows_of(spark, [own], small, parameters(), keep).collect()
    (told,) = (row.figures for row in rows if row.kind == "figures")
    assert (told.stay_id, [(one.measure, one.hits, one.rule, one.by_id) for one in told.adds]) == (
        None,
        [("own", 1, None, None)],
    )


def texts(frame):
    """The rows as texts, in order; what is in a list has no order."""

    def plain(value):
        if hasattr(value, "asDict"):
            value = value.asDict()
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items()}
        return sorted((plain(one) for one in value), key=str) if isinstance(value, list) else str(value)

    return sorted(json.dumps(plain(one), sort_keys=True) for one in frame.collect())


class Steps:
    """What may happen to a lake, drawn from a seed."""

    def __init__(self, history, seed):
        self.history, self.maker = history, Maker(seed)
        self.random = self.maker.random
        self.late = []

    def newest(self, kind):
        """The newest version of each resource of a type, as far as these histories can tell: the one read last."""
        found = {one["id"]: one for _, _, one in self.history.resources if one["resourceType"] == kind}
        return list(found.values())

    def arrive(self, count=4):
        found, again = self.maker.lake(count)
        keep = [one for one in found if one["resourceType"] != "Patient" or self.random.random() < 0.7]
        self.late += [one for one in found if one not in keep]
        self.history.take(*keep)
        if again:
            self.history.take(*again)

    def patients_arrive(self):
        if self.late:
            self.history.take(*self.late)
            self.late = []

    def move(self):
        """Encounters and conditions of some patients now belong to others."""
        people = self.newest("Patient")
        if len(people) < 2:
            return
        moved = []
        for one in self.newest("Encounter") + self.newest("Condition"):
            if self.random.random() < 0.1:
                to = self.random.choice(people)["id"]
                moved.append({**one, "subject": {"reference": f"Patient/{to}"}, "meta": {"lastUpdated": self.stamp()}})
        if moved:
            self.history.take(*moved)

    def leave(self):
        """Encounters that are stays no more, conditions that are refuted."""
        changed = []
        for one in self.newest("Encounter"):
            if self.random.random() < 0.1:
                changed.append({**one, "class": {"code": "AMB"}, "meta": {"lastUpdated": self.stamp()}})
        for one in self.newest("Condition"):
            if self.random.random() < 0.1:
                refuted = {"coding": [{"code": "refuted"}]}
                changed.append({**one, "verificationStatus": refuted, "meta": {"lastUpdated": self.stamp()}})
        if changed:
            self.history.take(*changed)

    def die(self):
        """Patients whose death becomes known."""
        found = []
        for one in self.newest("Patient"):
            if self.random.random() < 0.2:
                day = date(2023, 1, 1) + timedelta(days=self.random.randrange(150))
                found.append({**one, "deceasedDateTime": day.isoformat(), "meta": {"lastUpdated": self.stamp()}})
                found[-1].pop("deceasedBoolean", None)
        if found:
            self.history.take(*found)

    def merge(self):
        """Patients who are replaced by others, and some who are no more."""
        people = self.newest("Patient")
        found = []
        for one in people:
            if self.random.random() < 0.3:
                other = {"reference": f"Patient/{self.random.choice(people)['id']}"}
                link = [{"type": "replaced-by", "other": other}] if self.random.random() < 0.8 else []
                found.append({**one, "link": link, "meta": {"lastUpdated": self.stamp()}})
        if found:
            self.history.take(*found)

    def drop(self):
        """Resources that the feed deletes."""
        for kind in ("Patient", "Encounter", "Condition"):
            ids = [one["id"] for one in self.newest(kind) if self.random.random() < 0.1]
            if ids:
                self.history.drop(kind.lower(), *ids)

    def stamp(self):
        return f"2024-01-01T00:{self.history.files // 60:02d}:{self.history.files % 60:02d}Z"

    def as_of(self):
        day = date(2023, 1, 20) + timedelta(days=self.random.randrange(120))
        self.history.given = {**self.history.given, "as_of": day.isoformat()}

    def other_parameters(self):
        more = self.random.choice(
            [{"classes": ["IMP", "OBSENC"]}, {"planned": ["EL", "UR"]}, {"zone": "America/Chicago"}]
        )
        strata = {} if self.history.given.get("strata") else {"strata": ("sex", "age", "department", "hai_category")}
        self.history.given = {"as_of": self.history.given["as_of"], **more, **strata}

    def lose(self):
        """What the rows add up to is gone, and what was counted by file: both are made anew."""
        shutil.rmtree(self.history.path.removeprefix("file://") + "stays/beside")
        self.arrive(2)

    def crash(self):
        """A job that died while it wrote: what it left has no commit."""
        from metriccare_etl import hudi
        from metriccare_etl.timeline import Timeline

        history = self.history
        self.arrive(2)
        write = hudi.write

        def die(frame, table, *more, **words):
            write(frame, table, *more, **words)
            timeline = Timeline(history.spark, table.path)
            timeline._files.delete(
                timeline._jvm.org.apache.hadoop.fs.Path(timeline._folder, list(timeline._commits.values())[-1]), False
            )
            raise KeyboardInterrupt

        hudi.write = die
        try:
            with pytest.raises(KeyboardInterrupt):
                history.keeper().refresh()
        finally:
            hudi.write = write


@pytest.mark.parametrize("seed", [int(os.environ.get("METRICCARE_SEED") or 0) or random.randrange(1_000_000)])
@pytest.mark.long
def test_after_every_step_of_a_history(spark, tmp_path, seed):
    print(f"METRICCARE_SEED={seed}")
    history = History(spark, tmp_path)
    steps = Steps(history, seed)
    steps.arrive(12)
    assert history.keeper().refresh()["stays"] == "computed"
    counted = [history.check()["length_of_stay", "all", "all", "all"][1]]
    # Some seeds begin with hardly any stay: then more come, before anything happens to them.
    for _ in range(5):
        if counted[-1] > 5:
            break
        steps.arrive(12)
        history.keeper().refresh()
        counted.append(history.check()["length_of_stay", "all", "all", "all"][1])
    kinds = [
        steps.arrive,
        steps.patients_arrive,
        steps.move,
        steps.leave,
        steps.die,
        steps.merge,
        steps.drop,
        steps.lose,
        steps.crash,
    ]
    # as-of and another parameter move in every history
    story = [steps.as_of, steps.other_parameters, *(steps.random.choice(kinds) for _ in range(STEPS - 2))]
    steps.random.shuffle(story)
    told = []
    for step in story:
        step()
        began = time.monotonic()
        told.append((step.__name__, history.keeper().refresh(), round(time.monotonic() - began, 1)))
        print(told[-1], flush=True)
        counted.append(history.check()["length_of_stay", "all", "all", "all"][1])
        assert history.keeper().refresh() == {"stays": "unchanged"}
    print(told)
    history.accounted()
    # an early as-of may leave hardly any at the end
    assert max(counted) > 5, counted


def test_sums_change_by_what_goes_and_comes():
    from metriccare_etl.totals import FIGURES, LINES, Added, Totals, parse

    def line(n):
        return {(LINES, None, "stays", "complete", None, None, None, None, None): Added(n, 0)}

    def figure(hits, days):
        return {(FIGURES, "hai", "hai", None, None, True, "a", "2023-01", None): Added(hits, days)}

    before = Totals(line(2) | figure(1, 9))
    now = before.changed(Totals(line(1) | figure(1, 9)), Totals(line(1) | figure(0, 4)))
    assert now is not None and now.sums == line(2) | figure(0, 4)
    gone = before.changed(Totals(line(2) | figure(1, 9)), Totals({}))
    assert gone is not None and gone.sums == {}
    assert before.changed(Totals(line(3)), Totals({})) is None  # more than there was
    assert parse(before.text("r"), "r").sums == before.sums
    assert [parse(text, "r") for text in (None, "", "{", "[]", before.text("other"), '{"rules": "r"}')] == [None] * 6


def test_the_newest_rows_of_a_person_count_and_a_table_is_replaced_whole(spark, tmp_path):
    """Rows of persons that were computed anew, with nothing left of one; then all anew, and a writer that says nothing."""
    from metriccare_etl import hudi
    from metriccare_etl.stays_table import StaysTable

    def made(*pairs):
        rows = [("stay", person, f"{person}{value}", (value,)) for person, value in pairs]
        return spark.createDataFrame(rows, "kind string, person string, id string, stay struct<n: int>").coalesce(1)

    def persons(*names):
        return spark.createDataFrame([(name,) for name in names], "person string").coalesce(1)

    def told():
        return sorted((row.person, row.stay.n) for row in table().rows().collect())

    def table():
        return StaysTable(spark, f"file://{tmp_path}/silver/")

    assert table().basis == {}
    table().write_all(made(("a", 1), ("b", 1), ("c", 1)), {"silver": {}}, 3, {"x": "a"})
    assert (told(), table().survivors()) == ([("a", 1), ("b", 1), ("c", 1)], {"x": "a"})
    table().append(made(("a", 2)), persons("a", "b"), 2, {"silver": {"patient": "1"}}, None)
    assert (told(), table().survivors()) == ([("a", 2), ("c", 1)], {"x": "a"})
    table().append(made(("b", 3)), persons("b"), 1, {"silver": {"patient": "2"}}, {})
    assert (told(), table().survivors()) == ([("a", 2), ("b", 3), ("c", 1)], {})
    assert (table().basis["since"], table().basis["silver"]) == (3, {"patient": "2"})
    table().write_all(made(("d", 4)), {"silver": {"patient": "3"}}, 1, {})
    assert (told(), table().basis["since"], table().survivors()) == ([("d", 4)], 0, {})
    # rows of other rules have other columns, which Hudi would not make of these
    table().write_all(made(("d", 4)), {"rules": "1"}, 1, {})
    other = made(("e", 5)).withColumn("stay", F.expr("struct(named_struct('m', 'x') AS n)"))
    table().write_all(other, {"rules": "2"}, 1, {})
    assert [(row.person, row.stay.n.m) for row in table().rows().collect()] == [("e", "x")]
    hudi.write(hudi.read(spark, table().table.path), table().table)
    assert table().basis == {}


@pytest.mark.long
def test_of_a_silver_that_was_made_anew_nothing_is_kept(spark, tmp_path, monkeypatch):
    """Its commits are newer than those of the one before. On the way: other measures, and more persons than one task's."""
    from metriccare_etl import hudi, keeping, persons, registry, stays_table

    history = History(spark, tmp_path)
    steps = Steps(history, 7)
    steps.arrive(6)
    one = registry.measure("length_of_stay")
    keeper = history.keeper()
    keeper._kept = [one]
    assert keeper.refresh()["stays"] == "computed"  # no measure with a value set: no column of infections
    assert sorted(keeper.kept_for(one, dict(keeper._table.basis["silver"])).frames()) == ["encounters", "stays"]
    assert history.keeper().refresh()["stays"] == "computed"
    found = history.kept().frames()["infections"]
    assert {"encounter_id", "has_encounter", "outcome"} <= set(found.columns)  # a query of one's own may read them

    steps.arrive(3)
    with monkeypatch.context() as patched:
        patched.setattr(keeping, "BY_ONE_TASK", 0)
        patched.setattr(stays_table, "BY_ONE_TASK", 0)
        patched.setattr(persons, "by_one_task", None)
        assert history.keeper().refresh()["stays"] == "brought_up"
    history.check()

    for dataset in DATASETS:
        shutil.rmtree(tmp_path / "silver" / dataset)
    anew = History(spark, tmp_path)
    Steps(anew, 8).arrive(5)
    frame = anew.lake().frames["encounter"]
    size = sum(file.stat().st_size for file in (tmp_path / "silver" / "encounter").glob("*.parquet"))
    assert 0 < hudi.bytes_of(frame, 1) <= hudi.bytes_of(frame, 1 << 40) <= size
    assert anew.keeper().refresh()["stays"] == "computed"
    anew.check()


def test_a_role_that_may_not_read_what_is_kept_computes_for_itself(spark, tmp_path, monkeypatch):
    from botocore.exceptions import ClientError

    from metriccare_etl import registry
    from metriccare_etl.timeline import Timeline

    names = Timeline._names

    def refuse(timeline):
        if timeline._folder.getParent().getName() == "stays":
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "ListObjectsV2")
        return names(timeline)

    monkeypatch.setattr(Timeline, "_names", refuse)
    keeper = History(spark, tmp_path).keeper()
    assert keeper.kept_for(registry.measure("hai"), {}) is None
    assert keeper.refresh() == {"stays": "not_kept", "because": "access_denied"}


def test_a_measure_without_stays_has_its_own_infections(spark, tmp_path, monkeypatch):
    """What is kept of infections is judged by stays, and stands under who survived a merge."""
    from metriccare_etl import gold, hudi, measures, registry

    class Other:
        def frames(self):
            return {"infections": spark.createDataFrame([], "id string")}

        def figures(self, measure):
            return None

        def summed(self, measure):
            return None

    history = History(spark, tmp_path)
    code = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "A04.72"}
    history.take({"resourceType": "Condition", "id": "c", "code": {"coding": [code]}, "onsetDateTime": "2023-01-05"})
    text = (
        "SELECT 'own' AS measure, false AS age65plus, 'f' AS facility, onset AS discharge_date, 1 AS hits, 1 AS at_risk"
        " FROM {infections}"
    )
    monkeypatch.setattr(measures, "text_of", lambda path: text)
    own = registry.Measure("own", "sql/own.sql", "own", ("condition",), {"own": 1.0}, True, (), {})
    wanted = gold.Wanted(history.path, f"file://{tmp_path}/gold/", "")
    assert gold.refresh(spark, own, wanted, parameters(), lambda instants: Other())["outcome"] == "written"
    rows = hudi.read(spark, f"{wanted.gold_path}own/").where("cohort = 'all' AND period = 'all' AND facility = 'all'")
    assert [row.numerator for row in rows.collect()] == [1]
