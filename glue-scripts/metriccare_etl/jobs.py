"""The three jobs' mains: arguments in, one layer's work, one line of counts out; a failure raises (exit code not 0)."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pyspark.sql import SparkSession

from metriccare_etl import (
    accounting,
    args,
    aws,
    bronze,
    forgetting,
    gold,
    keeping,
    ledger,
    parsing,
    quality,
    quality_counts,
    quality_gold,
    readers,
    registry,
    safe,
    silver,
    strata,
)
from metriccare_etl.claimed import Claimed, Report
from metriccare_etl.job_arguments import Alone, BronzeArguments, GoldArguments, SilverArguments, limits_of
from metriccare_etl.stopwatch import Stopwatch
from metriccare_ledger.files import File

FULL = "metriccare_full"  # the run property
Argv = Sequence[str] | None
Outcome = dict[str, Any]
T = TypeVar("T", bound=args.Declared)


def _main(kind: type[T], work: Callable[[T], Outcome], argv: Argv, **words: str | None) -> Outcome:
    name = args.given(argv).get("JOB_NAME", "job")
    return safe.guarded(name, lambda: work(args.parse(kind, argv, **words)))


def bronze_main(argv: Argv = None) -> Outcome:
    """A Bronze job: freeze the run's files, append this dataset's rows, mark them in the ledger."""
    return _main(BronzeArguments, _bronze, argv)


def _bronze(arguments: BronzeArguments) -> Outcome:
    aws.expect_owner(arguments.bucket_owner)
    if arguments.forget:
        return _forget_bronze(arguments)
    owner = arguments.JOB_RUN_ID or f"{arguments.JOB_NAME}-{uuid.uuid4().hex}"
    run_id = arguments.WORKFLOW_RUN_ID or owner
    ttl_days = arguments.ledger_ttl_days
    ttl = (arguments.ledger_ttl_attribute, ttl_days) if arguments.ledger_ttl_attribute and ttl_days else None
    table = aws.dynamodb_table(arguments.ledger_table, arguments.aws_region or None)
    watch = Stopwatch()
    book = ledger.Ledger(table, run_id, owner, arguments.ledger_hash_key, ttl, watch=watch)
    items = book.freeze(arguments.max_files_per_run)
    marks = readers.Marks(
        arguments.ledger_table, arguments.ledger_hash_key, run_id, arguments.dataset, arguments.aws_region or None, ttl
    )
    reading = parsing.Reading(arguments.dataset, limits_of(arguments), arguments.raw_kms_key, marks)
    try:
        return _ingest(arguments, book, items, run_id, reading, watch)
    finally:
        if not arguments.WORKFLOW_RUN_ID:
            book.release(items)  # no workflow run whose end would give them back


def _forget_bronze(arguments: BronzeArguments) -> Outcome:
    spark = spark_session()
    request = forgetting.read_request(spark, arguments.forget)
    place = (arguments.dataset, arguments.bronze_path, arguments.bronze_database)
    outcome = forgetting.from_bronze(spark, request, *place)
    safe.log("forget", job=arguments.JOB_NAME, **outcome)
    return outcome


def _ingest(
    arguments: BronzeArguments,
    book: ledger.Ledger,
    items: list[File],
    run_id: str,
    reading: parsing.Reading,
    watch: Stopwatch,
) -> Outcome:
    dataset = arguments.dataset
    committed = [file for file in items if file.has_rows(dataset)]
    todo = [file for file in items if not file.has_rows(dataset)]
    ended = sum(1 for item in committed if book.end_if_complete(item))
    reports: dict[str, Report] = {}
    lost: list[int] = []

    def read(files: list[Claimed]) -> None:
        with watch.time("ingesting"):
            found = bronze.ingest(
                spark_session(), files, reading, arguments.bronze_path, arguments.bronze_database, run_id
            )
        with watch.time("marking"):
            lost.append(book.finish_all(found, dataset))
        reports.update(found)

    if todo:
        files = parsing.describe_files(todo, arguments.ledger_hash_key)
        readers.read_in_turn(book.after_a_crash(files, dataset), read, book, dataset)
        book.clear_marks(dataset)  # tasks that Spark ended beside a lost one
    outcome = {
        "files": len(items),
        "read": len(reports),
        "committed_before": len(committed),
        "ended_before": ended,
        "rows": sum(report["rows"] for report in reports.values()),
        "records": sum(report["records_in"] for report in reports.values()),
        "quarantined": sum(report["quarantined"] for report in reports.values()),
        "failed": sum(1 for report in reports.values() if report["error"]) + book.given_up,
        "readers_lost": book.readers_lost,
        "claims_lost": sum(lost),
    }
    safe.log("bronze", job=arguments.JOB_NAME, run_id=run_id, seconds=watch.seconds(), **outcome)
    return outcome


def silver_main(argv: Argv = None) -> Outcome:
    """A Silver job: upsert what Bronze has gained."""
    return _main(SilverArguments, _silver, argv)


def _silver(arguments: SilverArguments) -> Outcome:
    if arguments.forget:
        spark = spark_session()
        request = forgetting.read_request(spark, arguments.forget)
        place = (arguments.dataset, arguments.bronze_path, arguments.silver_path, arguments.silver_database)
        told = forgetting.from_silver(spark, request, *place)
        safe.log("forget", job=arguments.JOB_NAME, **told)
        return told
    outcome = silver.refresh(
        spark_session(), arguments.dataset, arguments.bronze_path, arguments.silver_path, arguments.silver_database
    )
    if arguments.quality:
        outcome |= _beside("quality", lambda: _counted(arguments))
    safe.log("silver", job=arguments.JOB_NAME, run_id=arguments.WORKFLOW_RUN_ID, **outcome)
    return outcome


def _counted(arguments: SilverArguments) -> Outcome:
    """What the quality checks of its dataset need."""
    where = quality_counts.Place(arguments.dataset, arguments.bronze_path, arguments.silver_path)
    return quality_counts.refresh(spark_session(), where, quality.asked(arguments.quality), _run_of(arguments))


def _run_of(arguments: Alone) -> str:
    """The run that a job is part of, else its own."""
    return arguments.WORKFLOW_RUN_ID or arguments.JOB_RUN_ID


def gold_main(measure: str | None = None, argv: Argv = None) -> Outcome:
    """A Gold job: compute one table of measures, if anything that it stands on has changed.

    `measure` is for a script that does one alone; the argument `--measure` wins over it.
    """
    return _main(GoldArguments, _gold, argv, measure=measure)


def _gold(arguments: GoldArguments) -> Outcome:
    spark = spark_session()
    one = registry.measure(arguments.measure)
    keeps = one.id == registry.lakehouse().keeper()
    codes = one.value_set or (keeps and accounting.needs().value_set)
    parameters = gold.Parameters(
        gold.calendar_of(spark, arguments.as_of, arguments.time_zone),
        arguments.inpatient_classes,
        arguments.planned_priorities,
        arguments.icd10_systems,
        gold.read_csv(spark, arguments.hai_value_set) if codes else "",
        strata.parse(arguments.strata, arguments.age_bands),
    )
    keeper = keeping.Keeper(spark, arguments.silver_path, parameters)
    full = arguments.full or _asked_for_all(arguments)
    stays = keeper.refresh(full) if keeps else {}
    wanted = gold.Wanted(
        arguments.silver_path, arguments.gold_path, arguments.gold_database, full, arguments.WORKFLOW_RUN_ID
    )
    outcome = gold.refresh(spark, one, wanted, parameters, lambda instants: keeper.kept_for(one, instants))
    accounts = (
        _beside("accounting", lambda: accounting.refresh(spark, wanted, parameters, keeper.kept_for)) if keeps else {}
    )
    checks = _beside("quality", lambda: _checked(spark, arguments)) if keeps and arguments.quality else {}
    done = {**stays, **outcome, **accounts, **checks}
    safe.log("gold", job=arguments.JOB_NAME, run_id=arguments.WORKFLOW_RUN_ID, **done)
    return done


def _checked(spark: SparkSession, arguments: GoldArguments) -> Outcome:
    """The end of the quality checks."""
    place = quality_gold.Place(
        arguments.silver_path,
        arguments.gold_path,
        arguments.gold_database,
        arguments.WORKFLOW_NAME,
        _run_of(arguments),
        arguments.quality_environment,
    )
    return {"quality": quality_gold.refresh(spark, place, quality.asked(arguments.quality))}


def _beside(name: str, work: Callable[[], Outcome]) -> Outcome:
    """What is told beside the tables: they stand without it, so what kept it from being told is told, and no failure.

    `ledger audit` sees a missing accounting, and a missing count is a check that could not be made.
    """
    try:
        return work()
    except Exception as error:
        return {name: "not_written", "because": safe.describe(error)}


def _asked_for_all(arguments: GoldArguments) -> bool:
    """Whether `metriccare run-workflow --full` started the run."""
    if not (arguments.WORKFLOW_NAME and arguments.WORKFLOW_RUN_ID):
        return False
    return aws.run_property(arguments.WORKFLOW_NAME, arguments.WORKFLOW_RUN_ID, FULL) == "true"


def spark_session() -> SparkSession:
    """The session, with the one setting that the rules for dates stand on. All else comes from outside."""
    spark = SparkSession.builder.getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    return spark
