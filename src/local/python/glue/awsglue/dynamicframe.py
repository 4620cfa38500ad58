"""DynamicFrame over a DataFrame: one schema for all rows, so that choices never arise."""

import operator

from awsglue import catalog
from awsglue.connections import Unsupported
from awsglue.flatten import flattened, literal, quoted, relationalized
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as f

COMPARE = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "=": operator.eq, "!=": operator.ne}  # fmt: skip
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
        columns = [f.col(quoted(path)).alias(path_of(path)[-1]) for path in as_list(paths)]
        return self._with(self._frame.select(*columns), transformation_ctx)

    def drop_fields(self, paths, transformation_ctx="", **_options):
        frame = self._frame
        for path in as_list(paths):
            top, *rest = path_of(path)
            if rest:
                frame = frame.withColumn(top, f.col(literal(top)).dropFields(".".join(rest)))
            else:
                frame = frame.drop(top)
        return self._with(frame, transformation_ctx)

    def rename_field(self, oldName, newName, transformation_ctx="", **_options):
        return self._with(self._frame.withColumnRenamed(oldName.strip("`"), newName.strip("`")), transformation_ctx)

    def apply_mapping(self, mappings, case_sensitive=False, transformation_ctx="", **_options):
        tree = {}
        for mapping in mappings:
            source, target, type_ = unpack(mapping)
            if source_is_missing(self._frame, source):
                continue
            column = f.col(quoted(source))
            put_at(tree, path_of(target), column.cast(spark_type(type_)) if type_ else column)
        return self._with(self._frame.select(*[column_of(part).alias(name) for name, part in tree.items()]), transformation_ctx)

    def filter(self, f, transformation_ctx="", **_options):
        rdd = self._frame.rdd.filter(lambda row: f(row.asDict(recursive=True)))
        return self._with(self.glue_ctx.spark_session.createDataFrame(rdd, self._frame.schema), transformation_ctx)

    def map(self, f, transformation_ctx="", **_options):
        rdd = self._frame.rdd.map(lambda row: as_row(f(row.asDict(recursive=True))))
        if rdd.isEmpty():
            return self._with(self._frame.limit(0), transformation_ctx)
        return self._with(self.glue_ctx.spark_session.createDataFrame(rdd, samplingRatio=1.0), transformation_ctx)

    def join(self, paths1, paths2, frame2, transformation_ctx="", **_options):
        left, right = self._frame, frame2.toDF()
        # Of two columns of one name, Glue puts a point before the second.
        new_names = {name: f".{name}" for name in right.columns if name in left.columns}
        right = right.select(*[f.col(literal(name)).alias(new_names.get(name, name)) for name in right.columns])
        condition = None
        for left_path, right_path in zip(as_list(paths1), as_list(paths2)):
            right_name = new_names.get(right_path, right_path)
            part = left[literal(left_path)] == right[literal(right_name)]
            condition = part if condition is None else condition & part
        return self._with(left.join(right, condition), transformation_ctx)

    def union(self, other_frame, transformation_ctx="", **_options):
        return self._with(self._frame.unionByName(other_frame.toDF(), allowMissingColumns=True), transformation_ctx)

    def resolveChoice(self, specs=None, choice="", database=None, table_name=None, transformation_ctx="", **_options):
        frame = self._frame
        casts = [(path, action.partition(":")[2]) for path, action in specs or [] if action.startswith(("cast:", "project:"))]
        if choice.startswith("cast:"):
            casts = [(literal(name), choice[5:]) for name in frame.columns]
        elif choice.lower() == "match_catalog":
            casts = catalog.columns_of(catalog.get_table(database, table_name))
        present = [name.lower() for name in frame.columns]
        for path, type_ in casts:
            if path.strip("`").lower() in present:
                frame = frame.withColumn(path.strip("`"), f.col(literal(path)).cast(spark_type(type_)))
        return self._with(frame, transformation_ctx)

    def unbox(self, path, format="json", transformation_ctx="", **_options):
        if format != "json":
            raise Unsupported(f"unbox of {format}")
        texts = self._frame.select(f.col(literal(path)).cast("string")).where(f"{literal(path)} is not null")
        schema = self.glue_ctx.spark_session.read.json(texts.rdd.map(lambda row: row[0])).schema
        return self._with(self._frame.withColumn(path.strip("`"), f.from_json(literal(path), schema)), transformation_ctx)

    def errorsAsDynamicFrame(self):
        # A DataFrame keeps no rows that failed.
        return self._with(self._frame.limit(0))

    def assertErrorThreshold(self):
        return 0

    def mergeDynamicFrame(self, stage_dynamic_frame, primary_keys, transformation_ctx="", **_options):
        stage = stage_dynamic_frame.toDF()
        kept = self._frame.join(stage.select(*primary_keys), list(primary_keys), "left_anti")
        return self._with(kept.unionByName(stage, allowMissingColumns=True), transformation_ctx)

    def split_rows(self, comparison_dict, name1, name2, transformation_ctx="", **_options):
        condition = None
        for path, comparisons in comparison_dict.items():
            for operator, value in comparisons.items():
                part = COMPARE[operator](f.col(quoted(path)), value)
                condition = part if condition is None else condition & part
        held = f.coalesce(condition, f.lit(False))
        frames = {name1: self._with(self._frame.where(held)), name2: self._with(self._frame.where(~held))}
        return DynamicFrameCollection(frames, self.glue_ctx)

    def unnest(self, transformation_ctx="", **_options):
        return self._with(flattened(self._frame), transformation_ctx)

    def relationalize(self, root_table_name, staging_path="", transformation_ctx="", **_options):
        frames = {name: self._with(frame) for name, frame in relationalized(root_table_name, self._frame).items()}
        return DynamicFrameCollection(frames, self.glue_ctx)

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


def path_of(target):
    """`a.b` is b in the struct a; between backticks a point is part of the name."""
    return [target.strip("`")] if target.startswith("`") else target.split(".")


def put_at(tree, path, column):
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = column


def column_of(part):
    if not isinstance(part, dict):
        return part
    return f.struct(*[column_of(inner).alias(name) for name, inner in part.items()])


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
