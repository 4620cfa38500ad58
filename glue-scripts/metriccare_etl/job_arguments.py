"""What each job takes on its command line; `args.parse` makes these of one."""

from dataclasses import dataclass

from metriccare_etl import args, registry
from metriccare_etl.limits import MEGABYTE, Limits
from metriccare_ledger.schema import HASH_KEY


@dataclass(frozen=True, kw_only=True)
class Alone:
    """What Glue adds of its own: outside a workflow there is no run."""

    JOB_NAME: str
    WORKFLOW_NAME: str = ""
    WORKFLOW_RUN_ID: str = ""
    JOB_RUN_ID: str = ""


@dataclass(frozen=True, kw_only=True)
class BronzeArguments(Alone):
    """Arguments of a Bronze job."""

    dataset: str = args.one_of(lambda: registry.datasets())
    ledger_table: str
    bronze_path: str
    ledger_hash_key: str = HASH_KEY
    ledger_ttl_attribute: str = ""
    ledger_ttl_days: int = 0
    bronze_database: str = ""
    max_files_per_run: int = args.at_least(1, default=1000)
    max_line_megabytes: float | None = None
    max_bundle_megabytes: float | None = None
    max_object_megabytes: float | None = None
    raw_kms_key: str = ""
    aws_region: str = ""
    bucket_owner: str = ""
    forget: str = ""


@dataclass(frozen=True, kw_only=True)
class SilverArguments(Alone):
    """Arguments of a Silver job."""

    dataset: str = args.one_of(lambda: registry.datasets())
    bronze_path: str
    silver_path: str
    silver_database: str = ""
    quality: str = ""
    forget: str = ""


@dataclass(frozen=True, kw_only=True)
class GoldArguments(Alone):
    """Arguments of a Gold job."""

    measure: str = args.one_of(lambda: registry.lakehouse().measures)
    silver_path: str
    gold_path: str
    as_of: str
    time_zone: str
    inpatient_classes: tuple[str, ...]
    planned_priorities: tuple[str, ...]
    icd10_systems: tuple[str, ...]
    hai_value_set: str
    strata: tuple[str, ...] = ()
    age_bands: tuple[str, ...] = ()
    gold_database: str = ""
    quality: str = ""
    quality_environment: str = ""
    full: bool = False


def limits_of(arguments: BronzeArguments) -> Limits:
    """The config's limits, in bytes."""
    sizes = {
        "line": arguments.max_line_megabytes,
        "bundle": arguments.max_bundle_megabytes,
        "object": arguments.max_object_megabytes,
    }
    return Limits(**{name: int(size * MEGABYTE) for name, size in sizes.items() if size})
