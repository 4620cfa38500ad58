"""The data path at an AWS endpoint, with real Spark and Hudi: events, ledger, Bronze, Silver, Gold, catalog."""

import json

import pytest

from fhir import bundle, condition, encounter, ndjson, patient

SAMPLE = ("Patient.000.ndjson", "Encounter.000.ndjson", "Condition.000.ndjson")
DATASETS = ("patient", "encounter", "condition")


# The main job does this on the embedded AWS each time.
@pytest.mark.long
def test_sample_gives_the_documented_measures(make_lake, spark, sample, clients, capfd):
    lake = make_lake(catalog=True)
    lake.ingest(*[sample / name for name in SAMPLE])
    outcome = lake.run("wr_1")
    rows = {name: one["rows"] for name, one in outcome["bronze"].items()}
    assert rows == {"patient": 13, "encounter": 1215, "condition": 555}
    figures = lake.overall(spark)
    assert figures["readmission_30d", "all"] == (14, 49)
    assert figures["mortality_in_hospital", "all"] == (0, 49)
    assert figures["mortality_30d", "all"] == (0, 49)
    assert figures["hai", "all"] == (0, 279)
    assert figures["hai_stays", "all"] == (0, 46)
    assert figures["length_of_stay", "all"] == (279, 49)
    assert figures["length_of_stay_midnights", "all"] == (279, 49)
    assert {item["status"] for item in lake.files()} == {"processed"}
    assert {item["dataset"] for item in lake.files()} == set(DATASETS)
    again = lake.gold(("readmission", "length_of_stay"), time_zone="America/Chicago")
    assert {one["outcome"] for one in again.values()} == {"written"}
    figures = lake.overall(spark)
    assert figures["readmission_30d", "all"] == (12, 49)
    assert figures["length_of_stay", "all"] == (274, 49)
    assert figures["hai", "all"] == (0, 279)
    again = lake.gold(("readmission",), time_zone="America/Chicago")
    assert again["readmission"]["outcome"] == "unchanged"
    tables = clients("glue").get_tables(DatabaseName=lake.database("gold"))["TableList"]
    assert {table["Name"] for table in tables} == {"readmission", "mortality", "hai", "length_of_stay", "accounting"}
    assert_no_phi(capfd.readouterr(), sample)


def assert_no_phi(captured, sample):
    """No name, id or line of the sample in what the jobs, Spark and Hudi printed."""
    text = captured.out + captured.err
    words = set()
    for line in (sample / SAMPLE[0]).read_text().splitlines():
        person = json.loads(line)
        words |= {person["id"], person["name"][0]["family"], person["birthDate"], *person["name"][0]["given"]}
        words |= {identifier["value"] for identifier in person["identifier"]}
    for line in (sample / SAMPLE[1]).read_text().splitlines()[:200]:
        words.add(json.loads(line)["id"])
    assert [word for word in words if word in text] == []
    assert '{"resourceType"' not in text


@pytest.mark.long
def test_an_empty_lake_gives_zero_rows(lake, spark):
    outcome = lake.run("wr_1")
    assert {one["files"] for one in outcome["bronze"].values()} == {0}
    assert {one["outcome"] for one in outcome["silver"].values()} == {"no_bronze"}
    figures = lake.overall(spark)
    assert len(figures) == 14 and set(figures.values()) == {(0, 0)}
    assert [row.rate for row in lake.rows(spark, "gold", "hai")] == [None] * 4
    assert {one["outcome"] for one in lake.gold().values()} == {"unchanged"}
    assert {one["outcome"] for one in lake.gold(("hai",), as_of="today").values()} == {"written"}


def names(lake, spark):
    return {row.id: row.birth_date for row in lake.rows(spark, "silver", "patient")}


