"""Quality checks in Spark: each built-in check with data that trips it and data that does not, queries of one's own, and a
lake whose runs are checked from the files to the table of results."""

import json
from datetime import datetime, timezone

import pytest

from fhir import condition, encounter, ndjson, patient
from lake import argv
from measuring import Whole, silver_of
from metriccare_etl import (
    aws,
    jobs,
    quality,
    quality_alike,
    quality_counts,
    quality_gold,
    quality_references,
    quality_store,
)
from metriccare_etl.quality import Check

FINE = [
    patient("p1", "1950-01-01", death="2023-02-03"),
    patient("p2", "1950-01-01"),
    patient("p3", birth=None),
    encounter("e1", "p1", "2023-01-01T10:00:00Z", "2023-01-02T10:00:00Z"),
    encounter("e2", "p2", "2023-01-01T10:00:00Z", "2023-01-02T10:00:00Z"),
    # of two calendars: the day may be the one before by the facility's clock
    encounter("e3", "p2", "2023-03-02T01:00:00Z", "2023-03-01"),
    encounter("e4", "p2", "2023-04-01T10:00:00Z", part_of="e3"),
    encounter("e5", "p2", "2023-05-01"),
    condition("c1", "p1", "1", onset="2023-01-01", visit="e1"),
    condition("c2", "p1", "2", onset="2023-01-01", visit="e1"),
    condition("c3", "p1", "2", onset="2023-01-02", visit="e1"),
    condition("c4", "p1", "2"),
    condition("c5", "p1", "2"),
]
BAD = [
    patient("x1", "1850-01-01"),
    patient("x2", "2950-01-01"),
    patient("x3", "1950-01-01", death="1949-12-31"),
    encounter("y1", "p1", "1023-01-01T10:00:00Z", "2023-01-02T10:00:00Z"),
    encounter("y2", "p1", "2023-01-01T10:00:00Z", "2923-01-02T10:00:00Z"),
    encounter("y3", "p1", "2023-01-02T10:00:00Z", "2023-01-02T09:59:59Z"),
    encounter("y4", "p1", "2023-01-05", "2023-01-04"),
    encounter("y5", "p1", "2023-01-05T10:00:00Z", "2023-01-03"),
    encounter("y6", "p1", "2023-01-01T10:00:00Z", "2023-01-02T10:00:00Z"),
    encounter("y7", "nobody", "2023-07-01"),
    encounter("y8", "p1", "2023-08-01", part_of="nothing"),
    condition("z1", "p1", "1", onset="2523-01-01", visit="e1"),
    condition("z2", "p1", "1", onset="2023-01-01", visit="e1"),
    condition("z3", "nobody", "3", visit="nothing"),
    condition("z4", "p1", "3", visit="nothing"),
    {"resourceType": "Condition", "id": "z5", "code": {"coding": [{"code": "4"}]}},
]
COUNTING = [Check(name, "warning", {}) for name in ("dates", "order", "duplicates")]


@pytest.fixture(scope="module")
def fine(spark):
    return silver_of(spark, [ndjson(*FINE)])


@pytest.fixture(scope="module")
def bad(spark):
    return silver_of(spark, [ndjson(*FINE), ndjson(*BAD)])


def counts_of(frames, dataset):
    found = quality_counts.frame_counts(frames[dataset], dataset, COUNTING)
    counts = {name: found[name] for name in ("dates", "order") if name in found}
    return {**counts, "duplicates": quality_alike.count(None, Whole(frames[dataset]), dataset, [], None, None)[0]}


def test_data_without_fault_trips_nothing(fine):
    assert counts_of(fine, "patient") == {"dates": 0, "order": 0, "duplicates": 0}
    assert counts_of(fine, "encounter") == {"dates": 0, "order": 0, "duplicates": 0}
    assert counts_of(fine, "condition") == {"dates": 0, "duplicates": 0}


def test_dates_ends_and_duplicates(bad):
    assert counts_of(bad, "patient") == {"dates": 2, "order": 1, "duplicates": 0}
    assert counts_of(bad, "encounter") == {"dates": 2, "order": 3, "duplicates": 1}
    assert counts_of(bad, "condition") == {"dates": 1, "duplicates": 1}


