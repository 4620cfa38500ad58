"""Silver: the newest version of each resource, as flat fields.

A row's ordering string (docs/measures.md K1) decides against the stored row too, so late data never wins. How far
Bronze was read stands in Silver's own commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BooleanType, DataType, StringType, StructField, StructType

from metriccare_etl import aws, extract, hudi, registry
from metriccare_etl.executors import ship
from metriccare_etl.parsing import batches

# A UDF is handed a hundred rows at once, and an RDD as many as were small a moment ago, however long the next one is.
# So a resource goes to Python in pieces: most are one.
PIECE_BYTES = 16_384
Extract = Callable[[str], tuple[Any, ...]]
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
    """Bronze rows to Silver rows: fields out of the resource, one row a resource id."""
    content = _pieces(F.col("resource").cast("binary"))
    pieces = bronze.select("resource_id", "ordering", F.posexplode(content))
    extract = EXTRACT[dataset]

    def parse(pieces_of_task: Iterable[Any]) -> Iterator[Any]:
        yield from batches(_extracted(pieces_of_task, extract), lambda row: len(str(row)))

    schema = StructType([StructField("batch", ArrayType(table_schema(dataset)))])
    parsed = pieces.rdd.mapPartitions(ship(parse))
    made = bronze.sparkSession.createDataFrame(parsed, schema, verifySchema=False).select(F.inline("batch"))
    # the newest is chosen among fields, not among resources: those would be shuffled and sorted
    key = registry.datasets()[dataset].key
    fields = F.struct(*(name for name in made.columns if name != key))
    return made.groupBy(key).agg(F.max_by(fields, "ordering").alias("newest")).select(key, "newest.*")


def _pieces(content: Column) -> Column:
    """The bytes, cut. The lambda holds them by reference: a column would be copied whole for each piece."""

    def cut(whole: Column) -> Column:
        """Its pieces, of nothing one empty piece."""
        last = F.floor((F.octet_length(whole) - 1) / PIECE_BYTES).cast("int")
        places = F.sequence(F.lit(0), F.greatest(last, F.lit(0)))
        return F.transform(places, lambda at: whole.substr(at * PIECE_BYTES + 1, F.lit(PIECE_BYTES)))

    return F.transform(F.array(content), cut)[0]


def _extracted(pieces: Iterable[Any], extract: Extract) -> Iterator[tuple[Any, ...]]:
    """Silver rows of resources whose pieces come one after another."""
    held: tuple[str, str] | None = None
    content = bytearray()
    for resource_id, ordering, at, piece in pieces:
        if at == 0:
            if held:
                yield (*held, *_fields(content, extract))
            held = (resource_id, ordering)
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
    bronze = hudi.Timeline(spark, source)
    if bronze.latest is None:
        return {"outcome": "no_bronze"}
    watermark = hudi.Timeline(spark, table.path).metadata("bronze_instant")
    # a writer that died between its commit and the catalog is made up for by a commit without rows
    done = watermark is not None and watermark >= bronze.latest
    if done and aws.in_catalog(table.database, table.catalog_name):
        return {"outcome": "unchanged", "bronze_instant": watermark}
    with _row_by_row(spark):
        news = hudi.read_since(spark, source, watermark, bronze.latest, bronze)
        rows = silver_rows(news.select("resource_id", "ordering", "resource"), dataset)
        hudi.write(rows, table, metadata={"bronze_instant": bronze.latest})
    return {"outcome": "written", "since": watermark, "bronze_instant": bronze.latest}


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
    latest = hudi.Timeline(spark, path).latest
    columns = table_schema(dataset).fieldNames()
    if latest is None:
        return spark.createDataFrame([], table_schema(dataset)), None
    return hudi.read(spark, path).select(*columns), latest