def test_generations_replays_and_late_data(lake, spark):
    """One key again and again: what is new wins, what is late does not, what is known is not read."""
    only = ("patient",)
    lake.receive(lake.put("fhir/p.ndjson", ndjson(patient("a", birth="1950-01-01"), patient("b", birth="1950-01-01"))))
    assert lake.bronze("wr_1")["patient"]["rows"] == 2
    assert lake.silver(only)["patient"]["outcome"] == "written"

    # the same content again: no file
    lake.receive(lake.put("fhir/p.ndjson", ndjson(patient("a", birth="1950-01-01"), patient("b", birth="1950-01-01"))))
    assert lake.bronze("wr_2", only)["patient"]["files"] == 0
    assert lake.silver(only)["patient"]["outcome"] == "unchanged"

    # other content: a new generation, which wins per resource; what is no longer in the file stays
    lake.receive(lake.put("fhir/p.ndjson", ndjson(patient("a", birth="1951-01-01"))))
    assert lake.bronze("wr_3")["patient"]["files"] == 1
    assert lake.silver(only)["patient"]["since"] is not None
    assert names(lake, spark) == {"a": "1951-01-01", "b": "1950-01-01"}

    # an older version of a resource in a newer file: late, and it must lose; a newer one wins
    old, new = {"lastUpdated": "2020-01-01T00:00:00Z"}, {"lastUpdated": "2021-01-01T00:00:00+02:00"}
    lake.receive(lake.put("fhir/q.ndjson", ndjson(patient("b", birth="1952-01-01", meta=new))))
    lake.bronze("wr_4")
    lake.silver(only)
    lake.receive(lake.put("fhir/q.ndjson", ndjson(patient("b", birth="1953-01-01", meta=old))))
    lake.bronze("wr_5")
    lake.silver(only)
    assert names(lake, spark) == {"a": "1951-01-01", "b": "1952-01-01"}

    # a replay of the first generation, by a run that had crashed before its mark: nothing changes
    first = lake.files()[0]
    before = sorted(row.bronze_id for row in lake.rows(spark, "bronze", "patient"))
    reset(lake, first["file_id"])
    assert lake.bronze("wr_6")["patient"]["rows"] == 2
    lake.silver(only)
    assert sorted(row.bronze_id for row in lake.rows(spark, "bronze", "patient")) == before
    assert names(lake, spark) == {"a": "1951-01-01", "b": "1952-01-01"}
    assert [item["status"] for item in lake.files()] == ["processed"] * 4


def test_new_files_are_inserted_and_anything_else_is_looked_up(lake, spark):
    """What the newest commit says decides; a table whose commits say nothing is looked at."""
    from metriccare_etl import bronze, hudi

    table = bronze.bronze_table(f"s3://{lake.bucket('bronze')}/", "patient")

    def append(generation, *ids):
        parsed = [
            ("row", f"b/k#{generation}", line, 0, name, generation, "{}", None, None) for line, name in enumerate(ids)
        ]
        frame = spark.createDataFrame(parsed, bronze.PARSED)
        return bronze.append(spark, bronze.bronze_rows(frame, "now", "r"), table, [generation])

    def rows():
        return sorted(row.resource_id for row in hudi.read(spark, table.path).collect())

    times = [f"{1764000000000 + minute * 60_000:013d}-{'0' * 24}" for minute in range(4)]
    assert append(times[1], "a", "b") == "insert"
    assert append(times[2], "c") == "insert"
    assert append(times[2], "c") == "upsert"
    assert append(times[1], "a", "b") == "upsert"
    assert append(times[0], "late") == "upsert"
    assert rows() == ["a", "b", "c", "late"]
    hudi.write(hudi.read(spark, table.path).where("resource_id = 'a'"), table)  # a commit that says nothing
    assert append(times[2], "c") == "upsert"
    assert append(times[3], "d") == "insert"
    assert rows() == ["a", "b", "c", "d", "late"]


def reset(lake, file_id):
    """The file as it was before any job looked at it."""
    lake.clients("dynamodb").update_item(
        TableName=lake.table,
        Key={"file_id": {"S": file_id}},
        UpdateExpression="SET #s = :r, pending = :one REMOVE rows_patient, rows_encounter, rows_condition",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":r": {"S": "received"}, ":one": {"S": "1"}},
    )


def test_an_object_is_read_in_the_version_that_was_claimed(lake, spark):
    first = lake.put("fhir/p.ndjson", ndjson(patient("a"), patient("b")))
    second = lake.put("fhir/p.ndjson", ndjson(patient("c")))
    lake.receive(second, first)
    lake.bronze("wr_1")
    rows = {(row.resource_id, row.file_id[-24:].lstrip("0")[:3]) for row in lake.rows(spark, "bronze", "patient")}
    assert len({generation for _, generation in rows}) == 2
    assert {key for key, _ in rows} == {"a", "b", "c"}


