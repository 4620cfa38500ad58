"""Reading and writing Hudi tables: the one place for every `hoodie.*` key.

Options of the metadata table, the timeline server and the catalog client are left to the environment
(`hudi-defaults.conf`): what a script sets wins over it. Progress is kept in the commits themselves: a commit's extra
metadata says how far its writer had read.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from metriccare_etl.safe import Problem

TABLE_NAME = "hoodie.table.name"
DATABASE_NAME = "hoodie.database.name"
TABLE_TYPE = "hoodie.datasource.write.table.type"
OPERATION = "hoodie.datasource.write.operation"
RECORD_KEY = "hoodie.datasource.write.recordkey.field"
PRECOMBINE = "hoodie.datasource.write.precombine.field"
PAYLOAD_CLASS = "hoodie.datasource.write.payload.class"
PAYLOAD_ORDERING = "hoodie.payload.ordering.field"
KEY_GENERATOR = "hoodie.datasource.write.keygenerator.class"
PARTITION_FIELD = "hoodie.datasource.write.partitionpath.field"
HIVE_STYLE = "hoodie.datasource.write.hive_style_partitioning"
COMMIT_PREFIX = "hoodie.datasource.write.commitmeta.key.prefix"
CLEAN = "hoodie.clean.automatic"
CLEAN_POLICY = "hoodie.cleaner.policy"
CLEAN_RETAINED = "hoodie.cleaner.commits.retained"
CLEAN_VERSIONS = "hoodie.cleaner.fileversions.retained"
CLEAN_EACH = "hoodie.clean.max.commits"
KEEP_MIN = "hoodie.keep.min.commits"
KEEP_MAX = "hoodie.keep.max.commits"
SMALL_FILE = "hoodie.parquet.small.file.limit"
SIZE_FROM = "hoodie.record.size.estimation.threshold"
INDEX = "hoodie.index.type"
BLOOM_ENTRIES = "hoodie.index.bloom.num_entries"
BLOOM_FALSE = "hoodie.index.bloom.fpp"
BLOOM_RANGES = "hoodie.bloom.index.prune.by.ranges"
SYNC = "hoodie.datasource.hive_sync.enable"
SYNC_MODE = "hoodie.datasource.hive_sync.mode"
SYNC_JDBC = "hoodie.datasource.hive_sync.use_jdbc"
SYNC_DATABASE = "hoodie.datasource.hive_sync.database"
SYNC_TABLE = "hoodie.datasource.hive_sync.table"
SYNC_PARTITIONS = "hoodie.datasource.hive_sync.partition_fields"
SYNC_EXTRACTOR = "hoodie.datasource.hive_sync.partition_extractor_class"
SYNC_CONDITION = "hoodie.datasource.meta_sync.condition.sync"
QUERY_TYPE = "hoodie.datasource.query.type"
BEGIN_INSTANT = "hoodie.datasource.read.begin.instanttime"
END_INSTANT = "hoodie.datasource.read.end.instanttime"
AS_OF_INSTANT = "as.of.instant"

ALLOWED = frozenset(
    value for value in list(globals().values()) if isinstance(value, str) and value.startswith("hoodie.")
)

UPSERT = "upsert"
INSERT = "insert"
DELETE = "delete"  # of the keys in the frame, whatever their ordering says
OVERWRITE = "insert_overwrite_table"
OWN_METADATA = "metriccare."
PROPERTIES = "hoodie.properties"
# What a commit costs must not grow with what the table holds. A new batch rewrites at most this much of an old file (a
# megabyte of Silver is some 8,000 rows, a third of a second), and looks into the filters of all files when it upserts.
SMALL_FILE_BYTES = 1024 * 1024
COMMIT_FILE = re.compile(r"(\d{17}|\d{14})(?:_\d+)?\.(commit|replacecommit|deltacommit)")


class Table:
    """One Hudi table: where it is, its key, ordering and partition columns, and whether its keys grow with time."""

    def __init__(
        self,
        path: str,
        name: str,
        key: str,
        ordering: str,
        partition: str = "",
        database: str = "",
        growing: bool = False,
    ) -> None:
        self.path = path
        self.name = name
        self.key = key
        self.ordering = ordering
        self.partition = partition
        # `database.prefix_` where layers share a database: their tables then have names of their own in the catalog.
        self.database, _, prefix = database.partition(".")
        self.catalog_name = prefix + name
        self.growing = growing


def jvm_of(spark: SparkSession) -> Any:
    """Java's world behind the session; py4j finds its members as they are asked for."""
    return spark._jvm


def _configuration(spark: SparkSession) -> Any:
    return spark._jsc.hadoopConfiguration()