def test_what_is_plausible_can_be_said(bad):
    asked = [Check("dates", "warning", {"earliest": "1000-01-01"})]
    assert quality_counts.frame_counts(bad["patient"], "patient", asked)["dates"] == 1


def references(spark, dataset, frames):
    found = quality_references.failing(spark, dataset, frames[dataset], frames["patient"], frames["encounter"])
    rows = [quality_references.Failing(*row) for row in found.collect()]
    return quality_references.counted_of(dataset, rows, frames[dataset].count())


def test_references(spark, fine, bad):
    assert references(spark, "encounter", fine) == (0, 5, {"patient": 0, "part_of": 0})
    assert references(spark, "condition", fine) == (0, 5, {"patient": 0, "encounter": 0})
    assert references(spark, "encounter", bad) == (2, 13, {"patient": 1, "part_of": 1})
    assert references(spark, "condition", bad) == (3, 10, {"patient": 2, "encounter": 2})


def test_a_patient_who_was_merged_is_there(spark):
    link = [{"type": "replaced-by", "other": {"reference": "Patient/p2"}}]
    people = [patient("p1", link=link), patient("p2"), encounter("e1", "p1", "2023-01-01")]
    frames = silver_of(spark, [ndjson(*people)])
    assert references(spark, "encounter", frames).found == 0


@pytest.mark.parametrize(
    ("sql", "status", "count"),
    [
        ("SELECT * FROM encounter WHERE `end` < start", "failed", 4),
        ("SELECT e.*, p.* FROM encounter e JOIN patient p ON p.id = e.patient_id WHERE false", "passed", 0),
        ("SELECT id FROM patient -- all of them", "failed", 6),
        ("WITH one AS (SELECT 1 AS x) SELECT * FROM one", "failed", 1),
        ("SELECT nothing FROM encounter", "broken", None),
        ("SELECT * FROM elsewhere", "broken", None),
        ("SELECT (", "broken", None),
        ("DROP VIEW encounter", "broken", None),
        ("INSERT INTO encounter SELECT * FROM encounter", "broken", None),
        ("SELECT * FROM patient WHERE raise_error(birth_date) IS NULL", "broken", None),
    ],
)
def test_a_query_of_ones_own(spark, bad, sql, status, count):
    with quality_gold._views(spark, bad):
        found = quality_gold._own(spark, Check("own", "error", {}, sql))
    assert (found.status, found.count, found.level) == (status, count, "error")
    assert "\n" not in found.text and "1950" not in found.text and "Traceback" not in found.text
    assert not spark.catalog.tableExists("encounter")


def test_a_query_that_cannot_be_planned_says_where(spark, bad):
    with quality_gold._views(spark, bad):
        found = quality_gold._own(spark, Check("own", "error", {}, "SELECT *\nFROM encounter\nWHERE begin < 1"))
    assert "begin" in found.text and "line 3" in found.text


# --- from files to the table ---

OWN = {"level": "error", "sql": "SELECT * FROM encounter WHERE patient_id = 'p3'"}
SILVER = {name: {} for name in ("dates", "order", "duplicates", "completeness", "freshness", "volume")}
GOLD = {**{name: {"level": "warning"} for name in ("references", *SILVER)}, "ghosts": OWN}


@pytest.fixture
def told(monkeypatch):
    found = {"runs": [], "metrics": []}
    monkeypatch.setattr(aws, "tell_run", lambda *said: found["runs"].append(said))
    monkeypatch.setattr(aws, "put_metrics", lambda *said: found["metrics"].append(said))
    monkeypatch.setattr(aws, "run_property", lambda *_: "")
    return found


READ = ("patient", "encounter")  # conditions never come: a dataset that is not there is no failure


