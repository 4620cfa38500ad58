"""Where counts and results of quality checks lie: small JSON objects, written whole.

Not Hudi: a commit would cost more than the checks, and each object is put by one job. What a Silver job has counted
lies beside Silver's tables; the results are a table of Gold, one object a run, JSON lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from botocore.exceptions import ClientError

from metriccare_etl import aws, hudi, quality

KEPT = 500  # objects of the table, and so runs
COLUMNS = {
    "run_id": "string",
    "checked_at": "string",
    "check": "string",
    "dataset": "string",
    "level": "string",
    "status": "string",
    "count": "bigint",
    "total": "bigint",
    "text": "string",
}


class Folder:
    """A folder of S3, by its URL. To make a client takes longer than to read an object: whoever has one lends it."""

    def __init__(self, url: str, s3: Any = None) -> None:
        bucket, _, prefix = re.sub("^s3a?://", "", url).partition("/")
        self._bucket, self._prefix = bucket, prefix
        self._s3 = s3 or aws.s3_client()

    def read(self, name: str) -> str | None:
        """The text of an object; None where there is none."""
        try:
            reply = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + name)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        text: str = reply["Body"].read().decode("utf-8")
        return text

    def write(self, name: str, text: str) -> None:
        """Put an object in the place of the one before."""
        self._s3.put_object(
            Bucket=self._bucket, Key=self._prefix + name, Body=text.encode(), ContentType="application/json"
        )

    def names(self) -> list[str]:
        """Names of all objects in it, in order."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        return [one["Key"][len(self._prefix) :] for page in pages for one in page.get("Contents", ())]

    def delete(self, names: Sequence[str]) -> None:
        """Take objects away."""
        for at in range(0, len(names), 1000):
            objects = [{"Key": self._prefix + name} for name in names[at : at + 1000]]
            self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})


class Counts:
    """What the Silver job of a dataset has counted."""

    def __init__(self, silver_path: str, dataset: str, s3: Any = None) -> None:
        self._folder = Folder(hudi.table_path(silver_path, quality.declared()["table"]), s3)
        self._name = f"{dataset}.json"

    def read(self) -> dict[str, Any]:
        """As it was left; {} where nothing was counted yet, or where it cannot be read."""
        try:
            found = json.loads(self._folder.read(self._name) or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, said: Mapping[str, Any]) -> None:
        """In the place of what was counted before."""
        self._folder.write(self._name, json.dumps(said, sort_keys=True))


class Results:
    """The table of results."""

    def __init__(self, gold_path: str, s3: Any = None) -> None:
        self.path = hudi.table_path(gold_path, quality.declared()["table"])
        self._folder = Folder(self.path, s3)
        self._names = self._folder.names()

    def last(self) -> list[dict[str, Any]]:
        """The rows of the newest run."""
        text = self._folder.read(self._names[-1]) if self._names else None
        try:
            return [json.loads(line) for line in (text or "").splitlines()]
        except ValueError:
            return []

    def write(self, run_id: str, now: datetime, basis: str, results: Sequence[quality.Result]) -> None:
        """The rows of a run. A job that is tried again writes them anew."""
        moment = now.astimezone(timezone.utc)
        said = {"run_id": run_id, "checked_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "basis": basis}
        lines = [json.dumps({**said, **asdict(one)}, sort_keys=True) for one in results]
        ending = f"_{re.sub('[^A-Za-z0-9_-]', '-', run_id)}.json"
        name = moment.strftime("%Y%m%dT%H%M%SZ") + ending
        self._folder.write(name, "".join(f"{line}\n" for line in lines))
        others = [one for one in self._names if one != name]
        again = [one for one in others if one.endswith(ending)]
        old = [one for one in others if one not in again][: -(KEPT - 1)]
        self._folder.delete([*again, *old])


def catalogue(database: str, name: str, location: str) -> None:
    """Make the table known to Athena and others, unless it is."""
    database, _, prefix = database.partition(".")
    table = prefix + name
    if aws.in_catalog(database, table):
        return
    aws.create_table(
        database,
        {
            "Name": table,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "json", "EXTERNAL": "TRUE"},
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": kind} for column, kind in COLUMNS.items()],
                "Location": location,
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {
                    "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
                    "Parameters": {"ignore.malformed.json": "true"},
                },
            },
        },
    )
