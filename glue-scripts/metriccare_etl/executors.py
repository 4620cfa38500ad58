"""Shipping this package's functions to Spark's Python workers."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from pyspark import cloudpickle

F = TypeVar("F", bound=Callable[..., Any])
PACKAGES = (__name__.split(".", 1)[0], "metriccare_ledger")


def ship(function: F) -> F:
    """The function, pickled with its code: workers then need no copy of our packages.

    A worker that outlives a job (a warm session, a reused Glue worker) could otherwise hold an older version of it.
    """
    for name in [name for name in sys.modules if name.split(".", 1)[0] in PACKAGES]:
        cloudpickle.register_pickle_by_value(sys.modules[name])  # type: ignore[no-untyped-call]
    return function