def checked(lake, run_id, new=True):
    if new:
        lake.bronze(run_id, READ)
    counted = lake.silver(READ, quality=json.dumps(SILVER), WORKFLOW_RUN_ID=run_id)
    more = {"quality": json.dumps(GOLD), "quality_environment": "metriccare/dev"}
    done = lake.gold(("length_of_stay",), WORKFLOW_NAME="wf", WORKFLOW_RUN_ID=run_id, **more)
    return {name: one.get("quality") for name, one in counted.items()}, done["length_of_stay"]["quality"]


def table_of(lake):
    """The rows of the table, by run: {(check, dataset): (status, count)}."""
    s3, found = lake.clients("s3"), {}
    listed = s3.list_objects_v2(Bucket=lake.bucket("gold"), Prefix="quality/").get("Contents", ())
    for one in listed:
        body = s3.get_object(Bucket=lake.bucket("gold"), Key=one["Key"])["Body"].read().decode()
        rows = [json.loads(line) for line in body.splitlines()]
        found[rows[0]["run_id"]] = {(row["check"], row["dataset"]): (row["status"], row["count"]) for row in rows}
        assert not any(word in body for word in ("p1", "p3", "Patient.1", "1950"))
    return found


@pytest.mark.long
def test_a_lake_is_checked(spark, lake, told):
    manifest = {
        "transactionTime": "2026-01-01T00:00:00Z",
        "output": [
            {"type": "Patient", "url": "https://ehr.example/Patient.1.ndjson", "count": 2},
            {"type": "Patient", "url": "https://ehr.example/Patient.2.ndjson", "count": 1},
        ],
    }
    lake.receive(
        lake.put("fhir/manifest.json", json.dumps(manifest)),
        lake.put("fhir/Patient.1.ndjson.gz", ndjson(patient("p1"), patient("p2")), zipped=True),
        lake.put("fhir/all.ndjson", ndjson(encounter("e1", "p1", "2023-01-01T10:00:00Z", "2023-01-01T09:00:00Z"))),
    )
    counted, concluded = checked(lake, "wr_1")
    assert counted == {"patient": "counted", "encounter": "counted"}
    assert concluded == {"checks": 14, "errors": 0, "warnings": 2}
    assert [item["dataset"] for item in lake.files() if item["key"].endswith("manifest.json")] == ["manifest"]
    first = table_of(lake)["wr_1"]
    assert first["completeness", "patient"] == ("failed", 1)
    assert first["completeness", "encounter"] == ("skipped", None)
    assert first["order", "encounter"] == ("failed", 1)
    assert first["references", "encounter"] == ("passed", 0)
    assert first["volume", "patient"] == ("skipped", 2)
    assert first["freshness", "patient"] == ("passed", 0)
    assert first["ghosts", None] == ("passed", 0)
    (workflow, run_id, name, text), *_ = told["runs"]
    assert (workflow, run_id, name) == ("wf", "wr_1", "metriccare_quality")
    assert (json.loads(text)["error"], json.loads(text)["warning"]) == (0, 2)
    assert told["metrics"][0][0] == "metriccare"
    assert set(quality_store.COLUMNS) <= {
        one.name for one in spark.read.json(f"s3://{lake.bucket('gold')}/quality/").schema
    }

    # a run with nothing new looks at no table again, and says the same
    asked = []
    real = quality_gold._references
    quality_gold._references = lambda *said: asked.append(said) or real(*said)
    try:
        counted, concluded = checked(lake, "wr_2", new=False)
    finally:
        quality_gold._references = real
    assert (counted["patient"], concluded, asked) == ("unchanged", {"checks": 14, "errors": 0, "warnings": 2}, [])
    assert table_of(lake)["wr_2"] == first

    # the file that was missing comes, and with it what a check of level error is against
    lake.receive(
        lake.put("fhir/Patient.2.ndjson", ndjson(patient("p3"))),
        lake.put("fhir/more.ndjson", ndjson(encounter("e2", "p3", "2023-02-01"), encounter("e3", "p9", "2023-02-01"))),
    )
    _, concluded = checked(lake, "wr_3")
    assert concluded == {"checks": 14, "errors": 1, "warnings": 2}
    third = table_of(lake)["wr_3"]
    assert third["completeness", "patient"] == ("passed", 0)
    assert third["references", "encounter"] == ("failed", 1)
    assert third["ghosts", None] == ("failed", 1)
    assert third["volume", "encounter"] == ("skipped", 2)
    assert json.loads(told["runs"][-1][3])["failed"][0] == ["error", "ghosts", None, 1]


