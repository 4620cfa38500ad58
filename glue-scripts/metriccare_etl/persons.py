"""What is kept of each person between runs: encounters, infections, stays, and what these add to the figures.

All rules look at one person at a time. So what Silver has changed concerns the persons of the changed rows, as these
name them now and as they did before, and those for whom as-of has passed a date. Nobody else is computed anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from metriccare_etl import gold, measures, merges, queries
from metriccare_etl.queries import Frame, Session
from metriccare_etl.registry import Measure
from metriccare_etl.slices import FILE, Slices
from metriccare_etl.stays import words
from metriccare_etl.strata import Strata

# Whose a row is. One that names nobody stands alone: nothing is made of it, and together they may be many.
PERSON = "coalesce(patient_id, concat('#', id))"
Keep = Callable[[DataFrame], DataFrame]
# What a query may answer beside its counts: of which stay, the rule that left it out, what it is, and who decided.
WHY = ("stay_id", "rule", "what", "by_id")
BROADCAST = "spark.sql.autoBroadcastJoinThreshold"


def reads_of(kept: Sequence[Measure]) -> Measure:
    """All that the kept measures read, as one that reads it."""
    return Measure(
        id="stays",
        sql="",
        table="",
        datasets=tuple(dict.fromkeys(name for one in kept for name in one.datasets)),
        factors={},
        value_set=any(one.value_set for one in kept),
        accounts=(),
        leaves_out={},
    )


def rows_of(
    spark: Session[Frame],
    kept: Sequence[Measure],
    silver: Mapping[str, Frame],
    parameters: gold.Parameters,
    keep: Callable[[Frame], Frame],
) -> Frame:
    """One row for each encounter, infection, stay and set of figures of the persons in these rows of Silver."""
    frames = gold.frames_of(spark, reads_of(kept), silver, parameters, keep)
    answers = {
        f"answer{at}": measures.contributions(spark, one, frames, parameters.calendar) for at, one in enumerate(kept)
    }
    for one, answer in zip(kept, answers.values(), strict=True):
        if isinstance(answer, DataFrame):
            measures.checked(one, answer.columns)
    adds = " UNION ALL ".join(
        f"""SELECT '{one.id}' AS source, measure, patient_id, age65plus, facility,
              CAST(discharge_date AS string) AS discharge_date, bigint(hits) AS hits, bigint(at_risk) AS at_risk,
              {_told(answers[f"answer{at}"])}
            FROM {{answer{at}}}"""
        for at, one in enumerate(kept)
    )
    kinds = {
        "encounter": (PERSON, "id", "struct(e.*)", "{encounters} e"),
        "infection": (PERSON, "id", "struct(i.*)", "{infections} i"),
        "stay": ("patient_id", "stay_id", "struct(s.*)", "{stays} s"),
        "figures": ("patient_id", "patient_id", "figures", "figures"),
    }
    if "infections" not in frames:
        del kinds["infection"]
    parts = [_part(kind, *said, list(kinds)) for kind, said in kinds.items()]
    used = {name: frames[name] for name in ("encounters", "stays", "infections") if name in frames}
    return spark.sql(
        f"""
        WITH adds AS ({adds}),
        figures AS (
          SELECT patient_id, struct(stay_id, age65plus, facility, discharge_date,
            collect_list(struct(source, measure, hits, at_risk, rule, what, by_id)) AS adds) AS figures
          FROM adds GROUP BY patient_id, stay_id, age65plus, facility, discharge_date)
        {" UNION ALL ".join(parts)}
        """,
        None,
        **used,
        **answers,
    )


def _told(answer: object) -> str:
    """SQL of what a measure says of each stay beside its counts; null where its query does not answer it."""
    answered = answer.columns if isinstance(answer, DataFrame) else []
    return ", ".join(f"CAST({name if name in answered else 'NULL'} AS string) AS {name}" for name in WHY)


def _part(kind: str, person: str, key: str, value: str, source: str, kinds: Sequence[str]) -> str:
    """SQL of the rows of one kind; the columns of the other kinds are null.

    A kind that no part has has no column: a column of nothing but nulls has no type, and cannot be written.
    """
    columns = ", ".join(f"{value if one == kind else 'NULL'} AS {one}" for one in kinds)
    return f"SELECT '{kind}' AS kind, {person} AS person, {key} AS id, {columns} FROM {source}"


def rules(kept: Sequence[Measure], strata: Strata) -> str:
    """A short name of the queries that make the rows: another one as soon as one of them is another."""
    listener = queries.Listener()
    silver = dict.fromkeys(reads_of(kept).datasets, listener)
    rows_of(listener, kept, silver, gold.FIXED._replace(strata=strata), lambda frame: frame)
    return queries.digest([*listener.heard, [[one.id, one.as_of_days] for one in kept]])


def figures_of(spark: Session[Frame], rows: Frame, measures_of: Sequence[Measure]) -> Frame:
    """What each stay adds to the figures of these measures, from the rows that are kept."""
    return spark.sql(
        f"""
        SELECT measure, stay_id, age65plus, facility, discharge_date, hits, at_risk FROM (
          SELECT figures.stay_id, figures.age65plus, figures.facility, figures.discharge_date,
            inline(filter(figures.adds, one -> one.source IN ({_sources(measures_of)})))
          FROM {{rows}} WHERE kind = 'figures')
        """,
        None,
        rows=rows,
    )


def _sources(measures_of: Sequence[Measure]) -> str:
    return ", ".join(f"'{one.id}'" for one in measures_of)


def told_of(spark: Session[Frame], rows: Frame, measures_of: Sequence[Measure]) -> Frame:
    """What the figures of these measures made of each stay (`rule`, `what`), from the rows that are kept, read once."""
    return spark.sql(
        f"""
        SELECT measure, rule, what FROM (
          SELECT inline(filter(figures.adds, one -> one.source IN ({_sources(measures_of)})))
          FROM {{rows}} WHERE kind = 'figures')
        """,
        None,
        rows=rows,
    )


def touched(
    spark: SparkSession,
    news: Mapping[str, DataFrame],
    rows: DataFrame,
    classes: Sequence[str],
    as_of: tuple[str, str],
    as_of_days: Sequence[int],
) -> DataFrame:
    """Persons of whom anything may be another than the rows say.

    `news` are rows of Silver that have changed, by dataset, with nothing but an id where one was dropped, and `coded`
    the infections among them and `moved` the persons whom a merge concerns; `rows` what is kept; `as_of` the earlier
    and the later of the two dates. A patient of whom nothing is kept, and an encounter that is no stay and was none,
    concern nobody.
    """
    days = ", ".join(str(day) for day in dict.fromkeys((0, *as_of_days)))
    passed = f" OR exists(array({days}), day -> {_passed('start_date')} OR {_passed('end_date')})"
    moves = as_of[0] != as_of[1]  # else no date has to be read
    return spark.sql(
        f"""
        WITH changed AS (
          SELECT id, 'encounter' AS kind FROM {{encounter}} UNION ALL
          SELECT id, 'infection' AS kind FROM {{condition}}),
        here AS (
          -- by hint, because what is kept is read once then, however much that is
          SELECT /*+ BROADCAST(c, p) */ k.person FROM {{rows}} k
            LEFT JOIN changed c ON c.kind = k.kind AND c.id = k.id
            LEFT JOIN {{patient}} p ON p.id = k.person
          WHERE k.kind IN ('encounter', 'infection') AND (c.id IS NOT NULL OR p.id IS NOT NULL{passed if moves else ""})
          UNION ALL SELECT {PERSON} FROM {{encounter}} WHERE arrays_overlap(classes, {words(classes)})
          UNION ALL SELECT {PERSON} FROM {{coded}}
          UNION ALL SELECT person FROM {{moved}})
        SELECT DISTINCT person FROM here
        """,
        {"since": as_of[0], "until": as_of[1]} if moves else None,
        rows=rows,
        encounter=news["encounter"],
        condition=news["condition"],
        patient=news["patient"],
        coded=news["coded"],
        moved=news["moved"],
    )


def _passed(column: str) -> str:
    """SQL of whether as-of, when it moved, passed the date that comes so many days after an encounter's."""
    day = f"coalesce(date_add(k.encounter.{column}, day), CAST(:since AS date))"
    return f"({day} > CAST(:since AS date) AND {day} <= CAST(:until AS date))"


