"""Small texts beside tables, written whole, by Spark's own file system: wherever a table may be written, they may."""

from typing import Any

from pyspark.sql import SparkSession

from metriccare_etl import java


def _place(spark: SparkSession, url: str) -> tuple[Any, Any]:
    path = java.jvm_of(spark).org.apache.hadoop.fs.Path(url)
    return path, path.getFileSystem(java.configuration(spark))


def read(spark: SparkSession, url: str) -> str | None:
    """The text; None where there is none."""
    path, files = _place(spark, url)
    if not files.exists(path):
        return None
    stream = files.open(path)
    try:
        return bytes(java.jvm_of(spark).org.apache.commons.io.IOUtils.toByteArray(stream)).decode("utf-8")
    finally:
        stream.close()


def write(spark: SparkSession, url: str, text: str) -> None:
    """Put a text in the place of the one before."""
    path, files = _place(spark, url)
    stream = files.create(path, True)
    try:
        stream.write(bytearray(text.encode("utf-8")))
    finally:
        stream.close()


def names(spark: SparkSession, folder: str) -> list[str]:
    """Names in a folder, in order; none where it is not there."""
    path, files = _place(spark, folder)
    if not files.exists(path):
        return []
    return sorted(status.getPath().getName() for status in files.listStatus(path))


def delete(spark: SparkSession, url: str) -> None:
    """Take a text away."""
    path, files = _place(spark, url)
    files.delete(path, False)