@pytest.mark.long
def test_trouble_with_the_checks_is_none_of_the_tables(spark, lake, told, monkeypatch):
    lake.receive(lake.put("fhir/all.ndjson", ndjson(patient("p1"), encounter("e1", "p1", "2023-01-01"))))
    lake.bronze("wr_1", READ)
    lake.silver(READ)
    monkeypatch.setattr(aws, "tell_run", lambda *_: 1 / 0)
    more = {"quality": json.dumps(GOLD), "quality_environment": "metriccare/dev"}
    done = lake.gold(("length_of_stay",), WORKFLOW_NAME="wf", WORKFLOW_RUN_ID="wr_1", **more)["length_of_stay"]
    assert done["outcome"] == "written"
    assert done["quality"]["run_not_told"].startswith("ZeroDivisionError")
    # nobody has counted: a check that could not be made is a failed one
    assert table_of(lake)["wr_1"]["dates", "patient"] == ("broken", None)
    assert done["quality"]["warnings"] > 0
    line = argv(JOB_NAME="j", dataset="patient", bronze_path="s3://nowhere/", silver_path="s3://nowhere/", quality="[")
    monkeypatch.setattr(jobs.silver, "refresh", lambda *_: {"outcome": "unchanged"})
    assert jobs.silver_main(line)["because"] == "quality: the argument is no JSON of checks by id"


def test_the_table_keeps_the_newest_runs(endpoint, clients, monkeypatch):
    monkeypatch.setattr(quality_store, "KEPT", 3)
    clients("s3").create_bucket(Bucket="checked-gold")
    found = [quality.Result("own", None, "error", "passed", 0, None, "no row fails")]
    for run in (1, 2, 3, 4, 4, 5):
        table = quality_store.Results("s3://checked-gold/")
        table.write(f"wr_{run}", datetime(2026, 11, 30, run, tzinfo=timezone.utc), "basis", found)
    listed = clients("s3").list_objects_v2(Bucket="checked-gold", Prefix="quality/")["Contents"]
    assert [one["Key"] for one in listed] == [f"quality/20261130T0{run}0000Z_wr_{run}.json" for run in (3, 4, 5)]
    assert quality_store.Results("s3://checked-gold/").last()[0]["run_id"] == "wr_5"


def test_a_job_that_is_tried_again_writes_its_run_anew(endpoint, clients):
    clients("s3").create_bucket(Bucket="checked-again")
    for minute in (1, 2):
        moment = datetime(2026, 11, 30, 8, minute, tzinfo=timezone.utc)
        quality_store.Results("s3://checked-again/lake/").write("wr_1", moment, "basis", [])
    listed = clients("s3").list_objects_v2(Bucket="checked-again")["Contents"]
    assert [one["Key"] for one in listed] == ["lake/quality/20261130T080200Z_wr_1.json"]


def test_the_table_is_made_known_once(endpoint, clients):
    glue = clients("glue")
    glue.create_database(DatabaseInput={"Name": "checked"})
    for _ in range(2):
        quality_store.catalogue("checked.gold_", "quality", "s3://gold/quality/")
    aws.create_table("checked", {"Name": "gold_quality"})
    (table,) = glue.get_tables(DatabaseName="checked")["TableList"]
    assert (table["Name"], table["StorageDescriptor"]["Location"]) == ("gold_quality", "s3://gold/quality/")


def test_the_builtin_checks_have_their_sql(spark):
    for name, one in quality.declared()["checks"].items():
        for dataset in one["datasets"]:
            if name in ("dates", "order"):
                assert quality_counts._expression(dataset, Check(name, "warning", {}), "2026-01-01")
            assert name != "duplicates" or dataset in quality_alike.SAME