def table_path(layer_path: str, name: str) -> str:
    """`<layer path><table>/`, whether or not the layer's path ends with a slash."""
    return f"{layer_path.rstrip('/')}/{name}/"


def write_options(table: Table, operation: str) -> dict[str, str]:
    """All write options of a table; a pure function of the table's description."""
    options = {
        TABLE_NAME: table.name,
        TABLE_TYPE: "COPY_ON_WRITE",
        OPERATION: operation,
        RECORD_KEY: table.key,
        PRECOMBINE: table.ordering,
        # 0.15's default payload lets a late row win; this one compares with the stored row
        PAYLOAD_CLASS: "org.apache.hudi.common.model.DefaultHoodieRecordPayload",
        PAYLOAD_ORDERING: table.ordering,
        KEY_GENERATOR: f"org.apache.hudi.keygen.{'Simple' if table.partition else 'Nonpartitioned'}KeyGenerator",
        PARTITION_FIELD: table.partition,
        HIVE_STYLE: "true",
        COMMIT_PREFIX: OWN_METADATA,
        CLEAN: "true",
        CLEAN_POLICY: "KEEP_LATEST_COMMITS",
        CLEAN_RETAINED: "10",
        CLEAN_EACH: "20",  # by default each commit cleans, and that costs a third of a small one
        KEEP_MIN: "20",
        KEEP_MAX: "30",
        SMALL_FILE: str(SMALL_FILE_BYTES),
        SIZE_FROM: "0.0",  # the last commit tells how long a row is; by default up to thirty are read for a long one
        INDEX: "BLOOM",  # Spark's default, SIMPLE, reads every key of the table at every upsert
        BLOOM_ENTRIES: "10000",  # a filter grows with its file; by default each has half a megabyte, and all are read
        BLOOM_FALSE: "0.000001",  # a wrong guess costs one look into a file; 1e-9 is for billions of keys
        BLOOM_RANGES: "true" if table.growing else "false",  # of random keys, every file's range holds all
    }
    return {**options, **_sync_options(table)} if table.database else options


def _sync_options(table: Table) -> dict[str, str]:
    """AWS's documented set for the Data Catalog."""
    extractor = "MultiPartKeysValueExtractor" if table.partition else "NonPartitionedExtractor"
    return {
        DATABASE_NAME: table.database,
        SYNC: "true",
        SYNC_MODE: "hms",
        SYNC_JDBC: "false",
        SYNC_DATABASE: table.database,
        SYNC_TABLE: table.catalog_name,
        SYNC_PARTITIONS: table.partition,
        SYNC_EXTRACTOR: f"org.apache.hudi.hive.{extractor}",
        SYNC_CONDITION: "true",  # else every commit may add a version of the catalog's table
    }


