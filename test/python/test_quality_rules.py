"""Quality checks without Spark: how counts are judged, what is told of them, what a manifest promises."""

import io
import json
from datetime import date, timedelta

import pytest

from metriccare_etl import bronze, manifests, quality, quality_counts, quality_gold
from metriccare_etl.quality import Check, Counted
from metriccare_etl.safe import Problem

NOW = 1_800_000_000.0


def check(name, level="warning", sql=None, **settings):
    return Check(name, level, settings, sql)


def told(**more):
    return {"changed_at": NOW, "changed": 100, "volumes": [100] * 30, "rows": 300, "counts": {}, **more}


@pytest.mark.parametrize(
    ("count", "share", "status"),
    [(0, 0, "passed"), (1, 0, "failed"), (3, 0.01, "passed"), (4, 0.01, "failed")],
)
def test_rows_may_fail_up_to_a_share(count, share, status):
    found = quality.of_rows(check("dates", maxShare=share), "encounter", Counted(count, 300), "Encounter resources")
    assert (found.status, found.count, found.total) == (status, count, 300)


def test_what_failed_is_told_in_words_of_ours_and_counts():
    found = quality.of_rows(check("references"), "encounter", Counted(3, 9, {"patient": 2, "part_of": 1}), "encounters")
    assert found.text == "3 of 9 encounters name a resource that is not there, or none (patient 2, part_of 1)"
    assert quality.of_rows(check("order"), "patient", Counted(0, 9), "x").text == "none of 9 x end before they start"


@pytest.mark.parametrize(
    ("days", "limit", "status"), [(6.9, None, "passed"), (7.1, None, "failed"), (7.1, 8, "passed")]
)
def test_freshness(days, limit, status):
    settings = {} if limit is None else {"maxAgeDays": limit}
    one = check("freshness", **settings)
    found = quality.judged(one, "patient", told(changed_at=NOW - days * 86_400), NOW)
    assert (found.status, found.count) == (status, int(days))


@pytest.mark.parametrize(
    ("rows", "before", "status"),
    [
        (100, [100] * 30, "passed"),
        (500, [100] * 30, "passed"),
        (501, [100] * 30, "failed"),
        (20, [100] * 30, "passed"),
        (19, [100] * 30, "failed"),
        (100, [100] * 29 + [1_000_000], "passed"),
        (1_000_000, [100] * 4, "skipped"),
    ],
)
def test_volume(rows, before, status):
    assert quality.judged(check("volume"), "patient", told(changed=rows, volumes=before), NOW).status == status


def test_the_runs_that_volume_is_compared_with():
    said = {"changed": 7, "volumes": list(range(30))}
    assert quality_counts._volume(said, 9, same=False) == {"changed": 9, "volumes": [*range(1, 30), 7]}
    # a run that brought nothing, and a job that is tried again, are no runs to compare with
    assert quality_counts._volume({**said, "changed": 0}, 9, same=False)["volumes"] == list(range(30))
    assert quality_counts._volume(said, 0, same=True) == said


def test_completeness_without_a_manifest_is_no_failure():
    assert quality.judged(check("completeness"), "patient", told(), NOW).status == "skipped"
    some = told(counts={"completeness": {"count": 2, "of": 10}})
    assert quality.judged(check("completeness"), "patient", some, NOW).status == "failed"
    all_there = told(counts={"completeness": {"count": 0, "of": 10}})
    assert quality.judged(check("completeness"), "patient", all_there, NOW).status == "passed"


def test_what_nobody_counted_is_broken():
    assert quality.judged(check("dates"), "patient", told(), NOW).status == "broken"


