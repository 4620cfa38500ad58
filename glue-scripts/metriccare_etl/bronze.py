"""Bronze: every resource as it came, keyed by where it came from, so that a replay changes nothing.

The executors fetch the claimed objects themselves, each by the version that was claimed: S3A cannot read an object by
version, and a file may be overwritten while a run is on.
"""

from datetime import datetime, timezone

from botocore.exceptions import ClientError
from pyspark import StorageLevel
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType, LongType, MapType, StringType, StructField, StructType

from metriccare_etl import aws, hudi
from metriccare_etl.executors import ship
from metriccare_etl.reading import read_records
from metriccare_etl.records import Broken, Found
from metriccare_etl.safe import refusal
from metriccare_etl.times import ordering

KINDS = {"Patient": "patient", "Encounter": "encounter", "Condition": "condition"}
GONE = {"NoSuchKey": "object_gone", "NoSuchVersion": "object_gone", "404": "object_gone", "412": "object_replaced"}
GONE["PreconditionFailed"] = "object_replaced"
QUARANTINE_LIMIT = 10_000  # rows a file; the ledger has the full count
NEWEST = "newest_generation"  # in a commit: no row of the table is of a later one

PARSED = StructType(
    [
        StructField("what", StringType()),  # row | broken | file
        StructField("file_id", StringType()),
        StructField("line", LongType()),
        StructField("entry", LongType()),
        StructField("resource_id", StringType()),
        StructField("ordering", StringType()),
        StructField("resource", StringType()),
        StructField("reason", StringType()),
        StructField("counts", MapType(StringType(), LongType())),
    ]
)


class ReadFailed(Exception):
    """An object could not be read for a reason that is not its content. Its text is AWS's code and what IAM refused."""


def describe_files(items, hash_key="file_id"):
    """What an executor needs of the ledger's items: plain values, largest objects first."""
    files = [
        {
            "file_id": item[hash_key],
            "bucket": item["bucket"],
            "key": item["key"],
            "version_id": item.get("version_id") or "",
            "etag": item.get("etag") or "",
            "size": int(item.get("size", 0)),
            "generation": item["generation"],
        }
        for item in items
    ]
    return sorted(files, key=lambda file: (-file["size"], file["file_id"]))


def deal(files, hands):
    """The files in `hands` lists of about the same size in bytes."""
    dealt = [[0, []] for _ in range(max(1, min(hands, len(files))))]
    for file in files:
        smallest = min(dealt, key=lambda hand: hand[0])
        smallest[0] += file["size"] + 100_000  # opening an object costs something too
        smallest[1].append(file)
    return [hand for _, hand in dealt]


def parse_files(spark, files, dataset):
    """One pass over the objects: rows of this dataset, broken records and one count line a file (PARSED)."""
    hands = deal(files, max(2, spark.sparkContext.defaultParallelism * 2))
    environment = aws.passed_on()

    def parse(hand):
        s3 = aws.s3_client(environment)
        for files_of_task in hand:
            for file in files_of_task:
                yield from parse_object(s3, file, dataset)

    spread = spark.sparkContext.parallelize(hands, len(hands)).mapPartitions(ship(parse))
    return spark.createDataFrame(spread, PARSED, verifySchema=False)


def parse_object(s3, file, dataset):
    """The PARSED tuples of one object."""
    try:
        body = open_object(s3, file)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in GONE:
            raise ReadFailed(f"{code} {refusal(error)}".strip()) from None
        counts = {"records": 1, "quarantined": 1}
        yield _broken(file, Broken(0, 0, GONE[code]))
        yield _file_line(file, counts, GONE[code])
        return
    try:
        yield from parse_body(body, file, dataset)
    except Exception as error:  # Python's own messages quote what they could not handle
        raise ReadFailed(type(error).__name__) from None
    finally:
        body.close()


def open_object(s3, file):
    """The object's bytes as a stream: by version where there is one, else only if its content is still the same."""
    wanted = {"Bucket": file["bucket"], "Key": file["key"]}
    if file["version_id"] and file["version_id"] != "null":
        wanted["VersionId"] = file["version_id"]
    elif file["etag"]:
        wanted["IfMatch"] = f'"{file["etag"]}"'
    return s3.get_object(**wanted)["Body"]


def parse_body(body, file, dataset):
    """The PARSED tuples of one object's bytes. Pure but for reading the stream."""
    counts = {"records": 0, "quarantined": 0}
    reason = None
    for record in read_records(body):
        counts["records"] += 1
        if isinstance(record, Broken):
            counts["quarantined"] += 1
            reason = reason or record.reason
            if counts["quarantined"] <= QUARANTINE_LIMIT:
                yield _broken(file, record)
        elif isinstance(record, Found):
            name = KINDS.get(record.kind, "other")
            counts[name] = counts.get(name, 0) + 1
            counts["bundle"] = counts.get("bundle", 0) + (1 if record.entry else 0)
            if name == dataset:
                yield _row(file, record)
        else:
            counts["skipped"] = counts.get("skipped", 0) + 1
    nothing_readable = counts["records"] > 0 and counts["quarantined"] == counts["records"]
    yield _file_line(file, counts, reason if nothing_readable else None)