def write(
    frame: DataFrame,
    table: Table,
    operation: str = UPSERT,
    metadata: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> None:
    """Write a batch. `metadata` goes into the commit: `{"watermark": …}` is read back by `Timeline.metadata`."""
    own = {f"{OWN_METADATA}{name}": value for name, value in (metadata or {}).items()}
    options = {**write_options(table, operation), **(options or {}), **own}
    clear_half_made(frame.sparkSession, table.path)
    # append is Hudi's mode for every operation: overwrite would drop the table and its timeline
    frame.write.format("hudi").options(**options).mode("append").save(table.path)


def clear_half_made(spark: SparkSession, path: str) -> None:
    """Take away what a writer left that died while it made the table: Hudi refuses every later write to it.

    The table's properties come after its folders and before its first commit, so nothing is lost. One writer a table.
    """
    jvm = jvm_of(spark)
    folder = jvm.org.apache.hadoop.fs.Path(f"{path.rstrip('/')}/.hoodie")
    files = folder.getFileSystem(_configuration(spark))
    made = (PROPERTIES, f"{PROPERTIES}.backup")
    if not files.exists(folder) or any(files.exists(jvm.org.apache.hadoop.fs.Path(folder, name)) for name in made):
        return
    if Timeline(spark, path).latest is not None:
        raise Problem(f"the Hudi table {path} has commits and no {PROPERTIES}: restore it from an older version")
    files.delete(folder, True)


def read(spark: SparkSession, path: str) -> DataFrame:
    """A snapshot of the table, without Hudi's own columns but the commit time."""
    return _without_meta(spark.read.format("hudi").load(path))


def read_at(spark: SparkSession, path: str, instant: str) -> DataFrame:
    """The table as this commit left it, whoever writes meanwhile."""
    return _without_meta(spark.read.format("hudi").option(AS_OF_INSTANT, instant).load(path))


def read_since(spark: SparkSession, path: str, begin: str | None, end: str, timeline: "Timeline") -> DataFrame:
    """Rows written after instant `begin` (None: all) up to `end`.

    Where `begin` has left the active timeline, the snapshot is filtered instead: slower, and the same rows.
    """
    if begin and timeline.covers(begin):
        options = {QUERY_TYPE: "incremental", BEGIN_INSTANT: begin, END_INSTANT: end}
        return _without_meta(spark.read.format("hudi").options(**options).load(path))
    frame = spark.read.format("hudi").load(path).where(f"_hoodie_commit_time <= '{end}'")
    return _without_meta(frame.where(f"_hoodie_commit_time > '{begin}'") if begin else frame)


def bytes_of(frame: DataFrame, most: int) -> int:
    """Bytes of the table files behind a frame, looked at until they are `most`.

    Spark's own estimate is the greatest number there is for a relation that it cannot look into, as Hudi's may be where
    the session has not Hudi's extension (Glue's has it only if `--conf` says so).
    """
    found = 0
    for name in frame.inputFiles():
        path = jvm_of(frame.sparkSession).org.apache.hadoop.fs.Path(name)
        found += path.getFileSystem(_configuration(frame.sparkSession)).getFileStatus(path).getLen()
        if found >= most:
            break
    return found


def _without_meta(frame: DataFrame) -> DataFrame:
    return frame.drop(
        "_hoodie_commit_time",
        "_hoodie_commit_seqno",
        "_hoodie_record_key",
        "_hoodie_partition_path",
        "_hoodie_file_name",
    )


class Timeline:
    """Completed commits of a table (version 6: `<path>.hoodie/<instant>.commit`), read through Spark's file system."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        self._jvm = jvm_of(spark)
        self._folder = self._jvm.org.apache.hadoop.fs.Path(f"{path.rstrip('/')}/.hoodie")
        self._files = self._folder.getFileSystem(_configuration(spark))
        self._commits = self._list()  # {instant: file name}, oldest first
        self._said: dict[str, dict[str, Any]] = {}

    def _list(self) -> dict[str, str]:
        found = {}
        for name in self._names():
            match = COMMIT_FILE.fullmatch(name)
            if match:
                found[match.group(1)] = name
        return dict(sorted(found.items()))

    def _names(self) -> list[str]:
        try:
            statuses = self._files.listStatus(self._folder)
        except Exception as error:
            if _java_class(error) == "java.io.FileNotFoundException":
                return []
            raise
        return [status.getPath().getName() for status in statuses]

    @property
    def latest(self) -> str | None:
        """The newest completed instant, or None: the table is not there, or nothing was ever committed to it."""
        return next(reversed(self._commits), None)

    def covers(self, instant: str) -> bool:
        """True when no commit after this instant can have left the active timeline."""
        first = next(iter(self._commits), None)
        return first is not None and first <= instant

    def holds(self, instant: str) -> bool:
        """Whether this is a completed commit of the active timeline: not archived, rolled back or of a table before."""
        return instant in self._commits

    def metadata(self, name: str) -> str | None:
        """What the newest commit that has it says under this name, or None."""
        for file_name in reversed(list(self._commits.values())):
            extra = self._read(file_name).get("extraMetadata") or {}
            if OWN_METADATA + name in extra:
                return str(extra[OWN_METADATA + name])
        return None

    def latest_metadata(self, name: str) -> str | None:
        """What the newest commit says under this name, or None."""
        if self.latest is None:
            return None
        found: str | None = (self._read(self._commits[self.latest]).get("extraMetadata") or {}).get(OWN_METADATA + name)
        return found

    def has_columns(self, names: Iterable[str]) -> bool:
        """Whether the newest commit's rows have these columns; Hudi says their schema in it."""
        if self.latest is None:
            return False
        schema = (self._read(self._commits[self.latest]).get("extraMetadata") or {}).get("schema") or "{}"
        found = {field["name"] for field in json.loads(schema).get("fields", ())}
        return found.issuperset(names)

    def _read(self, file_name: str) -> dict[str, Any]:
        # a completed commit is never another one
        if file_name not in self._said:
            self._said[file_name] = self._parse(file_name)
        return self._said[file_name]

    def _parse(self, file_name: str) -> dict[str, Any]:
        path = self._jvm.org.apache.hadoop.fs.Path(self._folder, file_name)
        stream = self._files.open(path)
        try:
            data = bytes(self._jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
        finally:
            stream.close()
        return json.loads(data) if data.strip() else {}


def _java_class(error: BaseException) -> str:
    java = getattr(error, "java_exception", None)
    return java.getClass().getName() if java is not None else ""
