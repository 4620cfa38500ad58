"""The accounting of what went in: every row of Silver in one line of each block, as an independent count has it."""

import os
import random
from collections import Counter
from datetime import date

import pytest

from accounts_reference import accounts
from fhir import ACT, condition, encounter, ndjson, patient
from measuring import frames_of, parameters, silver_of
from metriccare_etl import accounting, extract, gold, persons, queries, registry, silver
from test_measures_random import Maker

SEED = int(os.environ.get("METRICCARE_SEED") or random.randrange(1_000_000))
LOCAL = "http://hospital.example/classes"
CLASSES = [
    {"system": LOCAL, "code": "ward"},
    {"system": LOCAL, "code": "IMP"},
    {"system": "our own words", "code": "D"},
    {"code": "outpatient"},
    {"system": ACT, "code": "Maria Miller room 7"},
    {"system": LOCAL, "code": "a very long text that says more than a code does"},
    {"system": ACT, "display": "no code"},
]
OTHER_CODES = [
    [{"system": "http://snomed.info/sct", "code": "38341003"}],
    [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"}],
    [{"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "401.9"}],
    [{"system": "http://hospital.example/diagnoses", "code": "x"}, {"system": "http://snomed.info/sct", "code": "1"}],
    [{"code": "x"}],
    [{"system": "fever since monday", "code": "x"}],
    [],
]


def accounts_of(spark, rows_of, given):
    """{(block, rule, detail): count} as the Gold table has it, without lines of 0; checks what holds for all."""
    frames = frames_of(spark, accounting.needs(), rows_of, given)
    lines = accounting.lines(spark, frames, given)
    rows = accounting.table_rows(spark, lines, given.calendar, "now", persons.without_past).collect()
    assert len({row.row_key for row in rows}) == len(rows)
    assert {(row.as_of, row.computed_at) for row in rows} == {(given.calendar.as_of, "now")}
    found = {(row.measure, row.rule, row["what"]): row["count"] for row in rows}
    assert len(found) == len(rows)
    assert {key[:2] for key in found} == set(registry.lakehouse().rules())
    details = Counter()
    for (block, rule, what), count in found.items():
        details[block, rule] += count if what is not None else 0
    assert all(found[(*rule, None)] == total for rule, total in details.items() if total), "details make the total"
    return {key: count for key, count in found.items() if count}


def total(found, block):
    return sum(count for (one, _, what), count in found.items() if one == block and what is None)


def messy(maker, resources):
    """Classes and codes that no value set knows, in some of them."""
    for resource in resources:
        if resource["resourceType"] == "Encounter" and maker.chance(0.2):
            one = dict(maker.random.choice(CLASSES))
            resource["class"] = [{"coding": [one]}] if isinstance(resource["class"], list) else one
        if resource["resourceType"] == "Encounter" and maker.chance(0.03):
            resource["status"] = maker.random.choice(["Finished", "gone home on her own", ""])
        if resource["resourceType"] == "Condition" and maker.chance(0.3):
            resource["code"] = {"coding": maker.random.choice(OTHER_CODES)}
    people = [resource for resource in resources if resource["resourceType"] == "Patient"]
    for person in maker.random.sample(people, len(people) // 5):
        kind, other = maker.random.choice(["replaced-by"] * 3 + ["replaces"]), maker.random.choice(people)["id"]
        other = other if maker.chance(0.8) else "nobody"
        person["link"] = [{"other": {"reference": f"Patient/{other}"}, "type": kind}]
    return resources


@pytest.fixture(scope="module")
def random_lake(spark):
    print(f"METRICCARE_SEED={SEED}")
    maker = Maker(SEED)
    first, second = maker.lake(80)
    first, second = messy(maker, first), messy(maker, second)
    resources = [("1", n, r) for n, r in enumerate(first)] + [("2", n, r) for n, r in enumerate(second)]
    return silver_of(spark, [ndjson(*first), ndjson(*second)]), resources


@pytest.mark.parametrize(
    "given",
    [
        {"zone": "UTC"},
        {"zone": "America/Chicago", "as_of": "2023-02-20", "classes": ["IMP", "OBSENC"], "planned": ["EL", "UR"]},
    ],
)
def test_every_line_equals_an_independent_count(spark, random_lake, given):
    rows_of, resources = random_lake
    found = accounts_of(spark, rows_of, parameters(**given))
    if "as_of" in given:
        given = {**given, "as_of": date.fromisoformat(given["as_of"])}
    expected = accounts(resources, **given)
    wrong = {key: (found.get(key), expected.get(key)) for key in found.keys() | expected.keys()}
    wrong = {key: pair for key, pair in wrong.items() if pair[0] != pair[1]}
    assert not wrong, f"METRICCARE_SEED={SEED}: {dict(sorted(wrong.items(), key=str)[:10])}"
    for block, dataset in (("encounters", "encounter"), ("conditions", "condition"), ("patients", "patient")):
        assert total(found, block) == rows_of[dataset].count()
    stays = total(found, "stays")
    assert stays > 10 and {total(found, figure) for figure in ("hai", "hai_stays", "readmission_30d")} == {stays}


def test_free_text_of_a_feed_is_never_shown(spark, random_lake):
    rows_of, _ = random_lake
    shown = {str(key) for key in accounts_of(spark, rows_of, parameters())}
    assert not [text for text in shown if "Maria" in text or "monday" in text or "words" in text or "very long" in text]


def test_a_long_number_without_a_system_is_nobodys_code(spark):
    rows_of = silver_of(
        spark,
        [
            ndjson(
                encounter("1", "a", "2023-01-01", **{"class": {"code": "12345678"}}),
                encounter(
                    "2", "a", "2023-01-01", **{"class": {"system": "http://snomed.info/sct", "code": "32485007"}}
                ),
            )
        ],
    )
    found = accounts_of(spark, rows_of, parameters())
    assert found["encounters", "not_inpatient", "other"] == 1
    assert found["encounters", "not_inpatient", "http://snomed.info/sct|32485007"] == 1


def test_many_details_are_the_most_frequent_and_the_rest(spark):
    visits = [encounter(str(n), "a", "2023-01-01", kind=f"C{n}") for n in range(150)]
    visits.append(encounter("more", "a", "2023-01-01", kind="C149"))
    found = accounts_of(spark, silver_of(spark, [ndjson(*visits)]), parameters())
    details = {what: n for (block, rule, what), n in found.items() if rule == "not_inpatient" and what}
    assert details["C149"] == 2 and details["other"] == 50 and len(details) == 101


def test_nothing_at_all_is_lines_of_nothing(spark):
    assert accounts_of(spark, silver_of(spark, [""]), parameters()) == {}


def written(lake, spark):
    rows = lake.rows(spark, "gold", "accounting")
    return {(row.measure, row.rule, row["what"]): row["count"] for row in rows if row["count"]}


RESOURCES = (
    patient("a"),
    encounter("1", "a", "2023-01-01", "2023-01-05"),
    encounter("2", "a", "2023-02-01", "2023-02-05", kind="AMB"),
    condition("c", "a", "736442006", None, visit="1"),
)


@pytest.mark.long
def test_the_job_that_counts_stays_writes_it_when_anything_behind_it_has_changed(make_lake, spark, clients):
    lake = make_lake(catalog=True)
    lake.receive(lake.put("fhir/a.ndjson", ndjson(*RESOURCES)))
    lake.bronze("wr_1")
    lake.silver(("patient", "encounter"))
    assert lake.gold(("mortality", "length_of_stay"))["length_of_stay"]["accounting"] == "written"
    found = written(lake, spark)
    assert found["encounters", "used", None] == found["encounters", "not_inpatient", "AMB"] == 1
    assert total(found, "encounters") == 2 and total(found, "conditions") == 0 and total(found, "patients") == 1
    again = lake.gold(("length_of_stay",))["length_of_stay"]
    assert (again["outcome"], again["accounting"]) == ("unchanged", "unchanged")
    lake.silver(("condition",))
    again = lake.gold(("length_of_stay",))["length_of_stay"]
    assert (again["outcome"], again["accounting"]) == ("unchanged", "written")
    assert written(lake, spark)["conditions", "onset_missing", "CLABSI"] == 1
    assert "accounting" in {
        table["Name"] for table in clients("glue").get_tables(DatabaseName=lake.database("gold"))["TableList"]
    }


@pytest.mark.long
def test_silver_of_an_older_package_gains_what_is_new(lake, spark, monkeypatch):
    """Its rows lack columns: the accounting does without them until Silver has read all of Bronze once more."""
    whole = registry.lakehouse()
    old = whole.datasets["encounter"]._replace(columns=dict(list(whole.datasets["encounter"].columns.items())[:9]))
    lake.receive(lake.put("fhir/a.ndjson", ndjson(*RESOURCES)))
    lake.bronze("wr_1")
    with monkeypatch.context() as patched:
        patched.setitem(whole.datasets, "encounter", old)
        patched.setitem(silver.EXTRACT, "encounter", lambda text: extract.encounter(text)[:9])
        lake.silver()
    lake.gold(("length_of_stay",))
    assert written(lake, spark)["encounters", "not_inpatient", "AMB"] == 1
    assert lake.silver()["encounter"]["outcome"] == "written"
    assert lake.silver()["encounter"]["outcome"] == "unchanged"
    rows = {row.id: row for row in lake.rows(spark, "silver", "encounter")}
    assert rows["2"].class_codings[0].code == "AMB" and rows["1"].status_code == "finished" and len(rows) == 2
    assert lake.gold(("length_of_stay",))["length_of_stay"]["accounting"] == "written"


def test_the_queries_are_told_apart_from_others(monkeypatch):
    before = accounting.rules()
    assert before == accounting.rules() and len(before) == 16
    monkeypatch.setattr(accounting, "LISTED", 99)
    assert accounting.rules() != before
    assert before not in {gold.rules(one) for one in registry.lakehouse().measures.values()}
    assert queries.Listener().heard == []
