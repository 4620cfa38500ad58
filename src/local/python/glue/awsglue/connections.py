"""Connection types and formats of Glue, as Spark knows them."""

import fnmatch

# Glue's connection types whose data is files, and Spark formats of the same name.
FILES = ("s3", "file", "parquet", "orc", "json", "csv", "avro")
LAKE = ("hudi", "delta", "iceberg")
# Connectors bring their own Spark data source, named by `className`.
CONNECTORS = ("marketplace.spark", "custom.spark")
CONNECTOR_CLASSES = {"org.apache.hudi": "hudi", "hudi": "hudi"}
FORMATS = ("parquet", "orc", "json", "csv", "avro", "hudi")
READ_NAMES = {"separator": "sep", "withHeader": "header", "quoteChar": "quote", "escaper": "escape", "multiline": "multiLine"}  # fmt: skip
WRITE_NAMES = {**READ_NAMES, "writeHeader": "header"}
# Said to Glue's own readers and writers: how to group files, how to be fast. The data is the same without.
ONLY_GLUE = ("optimizePerformance", "useGlueParquetWriter", "attachFilename", "attachTimestamp", "blockSize", "pageSize", "version")  # fmt: skip


class Unsupported(NotImplementedError):
    """Something of Glue that the embedded AWS does not have."""

    def __init__(self, what):
        super().__init__(f"the embedded AWS does not have {what}")


def format_of_connection(connection_type, options, format):
    """Spark's name for the data source behind a connection."""
    kind = connection_type.lower()
    if kind in CONNECTORS:
        name = options.get("className", "")
        if name == "" and any(key.startswith("hoodie.") for key in options):
            name = "hudi"
        if name not in CONNECTOR_CLASSES:
            raise Unsupported(f"the connector {name or options.get('connectionName', '')!r} of {connection_type}: Hudi's alone")
        return CONNECTOR_CLASSES[name]
    if kind in LAKE:
        name = kind
    elif kind in FILES:
        name = format or (kind if kind not in ("s3", "file") else "parquet")
    else:
        raise Unsupported(f"connections of type {connection_type!r}: files in S3 and Hudi tables alone")
    name = "parquet" if name == "glueparquet" else name.lower()
    if name not in FORMATS:
        raise Unsupported(f"the format {name!r}")
    return name


def read_options(format_options):
    return renamed(format_options, READ_NAMES)


def write_options(format_options):
    return renamed(format_options, WRITE_NAMES)


def renamed(format_options, names):
    options = {}
    for key, value in (format_options or {}).items():
        if key in ONLY_GLUE:
            continue
        # -1 is Glue's word for "no such character".
        options[names.get(key, key)] = "" if value == -1 else text(value)
    return options


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def files_of(spark, paths, recurse, exclusions):
    """The paths of a source that are there, without what is excluded: Glue reads nothing where nothing is."""
    found = []
    for path in paths:
        for status in globbed(spark, path):
            found.append(status)
    if not exclusions:
        return [str(status.getPath().toString()) for status in found]
    names = [name for status in found for name in files_below(spark, status, recurse)]
    return [name for name in names if not any(excluded(name, pattern) for pattern in exclusions)]


def globbed(spark, path):
    hadoop = spark._jvm.org.apache.hadoop.fs.Path(path)
    system = hadoop.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    return list(system.globStatus(hadoop) or [])


def files_below(spark, status, recurse):
    if status.isFile():
        return [status.getPath().toString()]
    system = status.getPath().getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    names, files = [], system.listFiles(status.getPath(), recurse)
    while files.hasNext():
        names.append(files.next().getPath().toString())
    return names


def excluded(name, pattern):
    """Glue matches a glob against the whole address, or the key inside the bucket."""
    bare = name.split("://", 1)[-1]
    key = bare.split("/", 1)[-1]
    wanted = pattern.split("://", 1)[-1]
    return any(fnmatch.fnmatch(candidate, wanted) for candidate in (bare, key))
