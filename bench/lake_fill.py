"""Fills a lake with the rows of files that count as processed: the package's own parser, writer and Silver, in few commits.

A Glue job of the benchmark. Each file is the template with ids of its own. What it leaves out of a real run are the
objects in S3, the claims, and one commit for every so many files instead of for each run.
"""

import hashlib
import io
import sys
import uuid

from metriccare_etl import bronze, silver
from metriccare_etl.executors import ship
from metriccare_etl.jobs import spark_session
from metriccare_etl.parsing import parse_body


def arguments():
    """`--name value` pairs."""
    words = sys.argv[1:]
    return {words[at][2:]: words[at + 1] for at in range(len(words) - 1) if words[at].startswith("--")}


def body_of(template, number, ids):
    """The file's bytes: `@0@`, `@1@` … stand for ids of this file."""
    for index in range(ids):
        name = uuid.UUID(hashlib.md5(f"{number}-{index}".encode()).hexdigest())
        template = template.replace(f"@{index}@", str(name))
    return template.encode()


def main():
    """One dataset, Bronze and Silver."""
    given = arguments()
    spark = spark_session()
    dataset, files, commits = given["dataset"], int(given["files"]), int(given["commits"])
    template, ids, first_ms, bucket = given["template"], int(given["ids"]), int(given["first_ms"]), given["bucket"]

    def generation_of(number):
        return f"{first_ms + number:013d}-{number:024X}"

    # It is shipped with what it names: a whole module among that would take along what no worker can make anew.
    def parse(numbers):
        for number in numbers:
            generation = generation_of(number)
            file = {"file_id": f"{bucket}/fhir/bench/{number:07d}.ndjson#{generation}", "generation": generation}
            yield from parse_body(io.BytesIO(body_of(template, number, ids)), file, dataset)

    per_commit = -(-files // commits)
    for first in range(0, files, per_commit):
        last = min(files, first + per_commit)
        numbers = spark.sparkContext.range(first, last, 1, 2)
        parsed = spark.createDataFrame(numbers.mapPartitions(ship(parse)), bronze.PARSED, verifySchema=False)
        rows = bronze.bronze_rows(parsed, "2024-01-01T00:00:00.000000Z", "bench")
        table = bronze.bronze_table(given["bronze_path"], dataset, given["bronze_database"])
        bronze.append(spark, rows, table, [generation_of(first), generation_of(last - 1)])
        silver.refresh(spark, dataset, given["bronze_path"], given["silver_path"], given["silver_database"])
        print(f"{dataset}: {last} files", flush=True)


if __name__ == "__main__":
    main()
