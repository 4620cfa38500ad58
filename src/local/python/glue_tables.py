"""Tables of the Glue catalog in `spark.sql`, `spark.table`, `spark.catalog`, `saveAsTable` and `insertInto`.

On Glue, Spark's catalog is Glue's. Here it is one in the JVM's memory: before a statement runs, the tables it names are
brought into it from the Glue catalog; after a statement that makes or drops one, the Glue catalog is told.
"""

import fcntl
import functools
import hashlib
import json
import re
import time

NAME = r"(?:`[^`]+`|[A-Za-z_][A-Za-z0-9_]*)"
DOTTED = re.compile(rf"{NAME}(?:\s*\.\s*{NAME})+")
DDL = re.compile(r"^\s*(?:CREATE|DROP|ALTER|REPLACE|TRUNCATE|USE|SHOW|DESCRIBE|DESC|MSCK|ANALYZE|REFRESH|CALL)\b", re.IGNORECASE)
MAKES = re.compile(r"^\s*(?:CREATE|DROP|ALTER|REPLACE)\b", re.IGNORECASE)
NAMED = re.compile(rf"\b(?:TABLE|DATABASE|SCHEMA|FROM|IN|USE|INTO|VIEW|RENAME\s+TO)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?({NAME}(?:\s*\.\s*{NAME})*)", re.IGNORECASE)  # fmt: skip
FRESH_SECONDS = 3.0
PROPERTY = "metriccare.glue"


def parts_of(name):
    return [part.strip().strip("`").lower() for part in re.findall(NAME, name)]


