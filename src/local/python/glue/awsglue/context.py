"""GlueContext over the Spark session: reading and writing by catalog and by options."""

import json
import sys
import warnings

from awsglue import catalog
from awsglue.connections import LAKE, Unsupported, files_of, format_of_connection, read_options, write_options
from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection
from pyspark.sql import SparkSession, SQLContext
from pyspark.sql.types import StructType


class Logger:
    """What Glue's logger writes goes to the error stream, as there."""

    def _write(self, level, message):
        # \x1e marks a line of the Glue logger: these go to the error log group, unlike the script's own stderr.
        print(f"\x1e{level} {message}", file=sys.stderr, flush=True)

    def info(self, message):
        self._write("INFO", message)

    def warn(self, message):
        self._write("WARN", message)

    warning = warn

    def error(self, message):
        self._write("ERROR", message)

    def debug(self, message):
        pass


class GlueContext(SQLContext):
    def __init__(self, sparkContext, **options):
        self.spark_session = SparkSession(sparkContext)
        with warnings.catch_warnings():
            # That SQLContext is deprecated is AWS's business.
            warnings.simplefilter("ignore")
            super().__init__(sparkContext, self.spark_session)
        self._jvm = sparkContext._jvm
        self.create_dynamic_frame = Reader(self, self.create_dynamic_frame_from_catalog, self.create_dynamic_frame_from_options, self.create_dynamic_frame_from_rdd)  # fmt: skip
        self.create_data_frame = Reader(self, self.create_data_frame_from_catalog, self.create_data_frame_from_options)
        self.write_dynamic_frame = Writer(self, self.write_dynamic_frame_from_catalog, self.write_dynamic_frame_from_options)  # fmt: skip
        self.write_data_frame = Writer(self, self.write_data_frame_from_catalog, self.write_data_frame_from_options)

    def get_logger(self):
        return Logger()

    def getSparkSession(self):
        return self.spark_session

    def get_catalog_schema_as_spark_schema(self, database=None, table_name=None, catalog_id=None):
        return self.create_data_frame_from_catalog(database, table_name).schema

    # Reading

    def create_data_frame_from_catalog(self, database=None, table_name=None, push_down_predicate="", additional_options=None, transformation_ctx="", name_space=None, redshift_tmp_dir="", catalog_id=None, **_options):  # fmt: skip
        frame = catalog.read_table(self.spark_session, catalog.get_table(database or name_space, table_name))
        return frame.where(push_down_predicate) if push_down_predicate else frame

    def create_dynamic_frame_from_catalog(self, database=None, table_name=None, redshift_tmp_dir="", transformation_ctx="", push_down_predicate="", additional_options=None, catalog_id=None, name_space=None, **_options):  # fmt: skip
        frame = self.create_data_frame_from_catalog(database, table_name, push_down_predicate, name_space=name_space)
        return DynamicFrame(frame, self, transformation_ctx)

    def create_data_frame_from_options(self, connection_type, connection_options=None, format=None, format_options=None, transformation_ctx="", push_down_predicate="", **_options):  # fmt: skip
        options = dict(connection_options or {})
        kind = format_of_connection(connection_type, options, format)
        paths = paths_of(options)
        if kind in LAKE:
            options = {key: value for key, value in options.items() if key not in ("paths", "path", "className", "connectionName")}
            reader = self.spark_session.read.format(kind).options(**{**options, **(format_options or {})})
            frame = reader.load(paths[0])
        else:
            frame = self.read_files(kind, paths, options, format_options)
        return frame.where(push_down_predicate) if push_down_predicate else frame

    def read_files(self, kind, paths, options, format_options):
        reader = self.spark_session.read.format(kind).options(**read_options(format_options))
        if options.get("recurse"):
            reader = reader.option("recursiveFileLookup", "true")
        frame = reader.load(paths)
        if kind == "csv" and str((format_options or {}).get("withHeader", False)).lower() != "true":
            # Glue's names of columns without a header.
            frame = frame.toDF(*[f"col{index}" for index in range(len(frame.columns))])
        return frame

    def create_dynamic_frame_from_options(self, connection_type, connection_options=None, format=None, format_options=None, transformation_ctx="", push_down_predicate="", **_options):  # fmt: skip
        options = dict(connection_options or {})
        if format_of_connection(connection_type, options, format) not in LAKE:
            exclusions = options.pop("exclusions", [])
            paths = files_of(self.spark_session, paths_of(options), bool(options.get("recurse")), as_patterns(exclusions))
            if not paths:
                return DynamicFrame(self.spark_session.createDataFrame([], StructType([])), self, transformation_ctx)
            options["paths"] = paths
        frame = self.create_data_frame_from_options(connection_type, options, format, format_options, push_down_predicate=push_down_predicate)  # fmt: skip
        return DynamicFrame(frame, self, transformation_ctx)

    def create_dynamic_frame_from_rdd(self, data, name, schema=None, sample_ratio=None, transformation_ctx=""):
        return DynamicFrame(self.spark_session.createDataFrame(data, schema, sample_ratio), self, name)

    # Writing

    def write_data_frame_from_options(self, frame, connection_type, connection_options=None, format=None, format_options=None, transformation_ctx="", **_options):  # fmt: skip
        options = dict(connection_options or {})
        kind = format_of_connection(connection_type, options, format)
        path = options.pop("path", None)
        partitions = options.pop("partitionKeys", [])
        writer = frame.write.format(kind).mode(options.pop("mode", "append"))
        if kind in LAKE:
            options = {key: value for key, value in options.items() if key not in ("className", "connectionName")}
            writer.options(**{**options, **(format_options or {})}).save(path)
            return frame
        if partitions:
            writer = writer.partitionBy(*partitions)
        if options.get("compression"):
            writer = writer.option("compression", options["compression"])
        header = {"header": "true"} if kind == "csv" else {}
        writer.options(**{**header, **write_options(format_options)}).save(path)
        return frame

    def write_dynamic_frame_from_options(self, frame, connection_type, connection_options=None, format=None, format_options=None, transformation_ctx="", **_options):  # fmt: skip
        if isinstance(frame, DynamicFrameCollection):
            for part in frame.values():
                self.write_dynamic_frame_from_options(part, connection_type, connection_options, format, format_options)
            return frame
        self.write_data_frame_from_options(frame.toDF(), connection_type, connection_options, format, format_options)
        return frame

    def write_data_frame_from_catalog(self, frame, database=None, table_name=None, additional_options=None, transformation_ctx="", name_space=None, redshift_tmp_dir="", catalog_id=None, **_options):  # fmt: skip
        table = catalog.get_table(database or name_space, table_name)
        kind = catalog.format_of(table)
        options = dict(additional_options or {})
        options.pop("path", None)
        updates = options.pop("enableUpdateCatalog", False)
        partitions = options.pop("partitionKeys", None) or [key["Name"] for key in table.get("PartitionKeys", [])]
        text_options = catalog.reader_options(table) if kind == "csv" else {}
        writer = frame.write.format(kind).mode("append").options(**text_options, **options)
        if partitions and kind not in LAKE:
            writer = writer.partitionBy(*partitions)
        writer.save(table["StorageDescriptor"]["Location"])
        if partitions and updates:
            catalog.put_partitions(table, (database or name_space).lower(), frame, partitions)
        return frame

    def write_dynamic_frame_from_catalog(self, frame, database=None, table_name=None, redshift_tmp_dir="", transformation_ctx="", additional_options=None, catalog_id=None, name_space=None, **_options):  # fmt: skip
        self.write_data_frame_from_catalog(frame.toDF(), database or name_space, table_name, additional_options)
        return frame

    def getSink(self, connection_type, format=None, transformation_ctx="", **options):
        return Sink(self, connection_type, format, options)

    def getSource(self, connection_type, transformation_ctx="", push_down_predicate="", **options):
        return Source(self, connection_type, options)

    def forEachBatch(self, frame, batch_function, options=None):
        raise Unsupported("streaming sources (forEachBatch)")

    def create_sample_dynamic_frame_from_catalog(self, database=None, table_name=None, num=0, *_more, **_options):
        return DynamicFrame(self.create_data_frame_from_catalog(database, table_name).limit(num), self)

    def extract_jdbc_conf(self, connection_name, catalog_id=None):
        raise Unsupported("JDBC connections")

    def purge_table(self, database, table_name, options=None, transformation_ctx="", catalog_id=None):
        self.purge_s3_path(catalog.get_table(database, table_name)["StorageDescriptor"]["Location"])

    def purge_s3_path(self, s3_path, options=None, transformation_ctx=""):
        path = self._jvm.org.apache.hadoop.fs.Path(s3_path)
        path.getFileSystem(self.spark_session.sparkContext._jsc.hadoopConfiguration()).delete(path, True)