def _row(file, record):
    place = ordering(record.last_updated, file["generation"], record.line, record.entry)
    resource_id = record.resource_id.encode("utf-8", "replace").decode()  # an escaped lone surrogate is no text
    return ("row", file["file_id"], record.line, record.entry, resource_id, place, record.text, None, None)


def _broken(file, record):
    return ("broken", file["file_id"], record.line, record.entry, None, None, None, record.reason, None)


def _file_line(file, counts, reason):
    return ("file", file["file_id"], 0, 0, None, None, None, reason, counts)


def dataset_of(counts):
    """What the ledger calls the file, from its content."""
    if counts.get("bundle"):
        return "bundle"
    kinds = [name for name in KINDS.values() if counts.get(name)]
    if len(kinds) > 1 or (kinds and counts.get("other")):
        return "mixed"
    return kinds[0] if kinds else "unknown"


def report_of(row, dataset):
    """What the ledger is told of one file, from its count line."""
    counts = row["counts"]
    return {
        "rows": counts.get(dataset, 0),
        "records_in": counts["records"],
        "quarantined": counts["quarantined"],
        "dataset": dataset_of(counts),
        "error": f"nothing readable: {row['reason']}" if row["reason"] else None,
    }


def bronze_rows(parsed, ingested_at, run_id):
    """Rows of the Bronze table. The partition is the day the file came, the same on every replay."""
    return parsed.where("what = 'row'").select(
        _source_key().alias("bronze_id"),
        F.col("resource_id"),
        F.col("ordering"),
        F.col("file_id"),
        F.col("line"),
        F.col("entry").cast(IntegerType()).alias("entry"),
        F.col("resource"),
        F.lit(run_id).alias("run_id"),
        F.lit(ingested_at).alias("ingested_at"),
        _ingest_date().alias("ingest_date"),
    )


def quarantine_rows(parsed, ingested_at, run_id):
    """Rows of the quarantine: object, line and reason, never the content."""
    return parsed.where("what = 'broken'").select(
        _source_key().alias("quarantine_id"),
        F.col("file_id"),
        F.col("line"),
        F.col("entry").cast(IntegerType()).alias("entry"),
        F.col("reason"),
        F.lit(run_id).alias("run_id"),
        F.lit(ingested_at).alias("ingested_at"),
        _ingest_date().alias("ingest_date"),
    )


def _generation():
    return F.element_at(F.split("file_id", "#"), -1)


def _source_key():
    """file_id, line and entry; the generation first, so that keys grow with time and old files are not looked into."""
    return F.concat_ws("#", _generation(), "file_id", "line", "entry")


def _ingest_date():
    millis = F.split(_generation(), "-").getItem(0).cast(LongType())
    return F.date_format(F.timestamp_millis(millis), "yyyy-MM-dd")


def bronze_table(layer_path, dataset, database=""):
    """The Bronze table of a dataset."""
    path = hudi.table_path(layer_path, dataset)
    return hudi.Table(path, dataset, "bronze_id", "ordering", "ingest_date", database, growing=True)


def quarantine_table(layer_path, database=""):
    """The table of what could not be read."""
    path = hudi.table_path(layer_path, "quarantine")
    return hudi.Table(path, "quarantine", "quarantine_id", "ingested_at", "ingest_date", database, growing=True)


def append(spark, rows, table, generations):
    """Write the rows of files of these generations, so that a replay changes nothing.

    What is newer than all that the table holds cannot be in it: it is inserted without looking. The commit itself says
    how new the table is, so a crash cannot part the two. Anything else (a replay, a late event) is upserted.
    """
    timeline = hudi.Timeline(spark, table.path)
    newest = _newest(spark, table, timeline)
    operation = hudi.INSERT if newest < min(generations) else hudi.UPSERT
    hudi.write(rows, table, operation, metadata={NEWEST: max(newest, *generations)})
    return operation


def _newest(spark, table, timeline):
    """The newest generation that the table may hold; "" when it holds nothing."""
    if timeline.latest is None:
        return ""
    told = timeline.latest_metadata(NEWEST)
    if told is not None:
        return told
    # written by somebody else, or before commits told it: looked at once
    row = hudi.read(spark, table.path).agg(F.max(F.element_at(F.split("file_id", "#"), -1))).first()
    return row[0] or ""


def ingest(spark, files, dataset, layer_path, database, run_id):
    """Parse the files, write this dataset's rows (and, for patient, the quarantine); returns {file_id: report}."""
    ingested_at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    place = (layer_path, dataset, database)
    parsed = parse_files(spark, files, dataset).persist(StorageLevel.DISK_ONLY)
    try:
        lines = parsed.where("what = 'file'").select("file_id", "reason", "counts").collect()
        reports = {row["file_id"]: report_of(row, dataset) for row in lines}
        _append_part(spark, files, reports, "rows", bronze_rows(parsed, ingested_at, run_id), bronze_table(*place))
        if dataset == "patient":
            broken = quarantine_rows(parsed, ingested_at, run_id)
            _append_part(spark, files, reports, "quarantined", broken, quarantine_table(layer_path, database))
        return reports
    finally:
        parsed.unpersist()


def _append_part(spark, files, reports, count, rows, table):
    """Write the rows of the files that have any by this count of their reports."""
    generations = [file["generation"] for file in files if reports.get(file["file_id"], {}).get(count)]
    if generations:
        append(spark, rows, table, generations)
