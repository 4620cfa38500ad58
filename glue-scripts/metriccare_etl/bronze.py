"""Bronze: every resource as it came, keyed by where it came from, so that a replay changes nothing.

The executors fetch the claimed objects themselves, each by the version that was claimed: S3A cannot read an object by
version, and a file may be overwritten while a run is on.
"""

from datetime import datetime, timezone
from typing import NamedTuple

from botocore.exceptions import ClientError
from pyspark import StorageLevel
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, IntegerType, LongType, MapType, StringType, StructField, StructType

from metriccare_etl import aws, hudi
from metriccare_etl.executors import ship
from metriccare_etl.limits import Limits, Unreadable
from metriccare_etl.opening import ReadFailed, open_object
from metriccare_etl.reading import read_records
from metriccare_etl.records import Broken, Found, Stopped
from metriccare_etl.safe import refusal
from metriccare_etl.times import ordering

KINDS = {"Patient": "patient", "Encounter": "encounter", "Condition": "condition"}
QUARANTINE_LIMIT = 10_000  # rows a file; the ledger has the full count
BINARY_AFTER = 1_000  # bad lines from the start on, some of them no text: nothing else will come
PLAIN = ("object_gone", "object_replaced", "not_json", "not_a_resource", "no_id", "too_deep")  # reasons that say it all
BATCH_BYTES = 1 << 20  # on their way from Python to the JVM
BATCH_ROWS = 4096
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
BATCHES = StructType([StructField("batch", ArrayType(PARSED))])


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
            "attempt": int(item.get("attempt", 0)),
            "lost": int(item.get("lost", 0)),
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


class Reading(NamedTuple):
    """How files are read: whose rows, within which limits, and who is told which file is being read."""

    dataset: str
    limits: Limits = Limits()
    bucket_key: str = ""  # KMS key of the raw bucket: refused, it concerns all files
    marks: object = None  # readers.Marks


def parse_files(spark, files, reading):
    """One pass over the objects: rows of this dataset, broken records and one count line a file (PARSED)."""
    hands = deal(files, max(2, spark.sparkContext.defaultParallelism * 2))
    environment = aws.passed_on()

    def parse(number, hands_of_task):
        s3 = aws.s3_client(environment)
        slot = reading.marks.slot(number, environment) if reading.marks else None
        files_of_task = [file for hand in hands_of_task for file in hand]
        yield from batches(row for file in files_of_task for row in _marked(s3, file, reading, slot))
        if slot:
            slot.clear()

    spread = spark.sparkContext.parallelize(hands, len(hands)).mapPartitionsWithIndex(ship(parse))
    return spark.createDataFrame(spread, BATCHES, verifySchema=False).select(F.inline("batch"))


def _marked(s3, file, reading, slot):
    """The PARSED tuples of one object, its id standing in the ledger while they are read.

    Cleared by whatever we are told of; what is left then tells that the reader died here.
    """
    if slot is None:
        yield from parse_object(s3, file, reading)
        return
    slot.begin(file["file_id"])
    try:
        yield from parse_object(s3, file, reading)
    except MemoryError:
        raise  # as good as dead
    except Exception:
        slot.clear()
        raise


def batches(rows):
    """The rows in lists of bounded size.

    Spark would pickle as many rows at once as were small a moment ago: sixty-four bytes, or sixty-four times 60 MB.
    """
    batch, size = [], 0
    for row in rows:
        weight = len(row[6] or "") + 200
        if batch and (size + weight > BATCH_BYTES or len(batch) >= BATCH_ROWS):
            yield (batch,)
            batch, size = [], 0
        batch.append(row)
        size += weight
        del row
    if batch:
        yield (batch,)


def parse_object(s3, file, reading):
    """The PARSED tuples of one object."""
    try:
        body = open_object(s3, file, reading.limits, reading.bucket_key)
    except Unreadable as error:
        yield _broken(file, Broken(0, 0, error.code))
        yield _file_line(file, {"records": 1, "quarantined": 1}, error.code if error.code in PLAIN else error.told)
        return
    except ClientError as error:
        raise ReadFailed(f"{error.response['Error']['Code']} {refusal(error)}".strip()) from None
    try:
        yield from parse_body(body, file, reading.dataset, reading.limits)
    except MemoryError:
        raise
    except Exception as error:  # Python's own messages quote what they could not handle
        raise ReadFailed(type(error).__name__) from None
    finally:
        body.close()


def parse_body(body, file, dataset, limits=None):
    """The PARSED tuples of one object's bytes. Pure but for reading the stream."""
    counts = {"records": 0, "quarantined": 0}
    reasons = {}
    stop = None
    for record in read_records(body, limits):
        counts["records"] += 1
        if isinstance(record, Broken):
            counts["quarantined"] += 1
            reasons[record.reason] = reasons.get(record.reason, 0) + 1
            stop = record.told if isinstance(record, Stopped) else None
            if counts["quarantined"] <= QUARANTINE_LIMIT:
                yield _broken(file, record)
            if counts["quarantined"] == counts["records"] == BINARY_AFTER and "not_utf8" in reasons:
                break
        elif isinstance(record, Found):
            name = KINDS.get(record.kind, "other")
            counts[name] = counts.get(name, 0) + 1
            counts["bundle"] = counts.get("bundle", 0) + (1 if record.entry else 0)
            if name == dataset:
                row = _row(file, record)
                del record  # a large one is not held twice
                yield row
                del row
        else:
            counts["skipped"] = counts.get("skipped", 0) + 1
    yield _file_line(file, counts, stop or _nothing_readable(counts, reasons))


def _nothing_readable(counts, reasons):
    """Why a file fails of which no record could be read, or None."""
    if counts["records"] == 0 or counts["quarantined"] < counts["records"]:
        return None
    if "not_utf8" in reasons:
        return "not_text: its bytes are not UTF-8 (binary data, UTF-16 or Latin-1)"
    if "too_large" in reasons:
        return "too_large: no record in it can be held in memory"
    return next(iter(reasons))


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
        "error": error_of(row["reason"]),
    }


def error_of(reason):
    """What the ledger says of a file that failed: a stable word, and what it means where the word does not say it."""
    return reason if not reason or ":" in reason else f"nothing readable: {reason}"


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


def ingest(spark, files, reading, layer_path, database, run_id):
    """Parse the files, write this dataset's rows (and, for patient, the quarantine); returns {file_id: report}."""
    ingested_at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    dataset = reading.dataset
    place = (layer_path, dataset, database)
    parsed = parse_files(spark, files, reading).persist(StorageLevel.DISK_ONLY)
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