def test_the_argument():
    text = '{"dates":{"level":"error","earliest":"1800-01-01"},"own":{"level":"warning","sql":"SELECT 1"} }'
    dates, own = quality.asked(text)
    assert (dates.level, dates.settings, dates.datasets) == (
        "error",
        {"earliest": "1800-01-01"},
        ("patient", "encounter", "condition"),
    )
    assert (own.sql, own.datasets) == ("SELECT 1", ())
    assert quality.asked("") == []
    for wrong in ("[", "[1]", '{"x": 1}', '{"nobody": {}}'):
        with pytest.raises(Problem, match="quality: "):
            quality.asked(wrong)


def results():
    fine = quality.of_rows(check("dates"), "patient", Counted(0, 9), "x")
    warned = quality.of_rows(check("order"), "patient", Counted(2, 9), "x")
    failed = quality.Result("ghosts", None, "error", "failed", 1, None, "1 rows fail")
    return [fine, warned, failed, quality.broken(check("own", "error"), None, "why")]


def test_what_a_run_is_told():
    assert json.loads(quality.property_of(results())) == {
        "error": 2,
        "warning": 1,
        "passed": 1,
        "failed": [
            ["error", "ghosts", None, 1],
            ["error", "own", None, None],
            ["warning", "order", "patient", 2],
        ],
    }
    many = [quality.Result(f"own{n:03d}", None, "error", "failed", 1, None, "") for n in range(500)]
    said = json.loads(quality.property_of(many))
    assert (said["error"], len(said["failed"])) == (500, quality.NAMED)


def test_what_cloudwatch_is_told():
    data = quality.metrics_of(results(), "metriccare/dev")
    found = {(one["MetricName"], one["Dimensions"][1]["Value"]): one["Value"] for one in data}
    assert found == {
        ("FailedChecks", "error"): 2,
        ("FailedChecks", "warning"): 1,
        ("FailingRows", "dates"): 0,
        ("FailingRows", "ghosts"): 1,
        ("FailingRows", "order"): 2,
    }
    assert {one["Dimensions"][0]["Value"] for one in data} == {"metriccare/dev"}


# --- the alert and the verdict ---


def run_of(said, state="SUCCEEDED"):
    node = {"Type": "JOB", "Name": "gold", "JobDetails": {"JobRuns": [{"Id": "jr_1", "JobRunState": state}]}}
    properties = {} if said is None else {"metriccare_quality": said}
    return {
        "WorkflowRunId": "wr_1",
        "Status": "COMPLETED",
        "Graph": {"Nodes": [node]},
        "WorkflowRunProperties": properties,
    }


def test_the_function_looks_for_what_the_jobs_say():
    import workflow_end

    assert quality.declared()["property"] == workflow_end.QUALITY


@pytest.mark.parametrize(
    ("said", "state", "verdict"),
    [
        (None, "SUCCEEDED", "succeeded"),
        (quality.property_of([]), "SUCCEEDED", "succeeded"),
        (quality.property_of(results()[:2]), "SUCCEEDED", "succeeded"),
        (quality.property_of(results()), "SUCCEEDED", "failed"),
        (quality.property_of(results()), "TIMEOUT", "timeout"),
        ("no JSON", "SUCCEEDED", "succeeded"),
        ("[1]", "SUCCEEDED", "succeeded"),
    ],
)
def test_a_check_of_level_error_fails_a_run(said, state, verdict):
    import workflow_end

    run = run_of(said, state)
    assert workflow_end.verdict(run) == verdict
    assert workflow_end.jobs_verdict(run) == ("succeeded" if state == "SUCCEEDED" else "timeout")


def test_the_message_at_the_end_names_failed_checks():
    import workflow_end

    subject, text = workflow_end.message(run_of(quality.property_of(results())), "dev", "wf", 3)
    assert subject == "wf: run failed (quality)"
    assert "Workflow run failed (quality)." in text
    line = (
        "failed quality checks: 2 of level error and 1 of level warning (ghosts, own, order/patient; metriccare quality"
    )
    assert f"{line} --env dev)" in text
    subject, text = workflow_end.message(run_of(quality.property_of(results()[:2])), "dev", "wf", 3)
    assert subject == "wf: run succeeded"
    assert "1 of level warning (order/patient;" in text
    assert "quality" not in workflow_end.message(run_of(None), "dev", "wf", 3)[1]


