"""A claimed file, as a job and its executors see it, and what became of it."""

from typing import TypedDict

from metriccare_ledger.files import Place


class Claimed(Place):
    """`attempt` and `lost` count as this job has seen them."""

    file_id: str


class Report(TypedDict):
    """What the ledger is told of one file."""

    rows: int
    records_in: int
    quarantined: int
    large: int
    dataset: str
    error: str | None