class GlueTables:
    def __init__(self, lock_file):
        self.lock_file = lock_file
        self.known = (0.0, frozenset())
        self.closed = False

    # What Glue has

    @functools.cached_property
    def glue(self):
        import boto3

        return boto3.client("glue")

    def databases(self):
        """Names of Glue's databases, a few seconds old at most; none where the role may not ask."""
        asked, names = self.known
        if self.closed or time.monotonic() - asked < FRESH_SECONDS:
            return names
        try:
            pages = self.glue.get_paginator("get_databases").paginate()
            names = frozenset(database["Name"] for page in pages for database in page["DatabaseList"])
        except Exception:
            # No right, no catalog: the same statement fails on Glue, with Spark's words.
            self.closed = True
        self.known = (time.monotonic(), names)
        return names

    def table(self, database, name):
        try:
            return self.glue.get_table(DatabaseName=database, Name=name)["Table"]
        except Exception:
            return None

    # From Glue into Spark

    def before(self, spark, text, names=()):
        """Brings in what a statement may need."""
        if text is not None:
            names = [parts_of(match.group(0)) for match in DOTTED.finditer(text)]
            if not DDL.match(text):
                # Mostly columns of aliases. A database that Spark has not met yet is brought in when it is missed.
                names = [name for name in names if self.has_met(spark, name)]
        current = spark._jsparkSession.catalog().currentDatabase()
        if not names and current == "default" and not (text and DDL.match(text)):
            return
        known = self.databases()
        pairs = {(a, b) for name in names for a, b in zip(name, name[1:]) if a in known}
        whole = set()
        if current in known:
            whole.add(current)
        if text is not None and DDL.match(text):
            for database in known:
                self.bring_database(spark, database)
            whole.update(part for match in NAMED.finditer(text) for part in parts_of(match.group(1)) if part in known)
        others = {(database, name) for database in whole for name in self.names_in(database)} - pairs
        with self.locked():
            for database, name in sorted(pairs):
                self.bring_table(spark, database, name)
            for database, name in sorted(others):
                try:
                    self.bring_table(spark, database, name)
                except Exception:
                    # A table whose data is gone is in nobody's way, unless it is named.
                    continue

    def has_met(self, spark, name):
        catalog = spark._jsparkSession.catalog()
        return any(catalog.databaseExists(part) for part in name[:-1] if part != "spark_catalog")

    def names_in(self, database):
        pages = self.glue.get_paginator("get_tables").paginate(DatabaseName=database)
        return [table["Name"] for page in pages for table in page["TableList"]]

    def bring_database(self, spark, database):
        session = spark._jsparkSession
        if session.catalog().databaseExists(database):
            return
        location = self.glue.get_database(Name=database)["Database"].get("LocationUri")
        session.sql(f"CREATE DATABASE IF NOT EXISTS `{database}`" + (f" LOCATION '{location}'" if location else ""))

    def bring_table(self, spark, database, name):
        session = spark._jsparkSession
        table = self.table(database, name)
        there = session.catalog().databaseExists(database) and session.catalog().tableExists(f"`{database}`.`{name}`")
        if table is None:
            if there and self.stamp_of(spark, database, name) is not None:
                # It came from Glue and is gone there.
                self.forget(spark, database, name)
            return
        if table.get("TableType") == "VIRTUAL_VIEW" or not table.get("StorageDescriptor", {}).get("Location"):
            return
        stamp = fingerprint(table)
        if there and self.stamp_of(spark, database, name) == stamp:
            return
        self.bring_database(spark, database)
        if there:
            self.forget(spark, database, name)
        session.sql(definition(database, name, table, stamp))
        if table.get("TableType") == "MANAGED_TABLE":
            self.retype(spark, database, name, "MANAGED")

    def forget(self, spark, database, name):
        """Takes a table out of Spark's catalog. Spark deletes the data of a managed one with it: so it is none first."""
        self.retype(spark, database, name, "EXTERNAL")
        spark._jsparkSession.sql(f"DROP TABLE IF EXISTS `{database}`.`{name}`")

    def retype(self, spark, database, name, kind):
        catalog = spark._jvm.org.apache.spark.sql.catalyst.catalog
        old = self.metadata(spark, database, name)
        values = [old.productElement(index) for index in range(old.productArity())]
        values[1] = getattr(catalog.CatalogTableType, kind)()
        new = catalog.CatalogTable(*values)
        spark._jsparkSession.sessionState().catalog().externalCatalog().alterTable(new)

    def metadata(self, spark, database, name):
        jvm = spark._jvm
        identifier = jvm.org.apache.spark.sql.catalyst.TableIdentifier(name, jvm.scala.Option.apply(database))
        return spark._jsparkSession.sessionState().catalog().getTableMetadata(identifier)

    def stamp_of(self, spark, database, name):
        stamp = self.metadata(spark, database, name).properties().get(PROPERTY)
        return stamp.get() if stamp.isDefined() else None

    # From Spark into Glue

    def after(self, spark, text=None, names=()):
        """Tells Glue what a statement made or dropped."""
        if text is not None:
            if not MAKES.match(text):
                return
            names = [parts_of(match.group(1)) for match in NAMED.finditer(text)]
        catalog = spark._jsparkSession.catalog()
        current = catalog.currentDatabase()
        for name in names:
            name = name[1:] if name[0] == "spark_catalog" and len(name) > 1 else name
            is_database = text is not None and re.match(r"^\s*\w+\s+(?:DATABASE|SCHEMA)\b", text, re.IGNORECASE)
            if is_database:
                self.tell_database(spark, name[-1])
            else:
                database, table = (current, name[0]) if len(name) == 1 else (name[0], name[1])
                if database in self.databases():
                    self.tell_table(spark, database, table)

    def tell_database(self, spark, database):
        catalog = spark._jsparkSession.catalog()
        if catalog.databaseExists(database) and database not in self.databases():
            location = catalog.getDatabase(database).locationUri()
            settings = {"LocationUri": location} if location.startswith("s3") else {}
            self.glue.create_database(DatabaseInput={"Name": database, **settings})
        elif not catalog.databaseExists(database) and database in self.databases():
            self.glue.delete_database(Name=database)
        self.known = (0.0, self.known[1])

    def tell_table(self, spark, database, name):
        catalog = spark._jsparkSession.catalog()
        in_glue = self.table(database, name)
        if not (catalog.databaseExists(database) and catalog.tableExists(f"`{database}`.`{name}`")):
            if in_glue is not None:
                self.glue.delete_table(DatabaseName=database, Name=name)
            return
        metadata = self.metadata(spark, database, name)
        if metadata.tableType().name() == "VIEW" or not metadata.provider().isDefined():
            return
        wanted = table_input(name, metadata)
        if in_glue is None:
            self.glue.create_table(DatabaseName=database, TableInput=wanted)
        elif columns_of(in_glue) != wanted["StorageDescriptor"]["Columns"]:
            self.glue.update_table(DatabaseName=database, TableInput={**wanted, "Parameters": {**in_glue.get("Parameters", {}), **wanted["Parameters"]}})  # fmt: skip

    def locked(self):
        return Locked(self.lock_file)


