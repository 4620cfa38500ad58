"""From resources to measure rows through the package, without S3 and Hudi: Bronze rows, Silver rows, Gold rows."""

import io
from pathlib import Path

DATASETS = ("patient", "encounter", "condition")
HAI = Path(__file__).parents[2] / "glue-scripts/value-sets/hai.csv"


def file_of(number=1):
    """A claimed file, as executors see it."""
    generation = f"{1_700_000_000_000 + number:013d}-{number:024X}"
    return {"file_id": f"raw/fhir/{number}.ndjson#{generation}", "generation": generation}


def silver_of(spark, bodies):
    """{dataset: Silver rows} of file bodies, oldest first."""
    from metriccare_etl import bronze, merges, silver

    found = {}
    for dataset in DATASETS:
        parsed = [
            one
            for number, body in enumerate(bodies, 1)
            for one in bronze.parse_body(io.BytesIO(body.encode()), file_of(number), dataset)
        ]
        frame = spark.createDataFrame(parsed, bronze.PARSED, verifySchema=False)
        found[dataset] = silver.silver_rows(bronze.bronze_rows(frame, "now", "run"), dataset).persist()
    return merges.applied(found, merges.of_patients(found["patient"]))


def parameters(
    as_of="2023-06-30",
    zone="UTC",
    classes=("IMP", "ACUTE"),
    planned=("EL",),
    icd10=None,
    hai=None,
    strata=(),
    bands=(18, 45, 65, 75, 85),
):
    from metriccare_etl import gold, stays, value_set
    from metriccare_etl.strata import Strata

    return gold.Parameters(
        stays.Calendar(zone, as_of),
        tuple(classes),
        tuple(planned),
        tuple(icd10 or value_set.ICD10_SYSTEMS),
        hai or HAI.read_text(),
        Strata(tuple(strata), tuple(bands)),
    )


def frames_of(spark, measure, silver, given):
    """What the measure's SQL can read. Planning is most of what so few rows cost: no plan has another one in it."""
    from metriccare_etl import gold, persons

    return gold.frames_of(spark, measure, silver, given, persons.without_past)


def figures_of_stays(spark, silver, given):
    """{(stay, figure): its row} of all stays, those that count nowhere too."""
    from metriccare_etl import measures, registry

    frames = frames_of(spark, registry.measure("hai"), silver, given)
    found = {}
    for measure in registry.lakehouse().measures.values():
        for row in measures.contributions(spark, measure, frames, given.calendar).collect():
            assert (row.stay_id, row.measure) not in found, "two rows of one stay and figure"
            found[row.stay_id, row.measure] = row
    return found


def rows_of(spark, silver, given):
    """{(measure, cohort, facility, period): (numerator, denominator)} of all measures, rows by stratum under one word
    more; checks the rates.
    """
    from functools import reduce

    from pyspark.sql import DataFrame

    from metriccare_etl import measures, persons, registry

    listed = registry.lakehouse().measures.values()
    factors = {name: factor for measure in listed for name, factor in measure.factors.items()}
    frames = frames_of(spark, registry.measure("hai"), silver, given)  # all that any measure reads
    parts = [
        measures.contributions(spark, measure, frames, given.calendar).select(*measures.COLUMNS) for measure in listed
    ]
    rows = measures.measure_rows(spark, reduce(DataFrame.union, parts), factors).collect()
    for measure in listed:
        part = measures.contributions(spark, measure, frames, given.calendar)
        rows += divided_rows(spark, measure, persons.without_past(part), frames, given)
    found = {key_of(row): (row.numerator, row.denominator) for row in rows}
    assert len(found) == len(rows), "two rows of one key"
    for row in rows:
        rate = factors[row.measure] * row.numerator / row.denominator if row.denominator else None
        assert row.rate == rate or abs(row.rate - rate) < 1e-12
    return found


def divided_rows(spark, measure, contributions, frames, given):
    """Rows by stratum of one measure."""
    from metriccare_etl import strata, value_set

    codes = value_set.parse(given.hai_csv, given.icd10_systems).categories()
    rows = strata.rows(spark, measure, contributions, frames, given.strata, codes)
    return rows.collect() if rows is not None else []


def key_of(row):
    """(measure, cohort, facility, period), and the stratum of a row that has one."""
    stratum = row.asDict().get("stratum")
    return (row.measure, row.cohort, row.facility, row.period, *([] if stratum is None else [stratum]))


class Whole:
    """A frame in the place of a table's files."""

    def __init__(self, frame):
        self.read = lambda: frame
