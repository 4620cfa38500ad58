"""Wraps the calls of pyspark that name tables, so that they meet the tables of the Glue catalog (glue_tables.py)."""

import functools
import re

from glue_tables import parts_of

MISSING = re.compile(r"\[(?:TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND)\][^`]*(`[^`]+`(?:\.`[^`]+`)*)")


def install(tables):
    from pyspark.errors import AnalysisException
    from pyspark.sql import DataFrameReader, DataFrameWriter, DataFrameWriterV2, SparkSession
    from pyspark.sql.catalog import Catalog

    def again(spark, call):
        """Runs the call; when a table is missing that Glue has, brings it in and runs it again."""
        tried = set()
        while True:
            try:
                return call()
            except AnalysisException as error:
                found = MISSING.search(str(error))
                name = found and tuple(parts_of(found.group(1)))
                if not name or name in tried:
                    raise
                tried.add(name)
                tables.before(spark, None, [list(name)])

    sql, table = SparkSession.sql, SparkSession.table

    def _sql(self, sqlQuery, args=None, **kwargs):
        tables.before(self, sqlQuery)
        frame = again(self, lambda: sql(self, sqlQuery, args, **kwargs) if args is not None else sql(self, sqlQuery, **kwargs))
        tables.after(self, sqlQuery)
        return frame

    def _table(self, tableName):
        tables.before(self, None, [parts_of(tableName)])
        return again(self, lambda: table(self, tableName))

    read_table = DataFrameReader.table

    def _read_table(self, tableName):
        tables.before(self._spark, None, [parts_of(tableName)])
        return again(self._spark, lambda: read_table(self, tableName))

    SparkSession.sql, SparkSession.table, DataFrameReader.table = _sql, _table, _read_table

    save, insert = DataFrameWriter.saveAsTable, DataFrameWriter.insertInto

    def _save(self, name, *args, **options):
        tables.before(self._spark, "USE x", [])
        tables.before(self._spark, None, [parts_of(name)])
        save(self, name, *args, **options)
        tables.after(self._spark, None, [parts_of(name)])

    def _insert(self, tableName, overwrite=None):
        tables.before(self._spark, None, [parts_of(tableName)])
        insert(self, tableName, overwrite)

    DataFrameWriter.saveAsTable, DataFrameWriter.insertInto = _save, _insert

    def wrap_v2(method):
        original = getattr(DataFrameWriterV2, method)

        @functools.wraps(original)
        def wrapped(self, *args, **options):
            tables.before(self._spark, "USE x", [])
            tables.before(self._spark, None, [self.glue_name])
            original(self, *args, **options)
            tables.after(self._spark, None, [self.glue_name])

        setattr(DataFrameWriterV2, method, wrapped)

    make_v2 = DataFrameWriterV2.__init__

    def _make_v2(self, df, table):
        self.glue_name = parts_of(table)
        # Spark looks for the table at once.
        tables.before(df.sparkSession, None, [self.glue_name])
        make_v2(self, df, table)

    DataFrameWriterV2.__init__ = _make_v2
    for method in ("create", "replace", "createOrReplace", "append", "overwrite", "overwritePartitions"):
        wrap_v2(method)

    def wrap(method):
        original = getattr(Catalog, method)

        @functools.wraps(original)
        def wrapped(self, *args, **options):
            names = [value for value in (*args, *options.values()) if isinstance(value, str)]
            tables.before(self._sparkSession, "USE " + (" FROM ".join(names) if names else "x"))
            return original(self, *args, **options)

        setattr(Catalog, method, wrapped)

    for method in ("setCurrentDatabase", "listDatabases", "databaseExists", "getDatabase", "listTables", "tableExists", "getTable", "listColumns", "refreshTable"):  # fmt: skip
        if hasattr(Catalog, method):
            wrap(method)
