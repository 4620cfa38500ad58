"""What an earlier job has kept of each person, and what all of them add up to, as Gold asks for it (`keeping`)."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from pyspark.sql import DataFrame

from metriccare_etl.registry import Measure


class Summed(NamedTuple):
    """A measure's sums by facility and month, and by stratum; and the counts that its entry asks for."""

    figures: DataFrame
    accounts: dict[str, Any]


class Lines(NamedTuple):
    """Lines of the accounting, those that are counted already, and the measures whose figures are among them."""

    lines: list[DataFrame]
    counts: list[DataFrame]
    of: Sequence[Measure]


class Kept(Protocol):
    """What an earlier job has computed of the same Silver, parameters and rules (`keeping`)."""

    def frames(self) -> dict[str, DataFrame]:
        """Stays, judged encounters and coded infections, by the names that SQL reads them under."""
        ...

    def figures(self, measure: Measure) -> DataFrame | None:
        """What each stay adds to the figures of a measure, where that is kept."""
        ...

    def summed(self, measure: Measure) -> Summed | None:
        """What all stays add to the figures of a measure together, where that is kept."""
        ...

    def lines(self) -> Lines:
        """What the accounting says of all that."""
        ...
