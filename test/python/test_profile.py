"""`metriccare profile` against Spark: the config that it prints for a hospital's data, pasted as it is, gives the figures that
the independent reference computes with what is true of that hospital.
"""

import os
import random
import subprocess

import pytest
import yaml

from conftest import ROOT
from fhir import ndjson
from hospitals import HOSPITALS, Maker
from measuring import parameters, rows_of, silver_of
from reference import compute

PATIENTS = int(os.environ.get("METRICCARE_RANDOM_PATIENTS", "250"))
SEED = int(os.environ.get("METRICCARE_SEED") or random.randrange(1_000_000))


def proposed(path):
    """The section `measures` that `profile` prints for these files."""
    command = ["node", "bin/metriccare", "profile", "--yaml", str(path)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert made.returncode == 0, made.stderr
    return yaml.safe_load(made.stdout)["measures"]


@pytest.mark.parametrize("name", HOSPITALS)
def test_what_profile_proposes_gives_the_true_figures(spark, tmp_path, name):
    note = f"METRICCARE_SEED={SEED}, {name}"
    maker = Maker(HOSPITALS[name], SEED)
    resources = maker.resources(PATIENTS)
    (tmp_path / "export.ndjson").write_text(ndjson(*resources))
    said = proposed(tmp_path)
    truth = HOSPITALS[name].truth()
    expected = compute([("1", line, resource) for line, resource in enumerate(resources)], as_of=maker.last, **truth)
    given = parameters(
        as_of=str(said["asOf"]),
        zone=said["timeZone"],
        classes=said["inpatientClasses"],
        planned=said["plannedPriorities"],
        icd10=said["icd10Systems"],
    )
    measured = rows_of(spark, silver_of(spark, [ndjson(*resources)]), given)
    wrong = {row: (measured.get(row), expected.get(row)) for row in measured.keys() | expected.keys()}
    wrong = {row: pair for row, pair in wrong.items() if pair[0] != pair[1]}
    assert not wrong, f"{note}: {said} {dict(sorted(wrong.items())[:6])}"
    assert measured["hai", "all", "all", "all"][0] > 20, note
    assert measured["readmission_30d", "all", "all", "all"][0] > 0, note
    assert len([row for row in measured if row[2].startswith("house-")]) > 30, note
