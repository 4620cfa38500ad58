"""Deletions in every order of arrival (docs/measures.md D1 to D3), against an independent reference."""

import io
import itertools
import os
import random
from datetime import datetime, timezone

import pytest

from fhir import encounter, ndjson, patient
from gone_reference import survivors
from metriccare_etl import bronze

KEYS = ("a", "b", "c", "d")
URLS = ["Patient/{}", "https://x.example/fhir/Patient/{}", "Patient/{}/_history/3", "/Patient/{}"]


def deletion(*keys, timestamp=None, updated=None, kind="transaction", url="Patient/{}"):
    """A Bundle that deletes patients."""
    entries = [{"request": {"method": "DELETE", "url": url.format(key)}} for key in keys]
    found = {"resourceType": "Bundle", "type": kind, "entry": entries}
    if timestamp is not None:
        found["timestamp"] = timestamp
    if updated is not None:
        found["meta"] = {"lastUpdated": updated}
    return found


class Story:
    """Files of one seed: versions with and without lastUpdated, and deletions, each file with its time of arrival."""

    def __init__(self, seed, files):
        self.random = random.Random(seed)
        self.numbers = itertools.count(1)
        # S3's times come in between those that resources and Bundles say
        self.files = [(self.millis(), self.file()) for _ in range(files)]

    def millis(self):
        return 1_672_531_200_000 + self.random.randrange(0, 40_000)

    def stamp(self):
        second = self.random.randrange(0, 40)
        return self.random.choice(
            [
                f"2023-01-01T00:00:{second:02d}Z",
                f"2023-01-01T01:00:{second:02d}.5+01:00",
                f"2023-01-01T00:00:{second:02d}.000Z",
            ]
        )

    def version(self, key):
        birth = f"19{next(self.numbers) % 100:02d}-01-01"
        more = {"meta": {"lastUpdated": self.stamp()}} if self.random.random() < 0.6 else {}
        return patient(key, birth=birth, note=next(self.numbers), **more)

    def gone(self):
        keys = self.random.sample(KEYS, self.random.randrange(1, 3))
        chosen = self.random.randrange(4)
        return deletion(
            *keys,
            timestamp=self.stamp() if chosen in (0, 1) else self.random.choice([None, "soon"]),
            updated=self.stamp() if chosen in (1, 2) else None,
            kind=self.random.choice(["transaction", "history", "batch"]),
            url=self.random.choice(URLS),
        )

    def file(self):
        lines = []
        for _ in range(self.random.randrange(1, 4)):
            if self.random.random() < 0.45:
                lines.append(self.gone())
            else:
                lines.append(self.version(self.random.choice(KEYS)))
        return ndjson(*lines)


def births(resources):
    return {key: resource["birthDate"] for (kind, key), resource in resources.items() if kind == "Patient"}


def held(lake, spark):
    return {row.id: row.birth_date for row in lake.rows(spark, "silver", "patient")}


SEED = int(os.environ.get("METRICCARE_SEED") or random.randrange(1_000_000))
# Each two are a run of two jobs: `npm test` has fewer of them.
FILES = 8 if os.environ.get("METRICCARE_CHAOS_SAMPLE") == "small" else 16


def test_every_order_of_arrival_in_one_go(spark):
    """All versions at once, many stories: the rule itself."""
    from metriccare_etl import bronze, silver

    print(f"METRICCARE_SEED={SEED}")
    rows, expected = [], {}
    for number in range(150):
        story = Story(SEED + number, 6)
        told = []
        for at, (event, text) in enumerate(story.files):
            # ids of their own for each story
            generation = f"{event:013d}-{at:024X}"
            for key in KEYS:
                text = text.replace(f'Patient/{key}"', f'Patient/{key}{number}"')
                text = text.replace(f"Patient/{key}/", f"Patient/{key}{number}/")
                text = text.replace(f'"id": "{key}"', f'"id": "{key}{number}"')
            told.append((generation, event, text))
            file = {"file_id": f"raw/fhir/{number}-{at}#{generation}", "generation": generation}
            rows += list(bronze.parse_body(io.BytesIO(text.encode()), file, "patient"))
        expected |= births(survivors(told))
    frame = spark.createDataFrame(rows, bronze.PARSED, verifySchema=False)
    found = silver.silver_rows(bronze.bronze_rows(frame, "now", "run"), "patient").collect()
    assert {row.id: row.birth_date for row in found} == expected, f"METRICCARE_SEED={SEED}"
    assert 20 < len(expected) < 580


