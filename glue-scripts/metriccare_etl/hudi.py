"""Reading and writing Hudi tables: the one place for every `hoodie.*` key.

Options of the metadata table, the timeline server and the catalog client are left to the environment
(`hudi-defaults.conf`): what a script sets wins over it. Progress is kept in the commits themselves: a commit's extra
metadata says how far its writer had read.
"""

from collections.abc import Mapping

from pyspark.sql import DataFrame, SparkSession

from metriccare_etl import java
from metriccare_etl.safe import Problem
from metriccare_etl.timeline import OWN_METADATA, Timeline

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
PROPERTIES = "hoodie.properties"
# What a commit costs must not grow with what the table holds. A new batch rewrites at most this much of an old file (a
# megabyte of Silver is some 8,000 rows, a third of a second), and looks into the filters of all files when it upserts.
SMALL_FILE_BYTES = 1024 * 1024


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
    jvm = java.jvm_of(spark)
    folder = jvm.org.apache.hadoop.fs.Path(f"{path.rstrip('/')}/.hoodie")
    files = folder.getFileSystem(java.configuration(spark))
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


def read_since(spark: SparkSession, path: str, begin: str | None, end: str, timeline: Timeline) -> DataFrame:
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
        path = java.jvm_of(frame.sparkSession).org.apache.hadoop.fs.Path(name)
        found += path.getFileSystem(java.configuration(frame.sparkSession)).getFileStatus(path).getLen()
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