class Reader:
    """`glueContext.create_dynamic_frame.from_catalog(…)` and its like."""

    def __init__(self, context, from_catalog, from_options, from_rdd=None):
        self._glue_context = context
        self._catalog = from_catalog
        self._options = from_options
        self._rdd = from_rdd

    def from_catalog(self, database=None, table_name=None, *args, **options):
        return self._catalog(database, table_name, *args, **options)

    def from_options(self, connection_type, *args, **options):
        return self._options(connection_type, *args, **options)

    def from_rdd(self, data, name, *args, **options):
        return self._rdd(data, name, *args, **options)


class Writer:
    """`glueContext.write_dynamic_frame.from_options(…)` and its like."""

    def __init__(self, context, from_catalog, from_options):
        self._glue_context = context
        self._catalog = from_catalog
        self._options = from_options

    def from_catalog(self, frame, database=None, table_name=None, *args, **options):
        return self._catalog(frame, database, table_name, *args, **options)

    def from_options(self, frame, connection_type, *args, **options):
        return self._options(frame, connection_type, *args, **options)

    def from_jdbc_conf(self, *_args, **_options):
        raise Unsupported("JDBC connections")


class Source:
    """`getSource(…)`, then `setFormat`, `getFrame`."""

    def __init__(self, context, connection_type, options):
        self._context = context
        self._type = connection_type
        self._options = dict(options)
        self._format = None
        self._format_options = {}

    def setFormat(self, format, **options):
        self._format = format
        self._format_options = options

    def getFrame(self):
        return self._context.create_dynamic_frame_from_options(self._type, self._options, self._format, self._format_options)


