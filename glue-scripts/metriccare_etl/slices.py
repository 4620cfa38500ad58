"""Files of a Hudi table as things of their own: a base file never changes, so what was found in it holds for good.

Their names are those of the table's snapshot; they are read as what they are, Parquet, without Hudi's planning.
"""

from collections.abc import Iterable

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

FILE = "file"  # column: the name of the file that a row stands in


class Slices:
    """The files behind a frame of a Hudi table, and the schema that its rows have now."""

    def __init__(self, spark: SparkSession, frame: DataFrame) -> None:
        self._spark = spark
        self._schema = frame.schema
        self.urls = {url.rsplit("/", 1)[-1]: url for url in frame.inputFiles()}

    def read(self, names: Iterable[str] | None = None) -> DataFrame:
        """Rows of these files, each with `file`; None: of all. What older files lack is null."""
        wanted = self.urls.keys() if names is None else set(names)
        urls = [url for name, url in self.urls.items() if name in wanted]
        if not urls:
            return self._spark.createDataFrame([], self._schema).withColumn(FILE, F.lit(""))
        rows = self._spark.read.schema(self._schema).parquet(*urls)
        return rows.withColumn(FILE, F.substring_index(F.input_file_name(), "/", -1))

    def having(self, rows: DataFrame, column: str, wanted: DataFrame) -> list[str]:
        """Names of the files that any of the rows with a wanted value stands in; two columns are looked at."""
        found = rows.select(column, FILE).join(F.broadcast(wanted), column, "left_semi").select(FILE).distinct()
        return [row[0] for row in found.collect()]
