"""Merged patients (docs/measures.md L1 to L3): who stands for whom, and what the measures make of it."""

import json
import os
import random

import pytest

from fhir import encounter, ndjson, patient
from gone_reference import survivors
from measuring import file_of, parameters, rows_of, silver_of
from reference import compute, stands_for
from test_measures_random import Maker

SEED = int(os.environ.get("METRICCARE_SEED") or random.randrange(1_000_000))


def links(*words):
    """Links in short: `<b` is replaced by b, `>a` replaces a."""
    kinds = {"<": "replaced-by", ">": "replaces", "~": "seealso"}
    return [{"type": kinds[word[0]], "other": {"reference": f"Patient/{word[1:]}"}} for word in words]


CASES = {
    "nobody": ({"a": [], "b": ["~a"]}, {}, {}),
    "one": ({"a": ["<b"], "b": []}, {"a": "b"}, {"a": "merged"}),
    "said by the survivor alone": ({"a": [], "b": [">a"]}, {"a": "b"}, {"a": "merged"}),
    "said by the survivor of who is not there": ({"b": [">a"]}, {"a": "b"}, {"a": "merged"}),
    "said by both": ({"a": ["<b"], "b": [">a"]}, {"a": "b"}, {"a": "merged"}),
    "its own link wins": ({"a": ["<c"], "b": [">a"], "c": []}, {"a": "c"}, {"a": "merged"}),
    "its own link wins, though it leads nowhere": ({"a": ["<x"], "b": [">a"]}, {}, {"a": "merge_target_missing"}),
    "a chain": ({"a": ["<b"], "b": ["<c"], "c": []}, {"a": "c", "b": "c"}, {"a": "merged", "b": "merged"}),
    "a chain of both kinds": (
        {"a": ["<b"], "b": [], "c": [">b"]},
        {"a": "c", "b": "c"},
        {"a": "merged", "b": "merged"},
    ),
    "nowhere": ({"a": ["<x"]}, {}, {"a": "merge_target_missing"}),
    "a chain that ends nowhere": (
        {"a": ["<b"], "b": ["<x"]},
        {"a": "b"},
        {"a": "merged", "b": "merge_target_missing"},
    ),
    "itself": ({"a": ["<a"]}, {}, {"a": "merge_circle"}),
    "a circle": ({"a": ["<b"], "b": ["<a"]}, {}, {"a": "merge_circle", "b": "merge_circle"}),
    "into a circle": (
        {"a": ["<b"], "b": ["<c"], "c": ["<b"]},
        {},
        {"a": "merge_circle", "b": "merge_circle", "c": "merge_circle"},
    ),
    "each replaces the other": ({"a": [">b"], "b": [">a"]}, {}, {"a": "merge_circle", "b": "merge_circle"}),
    "two replace one": ({"a": [], "b": [">a"], "c": [">a"]}, {"a": "b"}, {"a": "merged"}),
}


@pytest.mark.parametrize("case", CASES)
def test_who_stands_for_whom(case):
    from metriccare_etl import extract, merges

    said, expected, states = CASES[case]
    people = {key: patient(key, link=links(*words)) for key, words in said.items()}
    read = [(key, *extract.patient(json.dumps(one))[3:5]) for key, one in people.items()]
    random.shuffle(read)
    found = merges.resolve(read, frozenset(people))
    assert (found.survivors, found.states) == (expected, states)
    assert stands_for(people) == expected


def test_long_chains_and_large_circles():
    from metriccare_etl import merges

    many = 200_000
    chain = [(str(n), str(n + 1), []) for n in range(many)]
    found = merges.resolve(chain, frozenset(str(n) for n in range(many + 1)))
    assert set(found.survivors.values()) == {str(many)} and len(found.survivors) == many
    circle = [(str(n), str((n + 1) % many), []) for n in range(many)]
    assert set(merges.resolve(circle, frozenset(str(n) for n in range(many))).states.values()) == {"merge_circle"}


def test_random_links_equal_the_reference():
    from metriccare_etl import extract, merges

    chance = random.Random(SEED)
    for _ in range(400):
        keys = [str(n) for n in range(chance.randrange(1, 12))]
        people = {}
        for key in keys:
            words = [chance.choice("<<>>~") + chance.choice([*keys, "x"]) for _ in range(chance.randrange(3))]
            people[key] = patient(key, link=links(*words))
        read = [(key, *extract.patient(json.dumps(one))[3:5]) for key, one in people.items()]
        found = merges.resolve(read, frozenset(people)).survivors
        assert found == stands_for(people), f"METRICCARE_SEED={SEED}: {people}"


