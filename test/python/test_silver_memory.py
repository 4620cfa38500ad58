"""What Silver holds at once does not grow with the resources: not in Python, not in a JVM of 2 GB."""

import json

from pyspark.sql import functions as F

from fhir import patient
from metriccare_etl import extract, silver


def resident():
    """What to extract instead of a patient's fields: megabytes that this Python worker holds."""

    def fields(text):  # a worker cannot import this module
        import os
        from pathlib import Path

        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return (str(len(text)), str(pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000), False, None, [], None)

    return fields


def test_many_large_resources_are_not_in_a_worker_together(spark, monkeypatch):
    """Ninety of 2 MB: a batch of a hundred rows has them all (and the pickle that they come in)."""
    monkeypatch.setitem(silver.EXTRACT, "patient", resident())
    bronze = spark.range(90, numPartitions=1).select(
        F.col("id").cast("string").alias("resource_id"),
        F.lit("1").alias("ordering"),
        F.expr("repeat('x', 2000000)").alias("resource"),
    )
    held = silver.silver_rows(bronze, "patient").collect()
    assert len(held) == 90 and {row.birth_date for row in held} == {"2000000"}
    assert max(int(row.death) for row in held) < 200


def test_pieces_are_put_together_again(spark):
    """At every place of a piece's edge, through characters of several bytes; and small ones beside them."""
    texts = {
        f"p{size}": json.dumps(patient("a", birthDate="1950-01-02", note="é\U0001f600" * size), ensure_ascii=False)
        for size in (0, 1, 2700, *range(2710, 2730), 5450, 30_000)
    }
    texts["none"] = ""
    rows = [(key, order, text if order == "2" else "{}") for key, text in texts.items() for order in ("1", "2")]
    bronze = spark.createDataFrame(rows, "resource_id string, ordering string, resource string")
    found = {row.id: tuple(row)[2:] for row in silver.silver_rows(bronze, "patient").collect()}
    assert found == {key: extract.patient(text) for key, text in texts.items()}
