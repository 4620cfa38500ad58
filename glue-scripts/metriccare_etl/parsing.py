"""Objects to rows: executors fetch the claimed objects and yield their records, in batches of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, LongType, MapType, StringType, StructField, StructType

from metriccare_etl import aws, registry
from metriccare_etl.claimed import Claimed
from metriccare_etl.executors import ship
from metriccare_etl.limits import Limits, Unreadable
from metriccare_etl.manifests import promised  # a function alone: it goes to the workers, and a module whole
from metriccare_etl.opening import ReadFailed, open_object
from metriccare_etl.reading import read_records
from metriccare_etl.records import Broken, Found, Gone, Manifest, Stopped
from metriccare_etl.safe import refusal
from metriccare_etl.times import event_time, ordering
from metriccare_ledger.files import File
from metriccare_ledger.schema import HASH_KEY

if TYPE_CHECKING:
    from metriccare_etl.readers import Marks, Slot

KINDS = {one.resource: one.id for one in registry.datasets().values()}  # a plain dict: it goes to the workers
QUARANTINE_LIMIT = 10_000  # rows a file; the ledger has the full count
BINARY_AFTER = 1_000  # bad lines from the start on, some of them no text: nothing else will come
PLAIN = ("object_gone", "object_replaced", "not_json", "not_a_resource", "no_id", "too_deep")  # reasons that say it all
BATCH_BYTES = 1 << 20  # on their way from Python to the JVM
BATCH_ROWS = 4096
LARGE = 8_000_000  # bytes of a resource that is written by itself


PARSED = StructType(
    [
        StructField("what", StringType()),  # row | broken | promised | file
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


def describe_files(items: Iterable[File], hash_key: str = HASH_KEY) -> list[Claimed]:
    """What an executor needs of the ledger's items: plain values, largest objects first."""
    files: list[Claimed] = [{"file_id": item[hash_key], **File(item).place()} for item in items]
    return sorted(files, key=lambda file: (-file["size"], file["file_id"]))


def deal(files: list[Claimed], hands: int) -> list[list[Claimed]]:
    """The files in `hands` lists of about the same size in bytes."""
    dealt: list[list[Claimed]] = [[] for _ in range(max(1, min(hands, len(files))))]
    weights = [0] * len(dealt)
    for file in files:
        smallest = weights.index(min(weights))
        weights[smallest] += file["size"] + 100_000  # opening an object costs something too
        dealt[smallest].append(file)
    return dealt


Parsed = tuple[Any, ...]  # one row of PARSED
Batch = tuple[list[Parsed]]
Counts = dict[str, int]


class Reading(NamedTuple):
    """How files are read: whose rows, within which limits, and who is told which file is being read."""

    dataset: str
    limits: Limits = Limits()
    bucket_key: str = ""  # KMS key of the raw bucket: refused, it concerns all files
    marks: Marks | None = None


def parse_files(spark: SparkSession, files: list[Claimed], reading: Reading) -> DataFrame:
    """One pass over the objects: rows of this dataset, broken records and one count line a file (PARSED)."""
    hands = deal(files, max(2, spark.sparkContext.defaultParallelism * 2))
    environment = aws.passed_on()

    def parse(number: int, hands_of_task: Iterable[list[Claimed]]) -> Iterator[Batch]:
        s3 = aws.s3_client(environment)
        slot = reading.marks.slot(number, environment) if reading.marks else None
        files_of_task = [file for hand in hands_of_task for file in hand]
        yield from batches(row for file in files_of_task for row in _marked(s3, file, reading, slot))
        if slot:
            slot.clear()

    spread = spark.sparkContext.parallelize(hands, len(hands)).mapPartitionsWithIndex(ship(parse))
    return spark.createDataFrame(spread, BATCHES, verifySchema=False).select(F.inline("batch"))


def _marked(s3: Any, file: Claimed, reading: Reading, slot: Slot | None) -> Iterator[Parsed]:
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


def _weight(row: Parsed) -> int:
    return len(row[6] or "")


def batches(rows: Iterable[Parsed], weigh: Callable[[Parsed], int] = _weight) -> Iterator[Batch]:
    """The rows in lists of bounded size.

    Spark would pickle as many rows at once as were small a moment ago: sixty-four bytes, or sixty-four times 60 MB.
    """
    batch: list[Parsed] = []
    size = 0
    for row in rows:
        weight = weigh(row) + 200
        if batch and (size + weight > BATCH_BYTES or len(batch) >= BATCH_ROWS):
            yield (batch,)
            batch, size = [], 0
        batch.append(row)
        size += weight
        del row
    if batch:
        yield (batch,)


def parse_object(s3: Any, file: Claimed, reading: Reading) -> Iterator[Parsed]:
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


def parse_body(body: Any, file: Claimed, dataset: str, limits: Limits | None = None) -> Iterator[Parsed]:
    """The PARSED tuples of one object's bytes. Pure but for reading the stream."""
    counts = {"records": 0, "quarantined": 0}
    reasons: Counts = {}
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
                if len(record.text) >= LARGE // 4:  # characters, of up to four bytes
                    counts["large"] = counts.get("large", 0) + 1
                row = _row(file, record)
                del record  # a large one is not held twice
                yield row
                del row
        elif isinstance(record, Gone):
            name = KINDS.get(record.kind, "other")
            counts[name] = counts.get(name, 0) + 1
            counts["bundle"] = counts.get("bundle", 0) + 1
            if name == dataset:
                yield _gone(file, record)
        elif isinstance(record, Manifest):
            counts["manifest"] = counts.get("manifest", 0) + 1
            if dataset == "patient":
                yield from _promised(file, record)
        else:
            counts["skipped"] = counts.get("skipped", 0) + 1
    yield _file_line(file, counts, stop or _nothing_readable(counts, reasons))


def _nothing_readable(counts: Counts, reasons: Counts) -> str | None:
    """Why a file fails of which no record could be read, or None."""
    if counts["records"] == 0 or counts["quarantined"] < counts["records"]:
        return None
    if "not_utf8" in reasons:
        return "not_text: its bytes are not UTF-8 (binary data, UTF-16 or Latin-1)"
    if "too_large" in reasons:
        return "too_large: no record in it can be held in memory"
    return next(iter(reasons))


def _row(file: Claimed, record: Found) -> Parsed:
    place = ordering(record.last_updated, file["generation"], record.line, record.entry)
    return ("row", file["file_id"], record.line, record.entry, _id(record), place, record.text, None, None)


def _gone(file: Claimed, record: Gone) -> Parsed:
    """A deletion is a version without a resource (docs/measures.md D1)."""
    place = ordering(record.when or event_time(file["generation"]), file["generation"], record.line, record.entry)
    return ("row", file["file_id"], record.line, record.entry, _id(record), place, None, None, None)


def _promised(file: Claimed, record: Manifest) -> Iterator[Parsed]:
    """What a manifest promises, one row a file."""
    for one in promised(record.text, file["file_id"]):
        yield ("promised", file["file_id"], record.line, 0, one.file, None, None, one.kind, {"count": one.records})


def _id(record: Found | Gone) -> str:
    return record.resource_id.encode("utf-8", "replace").decode()  # an escaped lone surrogate is no text


def _broken(file: Claimed, record: Broken) -> Parsed:
    return ("broken", file["file_id"], record.line, record.entry, None, None, None, record.reason, None)


def _file_line(file: Claimed, counts: Counts, reason: str | None) -> Parsed:
    return ("file", file["file_id"], 0, 0, None, None, None, reason, counts)