class Sink:
    """`getSink(…)`, then `setCatalogInfo`, `setFormat`, `writeFrame`."""

    def __init__(self, context, connection_type, format, options):
        self._context = context
        self._type = connection_type
        self._format = format
        self._options = dict(options)
        self._format_options = {}
        self._table = None

    def setCatalogInfo(self, catalogDatabase=None, catalogTableName=None, catalogId=""):
        self._table = (catalogDatabase, catalogTableName)

    def setFormat(self, format, **options):
        self._format = format
        self._format_options = options

    def setAccumulableSize(self, size):
        pass

    def writeFrame(self, dynamic_frame, info=""):
        frame = dynamic_frame.toDF()
        options = {key: value for key, value in self._options.items() if key in ("path", "partitionKeys", "mode")}
        self._context.write_data_frame_from_options(frame, self._type, options, self._format, self._format_options)
        if self._table is not None and self._options.get("enableUpdateCatalog"):
            kind = format_of_connection(self._type, options, self._format)
            catalog.put_table(self._table, frame, options, kind)
        return dynamic_frame

    write = writeFrame


def paths_of(options):
    paths = options.get("paths") or options.get("path")
    if not paths:
        raise ValueError("connection_options name no paths")
    return [paths] if isinstance(paths, str) else list(paths)


def as_patterns(exclusions):
    """A list, or the JSON text of one, as Glue takes it."""
    return json.loads(exclusions) if isinstance(exclusions, str) else list(exclusions)