def arrive(lake, key, text, event):
    """A file of which S3 told at this time; returns its generation."""
    put = lake.put(key, text)
    stamp = datetime.fromtimestamp(event / 1000, timezone.utc).isoformat(timespec="milliseconds")
    put["Records"][0]["eventTime"] = stamp.replace("+00:00", "Z")
    lake.receive(put)
    return next(file["generation"] for file in lake.files() if file["key"] == key)


@pytest.mark.long
def test_every_order_of_arrival_run_by_run(make_lake, spark):
    """Files come over several runs, late ones too: after each run Silver is what the files so far make it."""
    from metriccare_etl import silver

    story = Story(SEED + 1000, FILES)
    lake = make_lake()
    told, since, before = [], None, {}
    place = f"s3://{lake.bucket('silver')}/"
    for at in range(0, FILES, 2):
        for number, (event, text) in enumerate(story.files[at : at + 2], at):
            told.append((arrive(lake, f"fhir/{number}.ndjson", text, event), event, text))
        lake.bronze(f"wr_{at}")
        lake.silver(("patient",))
        now = held(lake, spark)
        assert now == births(survivors(told)), f"METRICCARE_SEED={SEED}, after {len(told)} files"
        ids = {row.id for row in silver.changed(spark, place, "patient", since).collect()}
        assert {key for key in now.keys() | before.keys() if now.get(key) != before.get(key)} <= ids
        since, before = silver.read_silver(spark, place, "patient")[1], now
    assert silver.changed(spark, place, "patient", since).collect() == []
    assert {item["status"] for item in lake.files()} == {"processed"}


@pytest.mark.long
def test_a_silver_job_that_died_on_its_way_is_made_up_for(make_lake, spark, monkeypatch):
    """The row that goes is out, what comes in its place is not: the next job finds it in Bronze."""
    from metriccare_etl import hudi

    lake = make_lake()
    second = 1_672_531_200_000
    new = {"lastUpdated": "2023-01-01T00:00:00Z"}
    arrive(lake, "fhir/1", ndjson(patient("a", birth="1950-01-01", meta=new)), second)
    arrive(lake, "fhir/2", ndjson(patient("a", birth="1951-01-01")), second + 2000)
    lake.bronze("wr_1")
    lake.silver(("patient",))
    assert held(lake, spark) == {"a": "1950-01-01"}
    # a late file: the second one, without lastUpdated, is later still
    arrive(lake, "fhir/3", ndjson(deletion("a", timestamp="2024-01-01T00:00:00Z")), second + 1000)
    lake.bronze("wr_2")
    write = hudi.write

    def dies(frame, table, operation="upsert", metadata=None):
        if metadata:
            raise RuntimeError("died")
        write(frame, table, operation, metadata)

    with monkeypatch.context() as patched:
        patched.setattr(hudi, "write", dies)
        with pytest.raises(BaseException, match="died|RuntimeError"):
            lake.silver(("patient",))
    assert held(lake, spark) == {}
    lake.silver(("patient",))
    assert held(lake, spark) == {"a": "1951-01-01"}


@pytest.mark.long
def test_what_the_ledger_is_told_of_deletions(make_lake, spark):
    """A deletion is a row of Bronze; one of what nobody reads is nothing, one by a search is told."""
    lake = make_lake()
    lines = [
        deletion("a", "b", timestamp="2023-01-01T00:00:00Z"),
        deletion("o", url="Observation/{}"),
        deletion("e", url="Encounter/{}"),
        deletion("x", url="Patient?identifier=s|{}"),
        encounter("f", "a", "2023-01-01"),
    ]
    lake.receive(lake.put("deleted/1.ndjson", ndjson(*lines)))
    lake.run("wr_1")
    (file,) = lake.files()
    assert file["status"] == "processed"
    counts = (file["rows_patient"], file["rows_encounter"], file["rows_condition"], file["records_in"])
    assert counts == (2, 2, 0, 6) and file["records_quarantined"] == 1
    rows = {row.resource_id: row.resource for row in lake.rows(spark, "bronze", "patient")}
    assert rows == {"a": None, "b": None}
    assert [row.reason for row in lake.rows(spark, "bronze", "quarantine")] == ["conditional_delete"]
    assert [row.id for row in lake.rows(spark, "silver", "encounter")] == ["f"]


def test_a_deletion_beside_a_long_resource_is_written(spark):
    rows = spark.createDataFrame(
        [("a", "x" * (bronze.LARGE + 1)), ("b", "{}"), ("c", None)], "id string, resource string"
    )
    parts = bronze._apart(rows)
    assert [sorted(row.id for row in part.collect()) for part in parts] == [["b", "c"], ["a"]]
