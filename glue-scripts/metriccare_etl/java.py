"""Java's world behind a Spark session."""

from typing import Any

from pyspark.sql import SparkSession


def jvm_of(spark: SparkSession) -> Any:
    """Java's classes; py4j finds its members as they are asked for."""
    return spark._jvm


def configuration(spark: SparkSession) -> Any:
    """Hadoop's configuration, which a file system is made with."""
    return spark._jsc.hadoopConfiguration()


def class_of(error: BaseException) -> str:
    """The class of Java's error behind Python's, or nothing."""
    inner = getattr(error, "java_exception", None)
    return str(inner.getClass().getName()) if inner is not None else ""
