"""DynamicFrame over a DataFrame: one schema for all rows, so that choices never arise."""

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as f

TYPES = {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint", "null": "void"}


def spark_type(name):
    return TYPES.get(name.lower(), name)


class DynamicFrame:
    def __init__(self, frame, glue_ctx, name=""):
        if not isinstance(frame, DataFrame):
            raise TypeError("DynamicFrame.fromDF makes one from a DataFrame")
        self._frame = frame
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe, glue_ctx, name=""):
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options=None):
        return self._frame

    def _with(self, frame, name=""):
        return DynamicFrame(frame, self.glue_ctx, name or self.name)

    def count(self):
        return self._frame.count()

    def schema(self):
        return self._frame.schema

    def printSchema(self):
        self._frame.printSchema()

    def show(self, num_rows=20):
        for line in self._frame.limit(num_rows).toJSON().collect():
            print(line)

    def errorsCount(self):
        return 0

    def stageErrorsCount(self):
        return 0

    def getNumPartitions(self):
        return self._frame.rdd.getNumPartitions()

    def repartition(self, num_partitions, *_args, **_options):
        return self._with(self._frame.repartition(num_partitions))

    def coalesce(self, num_partitions, *_args, **_options):
        return self._with(self._frame.coalesce(num_partitions))

    def rows(self):
        return self._frame.rdd

    def select_fields(self, paths, transformation_ctx="", **_options):
        columns = [self._frame[path].alias(path.split(".")[-1]) for path in as_list(paths)]
        return self._with(self._frame.select(*columns), transformation_ctx)

    def drop_fields(self, paths, transformation_ctx="", **_options):
        frame = self._frame
        for path in as_list(paths):
            top, _, rest = path.partition(".")
            frame = frame.withColumn(top, f.col(top).dropFields(rest)) if rest else frame.drop(path)
        return self._with(frame, transformation_ctx)

    def rename_field(self, oldName, newName, transformation_ctx="", **_options):
        return self._with(self._frame.withColumnRenamed(oldName.strip("`"), newName.strip("`")), transformation_ctx)

    def apply_mapping(self, mappings, case_sensitive=False, transformation_ctx="", **_options):
        columns = []
        for mapping in mappings:
            source, target, type_ = unpack(mapping)
            if source_is_missing(self._frame, source):
                continue
            column = f.col(quoted(source))
            columns.append((column.cast(spark_type(type_)) if type_ else column).alias(target.strip("`")))
        return self._with(self._frame.select(*columns), transformation_ctx)

    def filter(self, f, transformation_ctx="", **_options):
        rdd = self._frame.rdd.filter(lambda row: f(row.asDict(recursive=True)))
        return self._with(self.glue_ctx.spark_session.createDataFrame(rdd, self._frame.schema), transformation_ctx)

    def map(self, f, transformation_ctx="", **_options):
        rdd = self._frame.rdd.map(lambda row: as_row(f(row.asDict(recursive=True))))
        return self._with(rdd.toDF() if not rdd.isEmpty() else self._frame.limit(0), transformation_ctx)

    def join(self, paths1, paths2, frame2, transformation_ctx="", **_options):
        right = frame2.toDF()
        condition = None
        for left_path, right_path in zip(as_list(paths1), as_list(paths2)):
            part = self._frame[left_path] == right[right_path]
            condition = part if condition is None else condition & part
        return self._with(self._frame.join(right, condition), transformation_ctx)

    def union(self, other_frame, transformation_ctx="", **_options):
        return self._with(self._frame.unionByName(other_frame.toDF(), allowMissingColumns=True), transformation_ctx)

    def resolveChoice(self, specs=None, choice="", transformation_ctx="", **_options):
        frame = self._frame
        for path, action in specs or []:
            kind, _, type_ = action.partition(":")
            if kind == "cast":
                frame = frame.withColumn(path, f.col(path).cast(spark_type(type_)))
            elif kind == "project":
                frame = frame.withColumn(path, f.col(path).cast(spark_type(type_)))
        if choice.startswith("cast:"):
            frame = frame.select(*[f.col(quoted(name)).cast(spark_type(choice[5:])).alias(name) for name in frame.columns])
        return self._with(frame, transformation_ctx)

    def unnest(self, transformation_ctx="", **_options):
        return self._with(flattened(self._frame), transformation_ctx)

    def relationalize(self, root_table_name, staging_path="", transformation_ctx="", **_options):
        return DynamicFrameCollection({root_table_name: self._with(flattened(self._frame))}, self.glue_ctx)

    def drop_nulls(self, transformation_ctx="", **_options):
        kept = [field.name for field in self._frame.schema.fields if field.dataType.simpleString() != "void"]
        return self._with(self._frame.select(*[quoted(name) for name in kept]), transformation_ctx)

    def spigot(self, path, options=None, transformation_ctx="", **_options):
        topk = int((options or {}).get("topk", 10))
        self._frame.limit(topk).write.mode("append").json(path)
        return self

    def split_fields(self, paths, name1, name2, transformation_ctx="", **_options):
        first = [name for name in as_list(paths)]
        rest = [name for name in self._frame.columns if name not in first]
        frames = {name1: self._with(self._frame.select(*first)), name2: self._with(self._frame.select(*rest))}
        return DynamicFrameCollection(frames, self.glue_ctx)

    def write(self, connection_type, connection_options=None, format=None, format_options=None, **_options):
        return self.glue_ctx.write_dynamic_frame_from_options(
            self, connection_type, connection_options or {}, format, format_options or {}
        )


class DynamicFrameCollection:
    def __init__(self, dynamic_frames, glue_ctx):
        self._frames = dict(dynamic_frames)
        self._glue_ctx = glue_ctx

    def __getitem__(self, key):
        return self._frames[key]

    def __len__(self):
        return len(self._frames)

    def keys(self):
        return self._frames.keys()

    def values(self):
        return self._frames.values()

    def select(self, key, transformation_ctx=""):
        return self._frames[key]


def as_list(value):
    return [value] if isinstance(value, str) else list(value)


def quoted(path):
    """A path of columns, each part quoted, so that odd names stand."""
    return path if "`" in path else ".".join(f"`{part}`" for part in path.split("."))


def unpack(mapping):
    if len(mapping) == 4:
        return mapping[0], mapping[2], mapping[3]
    if len(mapping) == 3:
        return mapping[0], mapping[1], mapping[2]
    return mapping[0], mapping[1], ""


def source_is_missing(frame, path):
    return path.strip("`").split(".")[0].lower() not in [name.lower() for name in frame.columns]


def as_row(value):
    return Row(**value) if isinstance(value, dict) else value


def flattened(frame):
    """Structs become columns `a.b`; lists stay."""
    while any(field.dataType.typeName() == "struct" for field in frame.schema.fields):
        columns = []
        for field in frame.schema.fields:
            if field.dataType.typeName() == "struct":
                for inner in field.dataType.names:
                    columns.append(f.col(f"`{field.name}`.`{inner}`").alias(f"{field.name}.{inner}"))
            else:
                columns.append(f.col(f"`{field.name}`"))
        frame = frame.select(*columns)
    return frame
