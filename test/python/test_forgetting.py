"""What the jobs erase for `metriccare forget`, down to the bytes of the tables' files."""

import json

import pytest

from fhir import encounter, ndjson, patient
from test_deletions import deletion

SECRET = ("secret-p", "secret-e", "Geheim")


def holding(lake, spark, layer):
    """Objects of a layer that hold one of the words: in their bytes (footers are plain), or in the rows of a data file."""
    s3, found = lake.clients("s3"), []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=lake.bucket(layer)):
        for item in page.get("Contents", ()):
            key = item["Key"]
            text = s3.get_object(Bucket=lake.bucket(layer), Key=key)["Body"].read().decode("latin-1")
            if key.endswith(".parquet"):
                text += str(spark.read.parquet(f"s3://{lake.bucket(layer)}/{key}").collect())
            if any(word in text for word in SECRET):
                found.append(key)
    return found


def forget(lake, layer, dataset, request):
    from lake import argv
    from metriccare_etl import jobs

    lake.clients("s3").put_object(Bucket=lake.bucket("scripts"), Key="tmp/forget.json", Body=json.dumps(request))
    common = {
        "JOB_NAME": "j",
        "dataset": dataset,
        "bronze_path": f"s3://{lake.bucket('bronze')}/",
        "forget": f"s3://{lake.bucket('scripts')}/tmp/forget.json",
    }
    if layer == "bronze":
        return jobs.bronze_main(argv(**common, ledger_table=lake.table))
    return jobs.silver_main(argv(**common, silver_path=f"s3://{lake.bucket('silver')}/"))


@pytest.mark.long
def test_rows_go_with_all_older_files_and_what_is_left_is_made_anew(make_lake, spark):
    lake = make_lake()
    name = {"name": [{"family": "Geheim"}]}
    lake.receive(
        lake.put(
            "fhir/1", ndjson(patient("secret-p", **name), patient("q"), encounter("secret-e", "secret-p", "2023-01-01"))
        )
    )
    lake.bronze("wr_1")
    lake.silver(("patient", "encounter"))
    lake.receive(lake.put("fhir/2", ndjson(patient("q", birth="1960-01-01"), encounter("e", "q", "2023-01-01"))))
    lake.receive(lake.put("fhir/3", ndjson(deletion("gone", timestamp="2023-01-01T00:00:00Z"), patient("gone"))))
    lake.bronze("wr_2")
    lake.silver(("patient", "encounter"))
    assert holding(lake, spark, "bronze") and holding(lake, spark, "silver")
    keys = {
        dataset: [row.bronze_id for row in lake.rows(spark, "bronze", dataset) if "secret" in row.resource_id]
        for dataset in ("patient", "encounter")
    }
    request = {"rows": keys, "ids": {"patient": ["secret-p", "gone"], "encounter": ["secret-e"]}}
    for layer in ("bronze", "silver"):
        for dataset in ("encounter", "patient"):
            forget(lake, layer, dataset, request)
    assert holding(lake, spark, "bronze") == [] and holding(lake, spark, "silver") == []
    rows = {row.id: row.birth_date for row in lake.rows(spark, "silver", "patient")}
    assert rows == {"q": "1960-01-01", "gone": "1950-01-01"}
    assert [row.id for row in lake.rows(spark, "silver", "encounter")] == ["e"]
    # nothing is read as new, and a job that died is started again
    assert lake.silver(("encounter",))["encounter"]["since"] is not None
    forget(lake, "silver", "patient", request)
    lake.receive(lake.put("fhir/4", ndjson(patient("q", birth="1970-01-01"))))
    lake.bronze("wr_3")
    lake.silver(("patient",))
    assert {row.id: row.birth_date for row in lake.rows(spark, "silver", "patient")} == rows | {"q": "1970-01-01"}
