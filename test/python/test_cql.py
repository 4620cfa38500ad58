"""The measures a third time, as CQL over FHIR R4 (docs/cql), compiled and run by engines of other people: stay by stay
what Spark says, and facility by facility what the independent reference does. docs/cql.md tells what the two languages cannot say alike; that is not in these lakes.
"""

import json
import os
import random
import subprocess
from collections import defaultdict
from datetime import date

import pytest

from conftest import ROOT
from fhir import ndjson
from measuring import figures_of_stays, parameters, silver_of
from reference import TABLE, compute, newest, stands_for, target
from test_measure_rules import CASES
from test_measures_random import Maker

PATIENTS = int(os.environ.get("METRICCARE_RANDOM_PATIENTS", "240"))
ROUNDS = int(os.environ.get("METRICCARE_CQL_ROUNDS", "1"))
SEED = int(os.environ.get("METRICCARE_SEED") or random.randrange(1_000_000))
WAYS = {
    "as it comes": {},
    "other parameters": {"as_of": "2023-04-15", "classes": ["IMP", "OBSENC"], "planned": ["EL", "UR"]},
}


def in_r4(resource):
    """The same in R4's spelling, and one onset at most, as FHIR has it."""
    if "actualPeriod" in resource:
        resource["period"] = resource.pop("actualPeriod")
        resource["class"] = resource["class"][0]["coding"][0]
    if "admission" in resource:
        resource["hospitalization"] = resource.pop("admission")
    if "onsetDateTime" in resource:
        resource.pop("onsetPeriod", None)
    return resource


def lake_of(seed):
    """Two files of random resources; now and then a patient has become another one (L1)."""
    maker = Maker(seed)
    files = [[in_r4(resource) for resource in file] for file in maker.lake(PATIENTS)]
    patients = [resource for resource in files[0] if resource["resourceType"] == "Patient"]
    for one in patients:
        if maker.chance(0.1):
            other = maker.random.choice(patients)["id"]
            one["link"] = [{"type": "replaced-by", "other": {"reference": f"Patient/{other}"}}]
    return files


def records_of(files):
    """A list of resources a person, the newest versions: what a measure in CQL is given."""
    read = [(str(number), line, resource) for number, file in enumerate(files) for line, resource in enumerate(file)]
    patients = newest(read, "Patient")
    merged = stands_for(patients)
    found = {key: [patient] for key, patient in patients.items() if key not in merged}
    for kind in ("Encounter", "Condition"):
        for resource in newest(read, kind).values():
            key = target(resource.get("subject"), "Patient")
            if merged.get(key, key) in found:
                found[merged.get(key, key)].append(resource)
    return list(found.values())


def run_cql(files, as_of="2023-06-30", classes=None, planned=None):
    """What scripts/cql.mjs prints."""
    lists = {"Inpatient Classes": classes, "Planned Priorities": planned}
    given = {
        "asOf": as_of,
        "parameters": {name: value for name, value in lists.items() if value is not None},
        "records": records_of(files),
    }
    # CQL reads a time without an offset as one of the engine's own zone.
    made = subprocess.run(
        ["node", "scripts/cql.mjs"],
        cwd=ROOT,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "TZ": "UTC"},
    )
    assert made.returncode == 0, made.stderr[-3000:]
    return json.loads(made.stdout)


def said_by_cql(files, **given):
    """{(stay, figure): (numerator, denominator, age65plus, facility, discharge)} of complete stays, the continued ones, and
    the table of infections.
    """
    answers = run_cql(files, **given)
    table = [(one["name"], one["firstDay"], one["icd10"], one["snomed"]) for one in answers["Categories"]]
    complete = {
        (stay["stay"], one["name"]): (
            *(one["numerator"], one["denominator"]),
            *(stay["age65plus"], stay["facility"], stay["discharge"]),
        )
        for stay in answers["Answers"]
        for one in stay["figures"]
    }
    return complete, set(answers["Continued"]), table