@pytest.mark.parametrize(
    ("body", "params", "found"),
    [
        (b"", {"Namespace": ["metriccare"]}, {"cloudwatch:namespace": "metriccare"}),
        (b"\xa2iNamespacejmetriccarejMetricData\x80", {}, {"cloudwatch:namespace": "metriccare"}),
        (b"\xa1jMetricData\x80", {}, {}),
        (b"", {}, {}),
    ],
)
def test_the_embedded_aws_knows_the_namespace_of_metrics(body, params, found):
    import iam_context

    assert iam_context.keys_of("monitoring", "PutMetricData", body, params) == found


# --- manifests of exports ---

MANIFEST = {
    "transactionTime": "2026-01-01T00:00:00Z",
    "request": "https://ehr.example/$export",
    "requiresAccessToken": True,
    "output": [
        {"type": "Patient", "url": "https://ehr.example/out/Patient%20A.ndjson?token=x", "count": 3},
        {"type": "Encounter", "url": "https://ehr.example/out/e/Encounter.000.ndjson", "count": 5},
        {"type": "Condition", "url": "https://ehr.example/out/Condition.000.ndjson"},
        {"type": "Condition", "url": "https://ehr.example/out/", "count": 1},
        "nothing",
    ],
    "error": [],
}
FILE = {"file_id": "raw/fhir/x/manifest.json#1700000000000-000", "generation": "1700000000000-000"}


def test_a_manifest_is_told_by_its_content():
    body = json.dumps(MANIFEST, indent=2).encode()
    *found, line = bronze.parse_body(io.BytesIO(body), FILE, "patient")
    assert [(one[0], one[7], one[8]) for one in found] == [
        ("promised", "Patient", {"count": 3}),
        ("promised", "Encounter", {"count": 5}),
    ]
    assert line[8] == {"records": 1, "quarantined": 0, "manifest": 1}
    assert line[7] is None
    assert bronze.dataset_of(line[8]) == "manifest"
    # each dataset's job reads the file, and one of them keeps what it says
    assert [one[0] for one in bronze.parse_body(io.BytesIO(body), FILE, "encounter")] == ["file"]


def test_its_files_are_looked_for_beside_it_and_by_no_readable_name():
    text = json.dumps(MANIFEST)
    one, two = manifests.promised(text, FILE["file_id"])
    assert (one.kind, one.records, two.kind) == ("Patient", 3, "Encounter")
    assert (
        one.file == manifests._hash("raw/fhir/x/Patient A.ndjson") == manifests._hash("raw/fhir/x/Patient A.ndjson.gz")
    )
    assert "Patient A" not in str(one)


def test_what_is_no_manifest_is_still_no_resource():
    for body in ({"transactionTime": "x"}, {"output": []}, {"request": "x"}):
        *_, line = bronze.parse_body(io.BytesIO(json.dumps(body).encode()), FILE, "patient")
        assert line[7] == "not_a_resource"


def test_the_newest_manifests_of_the_last_days_count():
    today = date.today()
    stamps = [int((today - timedelta(days=days)).strftime("%s")) * 1000 for days in (40, 3, 1)]
    names = [f"{stamps[0]}-0_old.json", f"{stamps[1]}-0_a.json", f"{stamps[2]}-0_a.json", f"{stamps[1]}-0_b.json", "x"]
    assert manifests._current(names) == [names[3], names[2]]


def test_queries_that_ask_for_the_time_are_asked_again():
    assert quality_gold.CLOCK.search("SELECT 1 WHERE now() > x")
    assert quality_gold.CLOCK.search("select CURRENT_DATE - 3")
    assert not quality_gold.CLOCK.search("SELECT known FROM patient")
