"""Silver: the newest version of each resource that is not deleted, as flat fields.

A row's ordering string (docs/measures.md K1) decides against the stored row too, so late data never wins. How far
Bronze was read stands in Silver's own commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BooleanType, DataType, StringType, StructField, StructType

from metriccare_etl import aws, deletions, extract, hudi, registry
from metriccare_etl.executors import ship
from metriccare_etl.parsing import batches
from metriccare_etl.timeline import Timeline
from metriccare_etl.times import event_time

# A UDF is handed a hundred rows at once, and an RDD as many as were small a moment ago, however long the next one is.
# So a resource goes to Python in pieces: most are one.
PIECE_BYTES = 16_384
Extract = Callable[[str], tuple[Any, ...]]
BRONZE_INSTANT = "bronze_instant"  # in a commit: how far Bronze was read
LINKS = "links"  # in a commit of the patients: some version may have named another one
LINKED = "replaced_by IS NOT NULL OR size(replaces) > 0"
VECTORIZED = "spark.sql.parquet.enableVectorizedReader"

TEXT = StringType()
KINDS: dict[str, DataType] = {  # of columns, as the registry spells them
    "string": TEXT,
    "boolean": BooleanType(),
    "array<string>": ArrayType(TEXT),
    "array<struct<system:string,code:string>>": ArrayType(
        StructType([StructField("system", TEXT), StructField("code", TEXT)])
    ),
}
# What the columns are taken from is code: one function a dataset, its tuple in the order of the columns.
EXTRACT: dict[str, Extract] = {
    "patient": extract.patient,
    "encounter": extract.encounter,
    "condition": extract.condition,
}


def table_schema(dataset: str) -> StructType:
    """Columns of a Silver table: the key, how new the version is, and what the registry says."""
    one = registry.datasets()[dataset]
    fields = [StructField(name, KINDS[kind]) for name, kind in one.columns.items()]
    return StructType([StructField(one.key, TEXT), StructField("ordering", TEXT), *fields])


def silver_rows(bronze: DataFrame, dataset: str) -> DataFrame:
    """Bronze rows to Silver rows, as if there were no others: one row a resource id, its newest version."""
    versions = versions_of(bronze, dataset)
    key = registry.datasets()[dataset].key
    return newest(deletions.staying(versions, deletions.gone_of(versions, key), key), key)


def versions_of(bronze: DataFrame, dataset: str) -> DataFrame:
    """Bronze rows with the fields out of the resource; `gone` where it is none but a deletion."""
    content = _pieces(F.coalesce("resource", F.lit("")).cast("binary"))
    pieces = bronze.select("resource_id", "ordering", F.col("resource").isNull().alias("gone"), F.posexplode(content))
    extract = EXTRACT[dataset]

    def parse(pieces_of_task: Iterable[Any]) -> Iterator[Any]:
        yield from batches(_extracted(pieces_of_task, extract), lambda row: len(str(row)))

    table = table_schema(dataset)
    row = StructType([*table.fields[:2], StructField("gone", BooleanType()), *table.fields[2:]])
    parsed = pieces.rdd.mapPartitions(ship(parse))
    schema = StructType([StructField("batch", ArrayType(row))])
    return bronze.sparkSession.createDataFrame(parsed, schema, verifySchema=False).select(F.inline("batch"))


def newest(versions: DataFrame, key: str) -> DataFrame:
    """The newest version of each id, as a row of Silver."""
    # the newest is chosen among fields, not among resources: those would be shuffled and sorted
    fields = F.struct(*(name for name in versions.columns if name not in (key, "gone")))
    chosen = versions.where("NOT gone").groupBy(key).agg(F.max_by(fields, "ordering").alias("newest"))
    return chosen.select(key, "newest.*")


def _pieces(content: Column) -> Column:
    """The bytes, cut. The lambda holds them by reference: a column would be copied whole for each piece."""

    def cut(whole: Column) -> Column:
        """Its pieces, of nothing one empty piece."""
        last = F.floor((F.octet_length(whole) - 1) / PIECE_BYTES).cast("int")
        places = F.sequence(F.lit(0), F.greatest(last, F.lit(0)))
        return F.transform(places, lambda at: whole.substr(at * PIECE_BYTES + 1, F.lit(PIECE_BYTES)))

    return F.transform(F.array(content), cut)[0]


def _extracted(pieces: Iterable[Any], extract: Extract) -> Iterator[tuple[Any, ...]]:
    """Versions of resources whose pieces come one after another."""
    held: tuple[str, str, bool] | None = None
    content = bytearray()
    for resource_id, ordering, gone, at, piece in pieces:
        if at == 0:
            if held:
                yield (*held, *_fields(content, extract))
            held = (resource_id, ordering, gone)
        content += piece
    if held:
        yield (*held, *_fields(content, extract))


def _fields(content: bytearray, extract: Extract) -> tuple[Any, ...]:
    """The fields of a resource's bytes, which are let go first."""
    text = content.decode("utf-8", "replace")
    content.clear()
    return extract(text)


def silver_table(layer_path: str, dataset: str, database: str = "") -> hudi.Table:
    """The Silver table of a dataset: no partitions, so that a resource's key is unique whatever changes in it."""
    key = registry.datasets()[dataset].key
    return hudi.Table(hudi.table_path(layer_path, dataset), dataset, key, "ordering", database=database)


