"""Tables of the Glue catalog as Spark reads them: by their location and format."""

import os

import boto3
from awsglue.connections import FORMATS, Unsupported

CSV_SERDES = ("OpenCSVSerde", "LazySimpleSerDe")


def client():
    return boto3.client("glue", region_name=os.environ.get("AWS_REGION"))


def get_table(database, name):
    return client().get_table(DatabaseName=database.lower(), Name=name.lower())["Table"]


def format_of(table):
    """Spark's name for the table's format."""
    parameters = table.get("Parameters", {})
    storage = table.get("StorageDescriptor", {})
    provider = parameters.get("spark.sql.sources.provider", "").lower()
    if provider:
        return provider
    if parameters.get("table_type", "").upper() == "ICEBERG":
        return "iceberg"
    formats = storage.get("InputFormat", "") + storage.get("SerdeInfo", {}).get("SerializationLibrary", "")
    classification = parameters.get("classification", "").lower()
    for name in ("hudi", "parquet", "orc", "avro", "json"):
        if name in formats.lower() or name == classification:
            return name
    if classification == "csv" or any(serde in formats for serde in CSV_SERDES):
        return "csv"
    return classification or "parquet"


def reader_options(table):
    """How to read a text table: separator, header, quote."""
    parameters = {**table.get("Parameters", {}), **table.get("StorageDescriptor", {}).get("Parameters", {})}
    serde = table.get("StorageDescriptor", {}).get("SerdeInfo", {}).get("Parameters", {})
    options = {}
    separator = serde.get("separatorChar") or serde.get("field.delim") or parameters.get("delimiter")
    if separator:
        options["sep"] = separator
    if serde.get("quoteChar"):
        options["quote"] = serde["quoteChar"]
    if str(parameters.get("skip.header.line.count", "0")) != "0":
        options["header"] = "true"
    return options


def columns_of(table):
    storage = table.get("StorageDescriptor", {})
    return [(column["Name"], column.get("Type", "string")) for column in storage.get("Columns", [])]


def read_table(spark, table):
    """A DataFrame over a table of the catalog."""
    if table.get("StorageDescriptor", {}).get("Parameters", {}).get("typeOfData") in ("kinesis", "kafka"):
        raise Unsupported("streaming sources")
    location = table["StorageDescriptor"]["Location"]
    kind = format_of(table)
    if kind not in FORMATS:
        raise Unsupported(f"the format {kind!r} of the table {table['Name']}")
    reader = spark.read.format(kind)
    if kind in ("csv", "json"):
        # Text says nothing of its columns: the catalog does. Partition columns come from the paths.
        schema = ", ".join(f"`{name}` {type_}" for name, type_ in columns_of(table))
        if schema:
            reader = reader.schema(schema)
        if kind == "csv":
            reader = reader.options(**reader_options(table))
    return reader.load(location)


SERDES = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "orc": (
        "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    ),
    "csv": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
    ),
}


def put_table(table, frame, options, kind):
    """Creates or replaces a table of the catalog for what a sink wrote."""
    database, name = table
    keys = list(options.get("partitionKeys", []))
    columns = [{"Name": field.name.lower(), "Type": field.dataType.simpleString()} for field in frame.schema.fields]
    input_format, output_format, serde = SERDES.get(kind, SERDES["parquet"])
    wanted = {
        "Name": name.lower(),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": kind, **({"skip.header.line.count": "1"} if kind == "csv" else {})},
        "PartitionKeys": [column for column in columns if column["Name"] in keys],
        "StorageDescriptor": {
            "Columns": [column for column in columns if column["Name"] not in keys],
            "Location": options["path"],
            "InputFormat": input_format,
            "OutputFormat": output_format,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"field.delim": ","} if kind == "csv" else {}},
        },
    }
    glue = client()
    try:
        glue.create_table(DatabaseName=database.lower(), TableInput=wanted)
    except glue.exceptions.AlreadyExistsException:
        glue.update_table(DatabaseName=database.lower(), TableInput=wanted)
    if keys:
        put_partitions(wanted, database.lower(), frame, keys)


def put_partitions(table, database, frame, keys):
    """Adds the partitions that the rows of a frame lie in; those that are there already stay."""
    utils = frame.sparkSession._jvm.org.apache.spark.sql.catalyst.catalog.ExternalCatalogUtils
    storage = table["StorageDescriptor"]
    wanted = []
    for row in frame.select(*keys).distinct().collect():
        values = ["__HIVE_DEFAULT_PARTITION__" if value is None else str(value) for value in row]
        path = "/".join(utils.getPartitionPathString(key, value) for key, value in zip(keys, values))
        wanted.append({"Values": values, "StorageDescriptor": {**storage, "Location": f"{storage['Location'].rstrip('/')}/{path}/"}})
    for start in range(0, len(wanted), 100):
        client().batch_create_partition(
            DatabaseName=database, TableName=table["Name"], PartitionInputList=wanted[start : start + 100]
        )
