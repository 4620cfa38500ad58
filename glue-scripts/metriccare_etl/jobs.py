"""The ten jobs' mains: arguments in, one layer's work, one line of counts out; a failure raises (exit code not 0)."""

import uuid

from pyspark.sql import SparkSession

from metriccare_etl import args, aws, bronze, gold, ledger, parsing, readers, safe, silver
from metriccare_etl.limits import MEGABYTE, Limits
from metriccare_etl.stopwatch import Stopwatch
from metriccare_ledger.schema import HASH_KEY

ALONE = {"WORKFLOW_RUN_ID": "", "JOB_RUN_ID": ""}


def bronze_main(argv=None):
    """A Bronze job: freeze the run's files, append this dataset's rows, mark them in the ledger."""
    arguments = args.resolve(
        ["JOB_NAME", "dataset", "ledger_table", "bronze_path"],
        {
            **ALONE,
            "ledger_hash_key": HASH_KEY,
            "ledger_ttl_attribute": "",
            "ledger_ttl_days": "0",
            "bronze_database": "",
            "max_files_per_run": "1000",
            "max_line_megabytes": "",
            "max_bundle_megabytes": "",
            "max_object_megabytes": "",
            "raw_kms_key": "",
            "aws_region": "",
            "bucket_owner": "",
        },
        argv,
    )
    aws.expect_owner(arguments.bucket_owner)
    return safe.guarded(arguments.JOB_NAME, lambda: _bronze(arguments))


def _bronze(arguments):
    owner = arguments.JOB_RUN_ID or f"{arguments.JOB_NAME}-{uuid.uuid4().hex}"
    run_id = arguments.WORKFLOW_RUN_ID or owner
    ttl_days = int(arguments.ledger_ttl_days or 0)
    ttl = (arguments.ledger_ttl_attribute, ttl_days) if arguments.ledger_ttl_attribute and ttl_days else None
    table = aws.dynamodb_table(arguments.ledger_table, arguments.aws_region or None)
    watch = Stopwatch()
    book = ledger.Ledger(table, run_id, owner, arguments.ledger_hash_key, ttl, watch=watch)
    items = book.freeze(int(arguments.max_files_per_run))
    marks = readers.Marks(
        arguments.ledger_table, arguments.ledger_hash_key, run_id, arguments.dataset, arguments.aws_region or None, ttl
    )
    reading = parsing.Reading(arguments.dataset, limits_of(arguments), arguments.raw_kms_key, marks)
    try:
        return _ingest(arguments, book, items, run_id, reading, watch)
    finally:
        if not arguments.WORKFLOW_RUN_ID:
            book.release(items)  # no workflow run whose end would give them back


def limits_of(arguments):
    """The config's limits, in bytes."""
    given = {name: arguments[f"max_{name}_megabytes"] for name in Limits._fields}
    return Limits(**{name: int(float(size) * MEGABYTE) for name, size in given.items() if size})


def _ingest(arguments, book, items, run_id, reading, watch):
    dataset = arguments.dataset
    committed = [file for file in items if file.has_rows(dataset)]
    todo = [file for file in items if not file.has_rows(dataset)]
    ended = sum(1 for item in committed if book.end_if_complete(item))
    reports, lost = {}, []

    def read(files):
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


def silver_main(argv=None):
    """A Silver job: upsert what Bronze has gained."""
    arguments = args.resolve(
        ["JOB_NAME", "dataset", "bronze_path", "silver_path"], {**ALONE, "silver_database": ""}, argv
    )
    return safe.guarded(arguments.JOB_NAME, lambda: _silver(arguments))


def _silver(arguments):
    outcome = silver.refresh(
        spark_session(), arguments.dataset, arguments.bronze_path, arguments.silver_path, arguments.silver_database
    )
    safe.log("silver", job=arguments.JOB_NAME, run_id=arguments.WORKFLOW_RUN_ID, **outcome)
    return outcome


def gold_main(table, argv=None):
    """A Gold job: compute one table of measures, if anything that it stands on has changed."""
    arguments = args.resolve(
        [
            "JOB_NAME",
            "silver_path",
            "gold_path",
            "as_of",
            "time_zone",
            "inpatient_classes",
            "planned_priorities",
            "icd10_systems",
            "hai_value_set",
        ],
        {**ALONE, "gold_database": ""},
        argv,
    )
    return safe.guarded(arguments.JOB_NAME, lambda: _gold(table, arguments))


def _gold(table, arguments):
    spark = spark_session()
    parameters = gold.Parameters(
        gold.calendar_of(spark, arguments.as_of, arguments.time_zone),
        tuple(arguments.words("inpatient_classes")),
        tuple(arguments.words("planned_priorities")),
        tuple(arguments.words("icd10_systems")),
        gold.read_csv(spark, arguments.hai_value_set) if table == "hai" else "",
    )
    outcome = gold.refresh(
        spark, table, arguments.silver_path, arguments.gold_path, arguments.gold_database, parameters
    )
    safe.log("gold", job=arguments.JOB_NAME, run_id=arguments.WORKFLOW_RUN_ID, **outcome)
    return outcome


def spark_session():
    """The session, with the one setting that the rules for dates stand on. All else comes from outside."""
    spark = SparkSession.builder.getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    return spark