def said_by_spark(spark, silver, given):
    """The same of what Spark adds up."""
    rows = figures_of_stays(spark, silver, parameters(**given))
    complete = {
        key: (int(row.hits), int(row.at_risk), row.age65plus, row.facility, str(row.discharge_date))
        for key, row in rows.items()
        if row.rule != "continued"
    }
    return complete, {stay for (stay, _), row in rows.items() if row.rule == "continued"}


def compared(spark, files, silver, given, note):
    """Whatever CQL and Spark say of a stay is equal; the answers."""
    by_cql, held_by_cql, _ = said_by_cql(files, **given)
    by_spark, held_by_spark = said_by_spark(spark, silver, given)
    wrong = {key: (by_spark.get(key), by_cql.get(key)) for key in by_cql.keys() | by_spark.keys()}
    wrong = {key: pair for key, pair in wrong.items() if pair[0] != pair[1]}
    assert not wrong, f"{note}: {len(wrong)} differ (Spark, CQL): {dict(sorted(wrong.items())[:8])}"
    assert held_by_cql == held_by_spark, note
    return by_cql


def summed(answers):
    """{figure: (numerator, denominator)}."""
    found = defaultdict(lambda: [0, 0])
    for (_, figure), (numerator, denominator, *_) in answers.items():
        found[figure][0] += numerator
        found[figure][1] += denominator
    return {figure: tuple(pair) for figure, pair in found.items()}


def test_the_sample(spark, sample):
    kinds = ("Patient", "Encounter", "Condition")
    bodies = [(sample / f"{kind}.000.ndjson").read_text() for kind in kinds]
    files = [[json.loads(line) for line in body.splitlines()] for body in bodies]
    answers = compared(spark, files, silver_of(spark, ["".join(bodies)]), {}, "sample")
    assert summed(answers) == {
        "readmission_30d": (14, 49),
        "mortality_in_hospital": (0, 49),
        "mortality_30d": (0, 49),
        "hai": (0, 279),
        "hai_stays": (0, 46),
        "length_of_stay": (279, 49),
        "length_of_stay_midnights": (279, 49),
    }


def by_facility(answers):
    """{(figure, cohort, facility): (numerator, denominator)}, without those that count nobody."""
    found = defaultdict(lambda: [0, 0])
    for (_, figure), (numerator, denominator, old, facility, _) in answers.items():
        for cohort in ("all", "age65plus") if old else ("all",):
            found[figure, cohort, facility][0] += numerator
            found[figure, cohort, facility][1] += denominator
    return {row: tuple(pair) for row, pair in found.items() if pair[1] > 0}


def differing(files, answers, **given):
    """Counts by figure, cohort and facility that the reference and CQL do not share: {row: (reference, CQL)}."""
    read = [(str(number), line, resource) for number, file in enumerate(files) for line, resource in enumerate(file)]
    if "as_of" in given:
        given["as_of"] = date.fromisoformat(given["as_of"])
    rows = compute(read, **given)
    expected = {row[:3]: pair for row, pair in rows.items() if row[2] != "all" and row[3] == "all"}
    assert len(expected) > 500 or PATIENTS < 100
    found = by_facility(answers)
    pairs = {row: (expected.get(row), found.get(row)) for row in expected.keys() | found.keys()}
    return {row: pair for row, pair in sorted(pairs.items()) if pair[0] != pair[1]}


def test_each_case_of_the_rules():
    cases = json.loads(json.dumps([resource for listed, _ in CASES.values() for resource in listed]))
    resources = [in_r4(resource) for resource in cases]
    answers, _, table = said_by_cql([resources])
    assert not differing([resources], answers)
    # P6: the library's table is the value set, which another test holds against the file
    assert table == TABLE


@pytest.mark.parametrize("round", range(ROUNDS))
def test_random_lakes(spark, round):
    files = lake_of(SEED + round)
    silver = silver_of(spark, [ndjson(*file) for file in files])
    for name, given in WAYS.items():
        note = f"METRICCARE_SEED={SEED + round}, {name}"
        answers = compared(spark, files, silver, given, note)
        assert not differing(files, answers, **given), note
        assert PATIENTS < 100 or (summed(answers)["hai"][0] > 1 and summed(answers)["readmission_30d"][0] > 3), note