def silver_of(spark: SparkSession, lake: merges.Lake, persons: DataFrame) -> dict[str, DataFrame]:
    """The rows of Silver that concern these persons, by dataset, read now.

    Files are chosen by whose their rows are: of persons who are new the others need not be read.
    """
    found = {}
    for name, frame in lake.raw.items():
        slices = Slices(spark, frame)
        files = slices.having(_whose(slices.read(), name, lake.merges), "person", persons)
        rows = _whose(slices.read(files), name, lake.merges)
        part = rows.join(F.broadcast(persons), "person", "left_semi").drop("person", FILE)
        found[name] = part.localCheckpoint()  # by all tasks; what is made of it is made by one
    return found


def _whose(rows: DataFrame, dataset: str, merged: merges.Merges) -> DataFrame:
    """Rows of Silver, each with the person whom it concerns."""
    pointed = merges.applied({dataset: rows}, merged)[dataset]
    return pointed.selectExpr("*", f"{'id' if dataset == 'patient' else PERSON} AS person")


@contextmanager
def by_one_task(spark: SparkSession, silver: Mapping[str, DataFrame]) -> Iterator[tuple[dict[str, DataFrame], Keep]]:
    """The rows in one partition each, so that nothing made of them is exchanged; and how to keep what is made of them.

    Of few persons, planning is most of the work: with every exchange Spark plans again, and what is kept by `persist`
    stands in each plan that reads it. So the frames that are kept here have no past.
    """
    before = spark.conf.get(BROADCAST) or ""
    spark.conf.set(BROADCAST, "-1")  # a broadcast is an exchange too
    try:
        yield {name: frame.coalesce(1) for name, frame in silver.items()}, without_past
    finally:
        spark.conf.set(BROADCAST, before)


def without_past(frame: DataFrame) -> DataFrame:
    """The frame's rows, computed once and as soon as somebody asks; its plan says no more than that they are there."""
    return frame.localCheckpoint(eager=False)