def gone(chance, resources):
    """A Bundle that deletes one of these, now and then with a time."""
    chosen = [resource for resource in resources if chance.random() < 0.04]
    entries = [{"request": {"method": "DELETE", "url": f"{one['resourceType']}/{one['id']}"}} for one in chosen]
    found = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    return found | ({"timestamp": f"2023-01-0{chance.randrange(1, 9)}T00:00:00Z"} if chance.random() < 0.7 else {})


def test_measures_of_merged_and_deleted_resources_equal_the_reference(spark):
    """Random lakes with links, circles, missing targets and deletions, everything at once."""
    print(f"METRICCARE_SEED={SEED}")
    maker, chance = Maker(SEED), random.Random(SEED)
    first, second = maker.lake(150)
    people = [one for one in first if one["resourceType"] == "Patient"]
    keys = [one["id"] for one in people]
    for one in people:
        if chance.random() < 0.3:
            one["link"] = links(
                *(chance.choice("<<<>~") + chance.choice([*keys, "x"]) for _ in range(chance.randrange(1, 3)))
            )
    files = [ndjson(*first), ndjson(*second), ndjson(gone(chance, first), gone(chance, first)), ndjson(*first[::17])]
    told = [(file_of(n)["generation"], 1_700_000_000_000 + n, text) for n, text in enumerate(files, 1)]
    resources = [("1", at, one) for at, one in enumerate(survivors(told).values())]
    measured = rows_of(spark, silver_of(spark, files), parameters())
    expected = compute(resources)
    wrong = {row: (measured.get(row), expected.get(row)) for row in measured.keys() | expected.keys()}
    wrong = {row: pair for row, pair in wrong.items() if pair[0] != pair[1]}
    assert not wrong, f"METRICCARE_SEED={SEED}: {dict(sorted(wrong.items())[:10])}"
    assert len(stands_for({one["id"]: one for _, _, one in resources if one["resourceType"] == "Patient"})) > 10


def stay(key, who, day, days=2):
    return encounter(key, who, f"2023-01-{day:02d}", f"2023-01-{day + days:02d}")


@pytest.mark.long
def test_a_merge_comes_and_goes_with_the_versions(make_lake, spark):
    """Runs over a real lake: the link, its undoing, and a table that an older package wrote without the columns."""
    lake = make_lake()

    def run(number, *resources):
        lake.receive(lake.put(f"fhir/{number}.ndjson", ndjson(*resources)))
        lake.bronze(f"wr_{number}")
        lake.silver(("patient", "encounter") if number == 1 else ("patient",))
        lake.gold(("readmission",))
        found = {(row.cohort, row.facility, row.period): row for row in lake.rows(spark, "gold", "readmission")}
        return [
            (found[who, "all", "all"].numerator, found[who, "all", "all"].denominator) for who in ("all", "age65plus")
        ]

    young, old = patient("a", birth="1990-01-01"), patient("b", birth="1940-01-01")
    assert run(1, young, old, stay("e1", "a", 1), stay("e2", "b", 10)) == [(0, 2), (0, 1)]
    assert run(2, {**young, "link": links("<b")}) == [(1, 2), (1, 2)]
    assert run(3, young) == [(0, 2), (0, 1)]


@pytest.mark.long
def test_a_silver_table_of_an_older_package_is_read_again(make_lake, spark, monkeypatch):
    from metriccare_etl import extract, merges, registry, silver

    lake = make_lake()
    lake.receive(lake.put("fhir/1.ndjson", ndjson(patient("a", link=links("<b")), patient("b"))))
    lake.bronze("wr_1")
    datasets = registry.datasets()
    patients = datasets["patient"]
    old = patients._replace(columns=dict(list(patients.columns.items())[:3]))
    with monkeypatch.context() as older:
        older.setattr(registry, "datasets", lambda: {**datasets, "patient": old})
        older.setitem(silver.EXTRACT, "patient", lambda text: extract.patient(text)[:3])
        older.setattr(silver, "LINKED", "false")
        lake.silver(("patient",))
    place = f"s3://{lake.bucket('silver')}/"
    assert merges.read(spark, place, ("patient",)).merges.survivors == {}
    assert lake.silver(("patient",))["patient"]["since"] is None
    assert merges.read(spark, place, ("patient",)).merges.survivors == {"a": "b"}
    assert lake.silver(("patient",))["patient"]["outcome"] == "unchanged"
