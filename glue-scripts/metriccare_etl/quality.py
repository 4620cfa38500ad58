"""Quality checks: which are asked for, and how what was counted is judged.

Silver's jobs count (`quality_counts`), the job that keeps the stays concludes (`quality_gold`). Results hold counts and
words of ours, never an id or a value of a resource.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any, NamedTuple

from metriccare_etl import registry
from metriccare_etl.safe import Problem

FILE = "schemas/quality.json"
ERROR, WARNING = "error", "warning"
PASSED, FAILED, BROKEN, SKIPPED = "passed", "failed", "broken", "skipped"
BAD = (FAILED, BROKEN)  # a check that nobody could make says nothing good
NEEDED_RUNS = 5  # before what is usual is known
NAMED = 40  # failed checks that a run's property names; the table has all
DAY_SECONDS = 86_400


@lru_cache(maxsize=1)
def declared() -> dict[str, Any]:
    """What `schemas/quality.json` says."""
    found: dict[str, Any] = json.loads(registry.text_of(FILE))
    return found


class Check(NamedTuple):
    """A check that is asked for. `sql` is that of one of the user's own."""

    id: str
    level: str
    settings: Mapping[str, Any]
    sql: str | None = None

    @property
    def datasets(self) -> tuple[str, ...]:
        """Those that it looks at one by one; a check of one's own looks at all at once."""
        return tuple(declared()["checks"][self.id]["datasets"]) if self.sql is None else ()


class Counted(NamedTuple):
    """Rows that failed, of how many, and which part of a check how many of them failed."""

    found: int
    of: int
    parts: Mapping[str, int] = {}


@dataclass(frozen=True)
class Result:
    """One result: a row of the table."""

    check: str
    dataset: str | None
    level: str
    status: str
    count: int | None
    total: int | None
    text: str

    @property
    def name(self) -> str:
        """How people are told of it."""
        return f"{self.check}/{self.dataset}" if self.dataset else self.check


def asked(text: str) -> list[Check]:
    """The checks that an argument `--quality` names: JSON of `{<id>: {level, sql?, …}}`."""
    try:
        said = json.loads(text) if text else {}
        found = [_check(name, dict(one)) for name, one in said.items()]
    except (ValueError, TypeError, AttributeError):
        raise Problem("quality: the argument is no JSON of checks by id") from None
    for one in found:
        if one.sql is None and one.id not in declared()["checks"]:
            raise Problem(f"quality: there is no check {one.id}, and it has no SQL of its own")
    return found


def _check(name: str, one: dict[str, Any]) -> Check:
    level = ERROR if one.pop("level", WARNING) == ERROR else WARNING
    sql = one.pop("sql", None)
    return Check(name, level, one, sql if isinstance(sql, str) else None)


# --- judging ---


def of_rows(check: Check, dataset: str | None, found: Counted, noun: str) -> Result:
    """A check that counts rows: how large a share may fail is its `maxShare`, by default none."""
    most = float(check.settings.get("maxShare", 0)) * found.of
    status = FAILED if found.found > most else PASSED
    fails = declared()["checks"].get(check.id, {}).get("fails", "fail")
    parts = ", ".join(f"{name} {count}" for name, count in found.parts.items() if count)
    text = f"{found.found} of {found.of} {noun} {fails}" + (f" ({parts})" if parts else "")
    if found.found == 0:
        text = f"none of {found.of} {noun} {fails}"
    return Result(check.id, dataset, check.level, status, found.found, found.of, text)


def of_age(check: Check, dataset: str, seconds: float) -> Result:
    """Freshness: days since Silver last gained or changed a row."""
    limit = float(check.settings.get("maxAgeDays", 7))
    days = max(0.0, seconds / DAY_SECONDS)
    status = FAILED if days > limit else PASSED
    text = f"the last change came {days:.1f} days ago; {limit:g} are allowed"
    return Result(check.id, dataset, check.level, status, int(days), None, text)


def of_volume(check: Check, dataset: str, rows: int, before: Sequence[int]) -> Result:
    """What a run brought, against the median of those before: too much and too little are both told."""
    if len(before) < NEEDED_RUNS:
        text = f"{rows} rows; {NEEDED_RUNS} runs tell what is usual, and there are {len(before)}"
        return Result(check.id, dataset, check.level, SKIPPED, rows, None, text)
    usual = median(before)
    factor = float(check.settings.get("factor", 5))
    status = FAILED if rows > usual * factor or rows * factor < usual else PASSED
    text = f"{rows} rows, where {usual:g} are usual (the median of {len(before)} runs, {factor:g} times more or fewer)"
    return Result(check.id, dataset, check.level, status, rows, int(usual), text)


def broken(check: Check, dataset: str | None, why: str) -> Result:
    """A check that could not be made."""
    return Result(check.id, dataset, check.level, BROKEN, None, None, f"could not be checked: {why}")


def skipped(check: Check, dataset: str | None, why: str) -> Result:
    """A check for which there is nothing to look at."""
    return Result(check.id, dataset, check.level, SKIPPED, None, None, why)


def judged(check: Check, dataset: str, told: Mapping[str, Any], now: float) -> Result:
    """What a Silver job has counted of a dataset (`quality_counts`), as a result."""
    noun = f"{registry.datasets()[dataset].resource} resources"
    if check.id == "freshness":
        return of_age(check, dataset, now - float(told["changed_at"]))
    if check.id == "volume":
        return of_volume(check, dataset, int(told["changed"]), [int(one) for one in told["volumes"]])
    found = told["counts"].get(check.id)
    if check.id == "completeness" and (found is None or not found["of"]):
        return skipped(check, dataset, "no manifest of an export promises any")
    if found is None:
        return broken(check, dataset, "the Silver job was not asked to count it: apply, and run the workflow")
    return of_rows(check, dataset, Counted(found["count"], found["of"], found.get("parts", {})), noun)


# --- telling ---


def bad(results: Sequence[Result]) -> list[Result]:
    """Those that are to be told, errors first."""
    found = [one for one in results if one.status in BAD]
    return sorted(found, key=lambda one: (one.level != ERROR, one.name))


def property_of(results: Sequence[Result]) -> str:
    """What a run's property says: its verdict and the message at its end follow from it."""
    found = bad(results)
    said = [[one.level, one.check, one.dataset, one.count] for one in found[:NAMED]]
    counts = {level: sum(1 for one in found if one.level == level) for level in (ERROR, WARNING)}
    passed = sum(1 for one in results if one.status == PASSED)
    return json.dumps({**counts, "passed": passed, "failed": said}, separators=(",", ":"))


def metrics_of(results: Sequence[Result], environment: str) -> list[dict[str, Any]]:
    """CloudWatch's data: failed checks by level, and failing rows by check."""

    def metric(name: str, value: float, dimension: str, word: str) -> dict[str, Any]:
        """One number of this environment."""
        dimensions = [{"Name": "Environment", "Value": environment}, {"Name": dimension, "Value": word}]
        return {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "Count"}

    found = bad(results)
    levels = [
        metric("FailedChecks", sum(1 for one in found if one.level == level), "Level", level)
        for level in (ERROR, WARNING)
    ]
    rows: dict[str, int] = {}
    for one in results:
        if one.check not in ("freshness", "volume") and one.count is not None:
            rows[one.check] = rows.get(one.check, 0) + one.count
    return levels + [metric("FailingRows", count, "Check", name) for name, count in sorted(rows.items())]