def test_without_versions_a_replaced_object_is_not_taken_for_the_old_one(make_lake, spark):
    lake = make_lake(versioned=False)
    lake.receive(lake.put("fhir/p.ndjson", ndjson(patient("a"))), lake.put("fhir/p.ndjson", ndjson(patient("b"))))
    gone = lake.put("fhir/gone.ndjson", ndjson(patient("c")))
    lake.clients("s3").delete_object(Bucket=lake.bucket("raw"), Key="fhir/gone.ndjson")
    lake.receive(gone)
    lake.bronze("wr_1")
    found = {(item["key"], item["status"], item.get("error")) for item in lake.files()}
    assert found == {
        ("fhir/p.ndjson", "failed", "nothing readable: object_replaced"),
        ("fhir/p.ndjson", "processed", None),
        ("fhir/gone.ndjson", "failed", "nothing readable: object_gone"),
    }
    assert [row.resource_id for row in lake.rows(spark, "bronze", "patient")] == ["b"]


def test_messy_files_and_a_bundle_between_the_starts(lake, spark, capfd):
    whole = ndjson(patient("a"), encounter("e", "a", "2023-01-01", "2023-01-05"), condition("c", "a", "x"))
    secret = "Hieronymus Jobs"
    files = {
        "fhir/a b+c%41 ü'\".ndjson": whole,
        "fhir/broken.ndjson": ndjson(patient("b")) + f'{{"resourceType":"Patient","id":"{secret}\n' + "{}\n",
        "fhir/all broken.ndjson": f"{secret}\n{secret}",
        "fhir/empty.ndjson": "",
        "fhir/other.ndjson": ndjson({"resourceType": "Observation", "id": "o"}),
        "fhir/pretty.json": json.dumps(bundle(patient("p"), encounter("pe", "p", "2023-01-01")), indent=2),
        "fhir/windows.json": "\ufeff" + ndjson(patient("w")).replace("\n", "\r\n"),
    }
    lake.receive(*[lake.put(key, text) for key, text in files.items()])
    lake.receive(lake.put("fhir/zipped.ndjson", ndjson(patient("z"), patient("zz")), zipped=True))
    lake.bronze("wr_1", ("patient",))
    lake.receive(lake.put("fhir/late.json", json.dumps(bundle(patient("l"), encounter("le", "l", "2023-01-01")))))
    lake.bronze("wr_1", ("encounter", "condition"))
    found = {
        item["key"].removeprefix("fhir/"): (
            item["status"],
            item["dataset"],
            int(item.get("records_in", -1)),
            int(item.get("records_quarantined", -1)),
        )
        for item in lake.files()
    }
    assert found == {
        "a b+c%41 ü'\".ndjson": ("processed", "mixed", 3, 0),
        "broken.ndjson": ("processed", "patient", 3, 2),
        "all broken.ndjson": ("failed", "unknown", 2, 2),
        "empty.ndjson": ("processed", "unknown", 0, 0),
        "other.ndjson": ("processed", "unknown", 1, 0),
        "pretty.json": ("processed", "bundle", 2, 0),
        "windows.json": ("processed", "patient", 1, 0),
        "zipped.ndjson": ("processed", "patient", 2, 0),
        "late.json": ("received", "unknown", -1, -1),
    }
    bad = {
        (row.file_id.split("/")[-1].split("#")[0], row.line, row.reason)
        for row in lake.rows(spark, "bronze", "quarantine")
    }
    assert bad == {
        ("broken.ndjson", 2, "not_json"),
        ("broken.ndjson", 3, "not_a_resource"),
        ("all broken.ndjson", 1, "not_json"),
        ("all broken.ndjson", 2, "not_json"),
    }
    lake.bronze("wr_2")
    assert {row.resource_id for row in lake.rows(spark, "bronze", "encounter")} == {"e", "pe", "le"}
    assert {row.resource_id for row in lake.rows(spark, "bronze", "patient")} == {"a", "b", "p", "w", "z", "zz", "l"}
    captured = capfd.readouterr()
    assert secret not in captured.out + captured.err


@pytest.mark.long
def test_big_things_with_a_small_driver(lake, spark):
    """A 50 MB line and a Bundle of 20,000 entries, with a heap of 1 GB."""
    lake.receive(lake.put("fhir/line.ndjson", ndjson(patient("big", text={"div": "x" * 50_000_000}), patient("a"))))
    lake.receive(
        lake.put("fhir/bundle.json", json.dumps(bundle(*[patient(f"p{n}", note="y" * 300) for n in range(20_000)])))
    )
    outcome = lake.bronze("wr_1", ("patient",))
    assert outcome["patient"]["rows"] == 20_002
    lake.silver(("patient",))
    assert spark.read.format("hudi").load(f"s3://{lake.bucket('silver')}/patient/").count() == 20_002


