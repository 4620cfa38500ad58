"""Silver: the newest version of each resource, as flat fields.

A row's ordering string (DOMAIN F.4) decides against the stored row too, so late data never wins. How far Bronze was
read stands in Silver's own commit.
"""

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BooleanType, StringType, StructField, StructType

from metriccare_etl import aws, extract, hudi
from metriccare_etl.executors import ship

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
    parse = F.udf(ship(EXTRACT[dataset]), FIELDS[dataset])
    newest = bronze.groupBy("resource_id").agg(F.max_by(F.struct("ordering", "resource"), "ordering").alias("version"))
    parsed = newest.select(
        F.col("resource_id").alias("id"),
        F.col("version.ordering").alias("ordering"),
        parse("version.resource").alias("fields"),
    )
    return parsed.select("id", "ordering", "fields.*")


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
    news = hudi.read_since(spark, source, watermark, bronze.latest, bronze)
    rows = silver_rows(news.select("resource_id", "ordering", "resource"), dataset)
    hudi.write(rows, table, metadata={"bronze_instant": bronze.latest})
    return {"outcome": "written", "since": watermark, "bronze_instant": bronze.latest}


def read_silver(spark, layer_path, dataset):
    """(rows, latest instant) of a Silver table; no rows and None where it is not there yet."""
    path = hudi.table_path(layer_path, dataset)
    latest = hudi.Timeline(spark, path).latest
    columns = table_schema(dataset).fieldNames()
    if latest is None:
        return spark.createDataFrame([], table_schema(dataset)), None
    return hudi.read(spark, path).select(*columns), latest
