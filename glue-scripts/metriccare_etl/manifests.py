"""Manifests of exports (FHIR Bulk Data): what they promise, and what of it Bronze has.

A manifest is a raw file like any other, told by its content. What it promises lies beside Bronze's tables: one object a
manifest, a hash for the name of each file, because names may tell of persons. A file is looked for in the manifest's
folder, under the name that ends its address; of two generations of either the newer one counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import hudi, registry
from metriccare_etl.quality_store import Folder
from metriccare_etl.timeline import Timeline
from metriccare_etl.times import event_time

FOLDER = "manifests"
DAYS = 30  # a manifest that is older is not waited for any more
BEFORE = 7  # days that a file may have come before its manifest
MOST = 100_000  # files that one manifest may promise


class Promised(NamedTuple):
    """One file of a manifest: a resource type, its name as a hash, how many resources it holds."""

    kind: str
    file: str
    records: int


def promised(text: str, file_id: str) -> Iterator[Promised]:
    """The files of a manifest that says how many resources they hold."""
    said = json.loads(text)
    output = said.get("output") if isinstance(said, dict) else None
    folder = key_of(file_id).rpartition("/")[0]
    for one in (output if isinstance(output, list) else [])[:MOST]:
        found = _promised(one, folder) if isinstance(one, dict) else None
        if found:
            yield found


def _promised(one: Mapping[str, Any], folder: str) -> Promised | None:
    kind, url, count = one.get("type"), one.get("url"), one.get("count")
    if not isinstance(kind, str) or not isinstance(url, str) or isinstance(count, bool) or not isinstance(count, int):
        return None
    try:
        name = unquote(urlsplit(url).path).rpartition("/")[2].encode("utf-8", "replace").decode()
    except ValueError:
        return None
    return Promised(kind, _hash(f"{folder}/{name}"), count) if name and count > 0 else None


def key_of(file_id: str) -> str:
    """Bucket and key of a generation, which holds no `#` itself."""
    return file_id.rpartition("#")[0]


def _hash(key: str) -> str:
    return hashlib.sha256(key.removesuffix(".gz").encode()).hexdigest()


def keep(bronze_path: str, found: Mapping[str, Iterable[Promised]]) -> None:
    """Write down what these manifests (by file id) promise; what nobody looks at any more goes."""
    folder = Folder(hudi.table_path(bronze_path, FOLDER))
    for file_id, files in found.items():
        generation = file_id.rpartition("#")[2]
        folder.write(f"{generation}_{_hash(key_of(file_id))}.json", json.dumps([list(one) for one in files]))
    names = folder.names()
    folder.delete([name for name in names if name not in _current(names)])


def _current(names: Iterable[str]) -> list[str]:
    """The newest generation of each manifest of the last days."""
    since = (datetime.now(timezone.utc) - timedelta(days=DAYS)).timestamp() * 1000
    newest: dict[str, str] = {}
    for name in sorted(names):
        generation, _, key = name.partition("_")
        millis = generation.partition("-")[0]
        if millis.isdigit() and int(millis) >= since:
            newest[key] = name
    return sorted(newest.values())


class Book:
    """What is promised, and Bronze beside it, seen from a Silver job."""

    def __init__(self, spark: SparkSession, bronze_path: str, s3: Any = None) -> None:
        self._spark = spark
        self._bronze_path = bronze_path
        self._folder = Folder(hudi.table_path(bronze_path, FOLDER), s3)
        self._names = _current(self._folder.names())

    @property
    def state(self) -> str:
        """Another one as soon as there is another manifest."""
        return hashlib.sha256("\n".join(self._names).encode()).hexdigest() if self._names else ""

    def missing(self, dataset: str) -> tuple[int, int]:
        """(resources that are missing, resources that are promised) of the manifests of the last days."""
        kind = registry.datasets()[dataset].resource
        wanted = [one for name in self._names for one in self._promised(name) if one.kind == kind]
        if not wanted:
            return 0, 0
        files = self._spark.createDataFrame([(one.file, one.records) for one in wanted], "file string, wanted long")
        found = self._found(dataset, event_time(self._names[0])[:10]).hint("broadcast")
        short = F.greatest(F.col("wanted") - F.coalesce("rows", F.lit(0)), F.lit(0))
        row = files.join(found, "file", "left").agg(F.sum(short), F.sum("wanted")).first()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def _promised(self, name: str) -> list[Promised]:
        return [Promised(*one) for one in json.loads(self._folder.read(name) or "[]")]

    def _found(self, dataset: str, day: str) -> DataFrame:
        """Rows of Bronze by file: one narrow column of its newest partitions."""
        path = hudi.table_path(self._bronze_path, dataset)
        if Timeline(self._spark, path).latest is None:
            return self._spark.createDataFrame([], "file string, rows long")
        since = (datetime.strptime(day, "%Y-%m-%d") - timedelta(days=BEFORE)).strftime("%Y-%m-%d")
        rows = hudi.read(self._spark, path).where(F.col("ingest_date") >= since)
        counted = rows.groupBy("file_id").agg(F.count(F.lit(1)).alias("rows"))
        generation = F.element_at(F.split("file_id", "#"), -1)
        return counted.groupBy(_file().alias("file")).agg(F.max_by("rows", generation).alias("rows"))


def _file() -> Column:
    """The hash of a row's file, as `_hash` makes it."""
    key = F.regexp_replace(F.regexp_replace("file_id", "#[^#]*$", ""), r"\.gz$", "")
    return F.sha2(key, 256)