def test_a_failure_is_told_without_data(lake, spark, capfd):
    """The jobs end by an exception whose text is ours; nothing quotes what could not be handled."""
    from lake import argv
    from metriccare_etl import jobs, safe

    lake.receive(lake.put("fhir/p.ndjson", ndjson(patient("a"))))
    with pytest.raises(safe.JobFailed) as caught:
        lake.bronze("wr_1", ("patient",), max_files_per_run="Jane")
    assert str(caught.value) == "bronze_patient: arguments: --max_files_per_run is no whole number from 1 on"
    lake.clients("s3").delete_object(Bucket=lake.bucket("scripts"), Key="hai.csv")
    with pytest.raises(safe.JobFailed) as caught:
        lake.gold(("hai",))
    assert "hai_value_set" in str(caught.value)
    with pytest.raises(safe.JobFailed) as caught:
        lake.gold(("mortality",), time_zone="Mars/Olympus")
    assert "Mars/Olympus is not an IANA time zone" in str(caught.value)
    with pytest.raises(safe.JobFailed) as caught:
        lake.gold(("mortality",), as_of="yesterday")
    assert "as_of" in str(caught.value)
    with pytest.raises(safe.JobFailed) as caught:
        jobs.silver_main(
            argv(JOB_NAME="silver_patient", dataset="patient", bronze_path="nope://x/", silver_path="nope://y/")
        )
    assert "UnsupportedFileSystemException" in str(caught.value)
    assert "Jane" not in capfd.readouterr().out


def test_silver_catches_up_after_bronzes_timeline_was_archived(lake, spark):
    from metriccare_etl import hudi
    from metriccare_etl.timeline import Timeline

    lake.receive(lake.put("fhir/p.ndjson", ndjson(patient("a"))))
    lake.bronze("wr_1", ("patient",))
    path = f"s3://{lake.bucket('bronze')}/patient/"
    timeline = Timeline(spark, path)
    assert timeline.covers(timeline.latest) and not timeline.covers("20000101000000000")
    rows = hudi.read_since(spark, path, "20000101000000000", timeline.latest, timeline)
    assert [row.resource_id for row in rows.collect()] == ["a"]
    assert hudi.read_since(spark, path, timeline.latest, timeline.latest, timeline).count() == 0


def test_a_table_that_was_being_made_when_its_writer_died_is_made_anew(lake, spark):
    """Hudi itself refuses every write to a `.hoodie` folder without properties: one kill would end ingestion for good."""
    for name in ("", ".hoodie/", ".hoodie/.aux/", ".hoodie/.schema/", ".hoodie/.temp/"):
        lake.clients("s3").put_object(Bucket=lake.bucket("bronze"), Key=f"patient/{name}", Body=b"")
    lake.receive(lake.put("fhir/p.ndjson", ndjson(patient("a"))))
    lake.bronze("wr_1")
    assert [row["resource_id"] for row in lake.rows(spark, "bronze", "patient")] == ["a"]
    assert [item["status"] for item in lake.files()] == ["processed"]


def test_a_table_that_lost_its_properties_is_left_alone(lake, spark):
    from metriccare_etl import safe

    lake.receive(lake.put("fhir/p.ndjson", ndjson(patient("a"))))
    lake.bronze("wr_1", ("patient",))
    s3, bucket = lake.clients("s3"), lake.bucket("bronze")
    s3.delete_object(Bucket=bucket, Key="patient/.hoodie/hoodie.properties")
    before = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix="patient/")["Contents"]]
    lake.receive(lake.put("fhir/q.ndjson", ndjson(patient("b"))))
    with pytest.raises(safe.JobFailed, match="restore it"):
        lake.bronze("wr_2", ("patient",))
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix="patient/")["Contents"]] == before


@pytest.mark.long
def test_a_table_whose_writer_died_before_it_told_the_catalog_gets_there_by_the_next_run(make_lake, spark):
    lake = make_lake(catalog=True)
    lake.receive(lake.put("fhir/p.ndjson", ndjson(patient("a"))))
    lake.run("wr_1")
    glue = lake.clients("glue")
    gone = [("silver", "patient"), ("gold", "mortality")]
    for layer, table in gone:
        glue.delete_table(DatabaseName=lake.database(layer), Name=table)
    before = lake.rows(spark, "silver", "patient")
    lake.run("wr_2")
    for layer, table in gone:
        assert glue.get_table(DatabaseName=lake.database(layer), Name=table)["Table"]["Name"] == table
    assert lake.rows(spark, "silver", "patient") == before
    assert {found["outcome"] for found in lake.silver().values()} == {"unchanged", "no_bronze"}