class Locked:
    """Scripts of several processes share the catalog in the JVM's memory: one at a time changes it."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        self.handle = open(self.file, "a")  # noqa: SIM115
        fcntl.flock(self.handle, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.handle.close()


def columns_of(table):
    columns = table.get("StorageDescriptor", {}).get("Columns", [])
    return [{"Name": column["Name"], "Type": column.get("Type", "string")} for column in columns]


def fingerprint(table):
    storage = table.get("StorageDescriptor", {})
    parameters = {key: value for key, value in table.get("Parameters", {}).items() if "commit" not in key and "time" not in key.lower()}  # fmt: skip
    what = [storage.get("Location"), columns_of(table), table.get("PartitionKeys", []), storage.get("InputFormat"), parameters]
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:32]


def definition(database, name, table, stamp):
    """CREATE TABLE over data that is there."""
    from awsglue import catalog

    kind = catalog.format_of(table)
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    text = f"CREATE TABLE `{database}`.`{name}`"
    if kind not in ("hudi", "delta", "iceberg"):
        # Lake formats say by themselves what columns they have.
        columns = [*catalog.columns_of(table), *[(key["Name"], key.get("Type", "string")) for key in table.get("PartitionKeys", [])]]  # fmt: skip
        if columns:
            text += " (" + ", ".join(f"`{column}` {kind_}" for column, kind_ in columns) + ")"
    text += f" USING {kind}"
    options = catalog.reader_options(table) if kind == "csv" else {}
    if options:
        text += " OPTIONS (" + ", ".join(f"'{key}' {json.dumps(value)}" for key, value in options.items()) + ")"
    if keys and kind not in ("hudi", "delta", "iceberg"):
        text += " PARTITIONED BY (" + ", ".join(f"`{key}`" for key in keys) + ")"
    location = table["StorageDescriptor"]["Location"].replace("'", "\\'")
    return f"{text} LOCATION '{location}' TBLPROPERTIES ('{PROPERTY}' = '{stamp}')"


def table_input(name, metadata):
    """Spark's table as Glue keeps it."""
    from awsglue.catalog import SERDES

    provider = metadata.provider().get().lower()
    keys = [metadata.partitionColumnNames().apply(i) for i in range(metadata.partitionColumnNames().length())]
    fields = json.loads(metadata.schema().json())["fields"]
    types = {field["name"]: metadata.schema().apply(field["name"]).dataType().catalogString() for field in fields}
    input_format, output_format, serde = SERDES.get("parquet" if provider == "hudi" else provider, SERDES["parquet"])
    if provider == "hudi":
        input_format = "org.apache.hudi.hadoop.HoodieParquetInputFormat"
    location = metadata.location().toString()
    managed = metadata.tableType().name() == "MANAGED"
    external = {} if managed else {"EXTERNAL": "TRUE"}
    return {
        "Name": name,
        "TableType": "MANAGED_TABLE" if managed else "EXTERNAL_TABLE",
        "Parameters": {**external, "classification": provider, "spark.sql.sources.provider": provider},
        "PartitionKeys": [{"Name": key, "Type": types[key]} for key in keys],
        "StorageDescriptor": {
            "Columns": [{"Name": key, "Type": value} for key, value in types.items() if key not in keys],
            "Location": location,
            "InputFormat": input_format,
            "OutputFormat": output_format,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"path": location}},
        },
    }
