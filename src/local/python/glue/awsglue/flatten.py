"""Nested columns made flat, as Glue's unnest and relationalize make them."""

from pyspark.sql import functions as f


def literal(name):
    """A column's name as it stands, points and blanks and all."""
    return f"`{name.strip('`')}`"


def quoted(path):
    """A path of columns, each part quoted, so that odd names stand."""
    return path if "`" in path else ".".join(f"`{part}`" for part in path.split("."))


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


def relationalized(root, frame):
    """The flat root and one table for each list: `id` leads to the row that held the list, `index` is the place in it."""
    frame = flattened(frame)
    tables = {}
    for name in [field.name for field in frame.schema.fields if field.dataType.typeName() == "array"]:
        key = f"__{len(tables)}_{name}"
        # One list, one key. The rows are kept: a second look must give them the same keys.
        frame = frame.withColumn(key, f.monotonically_increasing_id() + 1).persist()
        items = frame.select(f.col(literal(key)).alias("id"), f.posexplode(f.col(literal(name))).alias("index", f"{name}.val"))
        frame = frame.withColumn(name, f.when(f.col(literal(name)).isNotNull(), f.col(literal(key)))).drop(key)
        tables.update(relationalized(f"{root}_{name}", items))
    return {root: frame, **tables}
