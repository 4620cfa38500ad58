"""Silver: the newest version of each resource, as flat fields.

A row's ordering string (docs/measures.md K1) decides against the stored row too, so late data never wins. How far
Bronze was read stands in Silver's own commit.
"""

from contextlib import contextmanager

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BooleanType, StringType, StructField, StructType

from metriccare_etl import aws, extract, hudi
from metriccare_etl.executors import ship
from metriccare_etl.parsing import batches

# A UDF is handed a hundred rows at once, and an RDD as many as were small a moment ago, however long the next one is.
# So a resource goes to Python in pieces: most are one.
PIECE_BYTES = 16_384
VECTORIZED = "spark.sql.parquet.enableVectorizedReader"

TEXT = StringType()
WORDS = ArrayType(StringType())
CODES = ArrayType(StructType([StructField("system", TEXT), StructField("code", TEXT)]))


def _schema(**fields):
    return StructType([StructField(name, kind) for name, kind in fields.items()])


FIELDS = {
    "patient": _schema(birth_date=TEXT, death=TEXT, death_unknown=BooleanType()),
    "encounter": _schema(
        status=TEXT,
        classes=WORDS,
        patient_id=TEXT,
        start=TEXT,
        end=TEXT,
        part_of=TEXT,
        priorities=WORDS,
        disposition=TEXT,
        facility=TEXT,
    ),
    "condition": _schema(
        patient_id=TEXT,
        encounter_id=TEXT,
        has_encounter=BooleanType(),
        confirmed=BooleanType(),
        codes=CODES,
        onset=TEXT,
    ),
}
EXTRACT = {"patient": extract.patient, "encounter": extract.encounter, "condition": extract.condition}


def table_schema(dataset):
    """Columns of a Silver table."""
    return StructType([StructField("id", TEXT), StructField("ordering", TEXT), *FIELDS[dataset].fields])


def silver_rows(bronze, dataset):
    """Bronze rows to Silver rows: fields out of the resource, one row a resource id."""
    content = _pieces(F.col("resource").cast("binary"))
    pieces = bronze.select("resource_id", "ordering", F.posexplode(content))
    extract = EXTRACT[dataset]

    def parse(pieces_of_task):
        yield from batches(_extracted(pieces_of_task, extract), lambda row: len(str(row)))

    schema = StructType([StructField("batch", ArrayType(table_schema(dataset)))])
    parsed = pieces.rdd.mapPartitions(ship(parse))
    made = bronze.sparkSession.createDataFrame(parsed, schema, verifySchema=False).select(F.inline("batch"))
    # the newest is chosen among fields, not among resources: those would be shuffled and sorted
    fields = F.struct(*(name for name in made.columns if name != "id"))
    return made.groupBy("id").agg(F.max_by(fields, "ordering").alias("newest")).select("id", "newest.*")


def _pieces(content):
    """The bytes, cut. The lambda holds them by reference: a column would be copied whole for each piece."""

    def cut(whole):
        """Its pieces, of nothing one empty piece."""
        last = F.floor((F.octet_length(whole) - 1) / PIECE_BYTES).cast("int")
        places = F.sequence(F.lit(0), F.greatest(last, F.lit(0)))
        return F.transform(places, lambda at: whole.substr(at * PIECE_BYTES + 1, F.lit(PIECE_BYTES)))

    return F.transform(F.array(content), cut)[0]


def _extracted(pieces, extract):
    """Silver rows of resources whose pieces come one after another."""
    held, content = None, bytearray()
    for resource_id, ordering, at, piece in pieces:
        if at == 0:
            if held:
                yield (*held, *_fields(content, extract))
            held = (resource_id, ordering)
        content += piece
    if held:
        yield (*held, *_fields(content, extract))


def _fields(content, extract):
    """The fields of a resource's bytes, which are let go first."""
    text = content.decode("utf-8", "replace")
    content.clear()
    return extract(text)


def silver_table(layer_path, dataset, database=""):
    """The Silver table of a dataset: no partitions, so that a resource's key is unique whatever changes in it."""
    return hudi.Table(hudi.table_path(layer_path, dataset), dataset, "id", "ordering", database=database)


def refresh(spark, dataset, bronze_path, silver_path, database):
    """Upsert what Bronze has gained since this table's last commit; returns what happened in counts-free words."""
    source = hudi.table_path(bronze_path, dataset)
    table = silver_table(silver_path, dataset, database)
    bronze = hudi.Timeline(spark, source)
    if bronze.latest is None:
        return {"outcome": "no_bronze"}
    watermark = hudi.Timeline(spark, table.path).metadata("bronze_instant")
    # a writer that died between its commit and the catalog is made up for by a commit without rows
    done = watermark is not None and watermark >= bronze.latest
    if done and aws.in_catalog(database, table.name):
        return {"outcome": "unchanged", "bronze_instant": watermark}
    with _row_by_row(spark):
        news = hudi.read_since(spark, source, watermark, bronze.latest, bronze)
        rows = silver_rows(news.select("resource_id", "ordering", "resource"), dataset)
        hudi.write(rows, table, metadata={"bronze_instant": bronze.latest})
    return {"outcome": "written", "since": watermark, "bronze_instant": bronze.latest}


@contextmanager
def _row_by_row(spark):
    """Parquet by rows: by columns, 4,096 resources are held at once, however long they are."""
    before = spark.conf.get(VECTORIZED)
    spark.conf.set(VECTORIZED, "false")
    try:
        yield
    finally:
        spark.conf.set(VECTORIZED, before)


def read_silver(spark, layer_path, dataset):
    """(rows, latest instant) of a Silver table; no rows and None where it is not there yet."""
    path = hudi.table_path(layer_path, dataset)
    latest = hudi.Timeline(spark, path).latest
    columns = table_schema(dataset).fieldNames()
    if latest is None:
        return spark.createDataFrame([], table_schema(dataset)), None
    return hudi.read(spark, path).select(*columns), latest