def refresh(spark: SparkSession, dataset: str, bronze_path: str, silver_path: str, database: str) -> dict[str, Any]:
    """Upsert what Bronze has gained since this table's last commit; returns what happened in counts-free words."""
    source = hudi.table_path(bronze_path, dataset)
    table = silver_table(silver_path, dataset, database)
    bronze = Timeline(spark, source)
    if bronze.latest is None:
        return {"outcome": "no_bronze"}
    own = Timeline(spark, table.path)
    # rows that an older package made lack what this one takes from a resource: all of Bronze is read once more
    watermark = own.metadata(BRONZE_INSTANT) if own.has_columns(registry.datasets()[dataset].columns) else None
    # a writer that died between its commit and the catalog is made up for by a commit without rows
    done = watermark is not None and watermark >= bronze.latest
    if done and aws.in_catalog(table.database, table.catalog_name):
        return {"outcome": "unchanged", "bronze_instant": watermark}
    with _row_by_row(spark):
        news = hudi.read_since(spark, source, watermark, bronze.latest, bronze)
        versions = versions_of(news.select("resource_id", "ordering", "resource"), dataset)
        versions = versions.persist(StorageLevel.DISK_ONLY)  # looked at more than once, and resources are long
        try:
            rows = _settle(spark, versions, dataset, source, silver_path, table)
            metadata = {BRONZE_INSTANT: bronze.latest}
            if dataset == "patient":
                # for who looks for merged patients; "no" is said too, else every commit would be asked
                linked = own.metadata(LINKS) == "true" or not versions.where(LINKED).isEmpty()
                metadata[LINKS] = "true" if linked else "false"
            hudi.write(rows, table, metadata=metadata)
        finally:
            versions.unpersist()
    return {"outcome": "written", "since": watermark, "bronze_instant": bronze.latest}


def _settle(
    spark: SparkSession, versions: DataFrame, dataset: str, source: str, silver_path: str, table: hudi.Table
) -> DataFrame:
    """The rows to upsert. What is deleted in these versions is taken from the table first.

    A row that goes gives way to an older version where that one stays: it would lose against the row's ordering.
    """
    key = table.key
    deleted = deletions.Deleted(spark, silver_path, dataset)
    fresh = deletions.gone_of(versions, key)
    if fresh.isEmpty():
        staying = deletions.staying(versions, deleted.known(), key) if deleted.is_there else versions
        return newest(staying, key)
    gone = deletions.together(fresh, deleted.known())
    touched = gone.join(fresh.select("id"), "id", "left_semi").persist()
    stored, latest = read_silver(spark, silver_path, dataset)
    # before the rows go: who asks what has changed since finds them there
    deleted.write(touched, latest)
    held = stored.select(key, "ordering").join(touched.select(F.col("id").alias(key)), key, "left_semi").persist()
    leaving = deletions.taken(held, touched, key)
    lacking = touched.join(
        deletions.staying(held, touched, key).select(F.col(key).alias("id")), "id", "left_anti"
    ).persist()
    older = _older(spark, source, dataset, lacking)
    rows = newest(deletions.staying(versions, gone, key).unionByName(deletions.staying(older, gone, key)), key)
    if not leaving.isEmpty():
        hudi.write(leaving, table, hudi.DELETE)
    return rows


def _older(spark: SparkSession, source: str, dataset: str, lacking: DataFrame) -> DataFrame:
    """Versions in Bronze that can take the place of what a deletion took away.

    Only one without lastUpdated can, in the file of the deletion or a later one: any other would be newer than the row
    that went. Files lie by the day that they came.
    """
    generation = lacking.agg(F.min("gone_generation")).first()
    if generation is None or generation[0] is None:
        return versions_of(spark.createDataFrame([], "resource_id string, ordering string, resource string"), dataset)
    rows = hudi.read(spark, source).where(F.col("ingest_date") >= event_time(generation[0])[:10])
    rows = rows.where(F.col("ordering").startswith(f"{deletions.NO_TIME}-"))
    rows = rows.join(lacking.select(F.col("id").alias("resource_id")), "resource_id", "left_semi")
    return versions_of(rows.select("resource_id", "ordering", "resource"), dataset)


def changed(spark: SparkSession, layer_path: str, dataset: str, since: str | None) -> DataFrame:
    """Every resource that Silver has gained, changed or dropped after this instant of it; None: all.

    As it is now, and with nothing but its id where it was dropped: Hudi's incremental read does not show that, so it
    stands in a table of its own. One that was dropped and is back is there twice.
    """
    path = hudi.table_path(layer_path, dataset)
    timeline = Timeline(spark, path)
    schema = table_schema(dataset)
    gone = deletions.Deleted(spark, layer_path, dataset).since(since).withColumnRenamed("id", schema.fieldNames()[0])
    if timeline.latest is None:
        return spark.createDataFrame([], schema).unionByName(gone, allowMissingColumns=True)
    found = hudi.read_since(spark, path, since, timeline.latest, timeline)
    rows = found.select(*(_column(found, field) for field in schema))
    return rows.unionByName(gone, allowMissingColumns=True)


@contextmanager
def _row_by_row(spark: SparkSession) -> Iterator[None]:
    """Parquet by rows: by columns, 4,096 resources are held at once, however long they are."""
    before = spark.conf.get(VECTORIZED) or "true"
    spark.conf.set(VECTORIZED, "false")
    try:
        yield
    finally:
        spark.conf.set(VECTORIZED, before)


def read_silver(spark: SparkSession, layer_path: str, dataset: str) -> tuple[DataFrame, str | None]:
    """(rows, latest instant) of a Silver table; no rows and None where it is not there yet."""
    path = hudi.table_path(layer_path, dataset)
    latest = Timeline(spark, path).latest
    if latest is None:
        return spark.createDataFrame([], table_schema(dataset)), None
    rows = hudi.read(spark, path)
    # a table that an older package wrote lacks the columns that are new; its job makes them at its next run
    return rows.select(*(_column(rows, field) for field in table_schema(dataset))), latest


def _column(rows: DataFrame, field: StructField) -> Column:
    return F.col(field.name) if field.name in rows.columns else F.lit(None).cast(field.dataType).alias(field.name)
