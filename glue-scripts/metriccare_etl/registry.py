"""Which datasets and measures there are: `schemas/lakehouse.json`, which the command line reads as well.

A measure is one entry of it and one file in `sql`. Both travel in this package's zip, so they are read through its
loader and not from a path.
"""

import json
import pkgutil
from functools import lru_cache
from typing import Any, NamedTuple

from metriccare_etl.safe import Problem

PACKAGE = __name__.split(".", 1)[0]
FILE = "schemas/lakehouse.json"


class Dataset(NamedTuple):
    """One FHIR resource type: its tables are called by its id; the key and the columns are those of Silver."""

    id: str
    resource: str
    key: str
    columns: dict[str, str]


class Measure(NamedTuple):
    """What one Gold job computes: a table of one or more figures, each with the factor of its rate.

    `leaves_out`: by figure, the rules that leave stays out of it, in order; its query names them (`accounting`).
    """

    id: str
    sql: str
    table: str
    datasets: tuple[str, ...]
    factors: dict[str, float]
    value_set: bool
    accounts: tuple[str, ...]
    leaves_out: dict[str, tuple[str, ...]]
    # days after an admission or a discharge on which as-of changes a patient's figures, for a query that looks at one
    # patient at a time and answers `patient_id`; None: it may look at all of them
    as_of_days: tuple[int, ...] | None = None
    by_category: bool = False  # what its stays add is events of M3, which have categories
    events: tuple[str, ...] = ()  # figures whose numerator is a number of events


class Registry(NamedTuple):
    """All that the file says, by id."""

    datasets: dict[str, Dataset]
    measures: dict[str, Measure]
    cohorts: tuple[str, ...]
    stays: str
    accounts: dict[str, tuple[str, ...]]
    strata: tuple[str, ...] = ()

    def keeper(self) -> str:
        """The measure whose job keeps the stays for all others: the one with the figure that counts stays."""
        return next(one.id for one in self.measures.values() if self.stays in one.factors)

    def kept(self) -> list[Measure]:
        """The measures whose figures are kept patient by patient."""
        return [one for one in self.measures.values() if one.as_of_days is not None]

    def rules(self) -> list[tuple[str, str]]:
        """(block, rule) of the accounting, in order."""
        figures = {name: ("used", *out) for one in self.measures.values() for name, out in one.leaves_out.items()}
        return [(block, rule) for block, listed in {**self.accounts, **figures}.items() for rule in listed]


def text_of(path: str) -> str:
    """A file of this package, wherever the package is: a folder, or a zip on the path."""
    try:
        data = pkgutil.get_data(PACKAGE, path)
    except OSError:
        data = None
    if data is None:
        raise Problem(f"the jobs' package has no file {path}")
    return data.decode("utf-8")


@lru_cache(maxsize=1)
def lakehouse() -> Registry:
    """The registry of this package."""
    return parse(text_of(FILE))


def parse(text: str) -> Registry:
    """A registry from its JSON text. `metriccare validate` has looked at it; what is still wrong is one Problem."""
    try:
        said = json.loads(text)
        return Registry(
            {name: _dataset(name, one) for name, one in said["datasets"].items()},
            {name: _measure(name, one) for name, one in said["measures"].items()},
            tuple(said["cohorts"]),
            said["stays"],
            {name: tuple(listed) for name, listed in said.get("accounting", {}).get("blocks", {}).items()},
            tuple(said.get("strata", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(
            f"the registry {FILE} cannot be read: {type(error).__name__}; metriccare validate says where"
        ) from None


def _dataset(name: str, one: dict[str, Any]) -> Dataset:
    return Dataset(name, one["resource"], one["key"], dict(one["columns"]))


def _measure(name: str, one: dict[str, Any]) -> Measure:
    return Measure(
        name,
        f"sql/{one.get('sql', f'{name}.sql')}",
        one.get("table", name),
        tuple(one["datasets"]),
        {figure: float(said["factor"]) for figure, said in one["figures"].items()},
        bool(one.get("valueSet", False)),
        tuple(one.get("accounts", ())),
        {figure: tuple(said["leavesOut"]) for figure, said in one["figures"].items() if "leavesOut" in said},
        tuple(one["asOfDays"]) if "asOfDays" in one else None,
        bool(one.get("byCategory", False)),
        tuple(figure for figure, said in one["figures"].items() if said.get("counts", [""])[0] == "events"),
    )


def datasets() -> dict[str, Dataset]:
    """The datasets by id, in order."""
    return lakehouse().datasets


def measure(name: str) -> Measure:
    """A measure by its id."""
    found = lakehouse().measures.get(name)
    if found is None:
        raise Problem(f"measure: there is no {name}; there are {', '.join(lakehouse().measures)}")
    return found
