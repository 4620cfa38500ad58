"""What a Hudi table's commits say: which there are, and what their writers left in them."""

import json
import re
from collections.abc import Iterable
from typing import Any

from pyspark.sql import SparkSession

from metriccare_etl import java

OWN_METADATA = "metriccare."
COMMIT_FILE = re.compile(r"(\d{17}|\d{14})(?:_\d+)?\.(commit|replacecommit|deltacommit)")


class Timeline:
    """Completed commits of a table (version 6: `<path>.hoodie/<instant>.commit`), read through Spark's file system."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        self._jvm = java.jvm_of(spark)
        self._folder = self._jvm.org.apache.hadoop.fs.Path(f"{path.rstrip('/')}/.hoodie")
        self._files = self._folder.getFileSystem(java.configuration(spark))
        self._commits = self._list()  # {instant: file name}, oldest first
        self._said: dict[str, dict[str, Any]] = {}

    def _list(self) -> dict[str, str]:
        found = {}
        for name in self._names():
            match = COMMIT_FILE.fullmatch(name)
            if match:
                found[match.group(1)] = name
        return dict(sorted(found.items()))

    def _names(self) -> list[str]:
        try:
            statuses = self._files.listStatus(self._folder)
        except Exception as error:
            if java.class_of(error) == "java.io.FileNotFoundException":
                return []
            raise
        return [status.getPath().getName() for status in statuses]

    @property
    def latest(self) -> str | None:
        """The newest completed instant, or None: the table is not there, or nothing was ever committed to it."""
        return next(reversed(self._commits), None)

    def covers(self, instant: str) -> bool:
        """True when no commit after this instant can have left the active timeline."""
        first = next(iter(self._commits), None)
        return first is not None and first <= instant

    def holds(self, instant: str) -> bool:
        """Whether this is a completed commit of the active timeline: not archived, rolled back or of a table before."""
        return instant in self._commits

    def metadata(self, name: str) -> str | None:
        """What the newest commit that has it says under this name, or None."""
        for file_name in reversed(list(self._commits.values())):
            extra = self._read(file_name).get("extraMetadata") or {}
            if OWN_METADATA + name in extra:
                return str(extra[OWN_METADATA + name])
        return None

    def latest_metadata(self, name: str) -> str | None:
        """What the newest commit says under this name, or None."""
        if self.latest is None:
            return None
        found: str | None = (self._read(self._commits[self.latest]).get("extraMetadata") or {}).get(OWN_METADATA + name)
        return found

    def operations_after(self, instant: str) -> set[str]:
        """What the commits after this one did, in Hudi's words."""
        return {str(self._read(name).get("operationType")) for at, name in self._commits.items() if at > instant}

    def has_columns(self, names: Iterable[str]) -> bool:
        """Whether the newest commit's rows have these columns; Hudi says their schema in it."""
        if self.latest is None:
            return False
        schema = (self._read(self._commits[self.latest]).get("extraMetadata") or {}).get("schema") or "{}"
        found = {field["name"] for field in json.loads(schema).get("fields", ())}
        return found.issuperset(names)

    def _read(self, file_name: str) -> dict[str, Any]:
        # a completed commit is never another one
        if file_name not in self._said:
            self._said[file_name] = self._parse(file_name)
        return self._said[file_name]

    def _parse(self, file_name: str) -> dict[str, Any]:
        path = self._jvm.org.apache.hadoop.fs.Path(self._folder, file_name)
        stream = self._files.open(path)
        try:
            data = bytes(self._jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
        finally:
            stream.close()
        return json.loads(data) if data.strip() else {}
