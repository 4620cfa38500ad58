"""The measures of DOMAIN F.7: integer numerators and denominators, a rate that is null where the denominator is 0.

Each measure is first one row a stay (`at_risk`, `hits`), then one table for cohorts `all` and `age65plus`, overall, by
facility, by year and by month of discharge. Crude, not risk-adjusted, not a CMS result.
"""

from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, LongType, StringType, StructField, StructType

from metriccare_etl.stays import calendar_date

ROWS = StructType(
    [
        StructField("measure", StringType()),
        StructField("cohort", StringType()),
        StructField("facility", StringType()),
        StructField("period", StringType()),
        StructField("numerator", LongType()),
        StructField("denominator", LongType()),
        StructField("rate", DoubleType()),
    ]
)
COHORTS = ("all", "age65plus")
PER_PATIENT_DAYS = 1000.0
MEASURES = {  # table -> {measure: factor of the rate}
    "readmission": {"readmission_30d": 1.0},
    "mortality": {"mortality_in_hospital": 1.0, "mortality_30d": 1.0},
    "hai": {"hai": PER_PATIENT_DAYS, "hai_stays": 1.0},
    "length_of_stay": {"length_of_stay": 1.0, "length_of_stay_midnights": 1.0},
}


def per_stay(stays, measure, hits, at_risk):
    """stay_id, cohort and grouping columns, and what the stay adds to numerator and denominator."""
    return stays.select(
        "age65plus",
        "facility",
        "discharge_date",
        F.lit(measure).alias("measure"),
        hits.cast("long").alias("hits"),
        at_risk.cast("long").alias("at_risk"),
    )


# --- M1 ---


def readmission(built, calendar):
    """M1: the earliest admission on days 1 to 30 after the discharge decides; a planned one is none."""
    as_of = F.to_date(F.lit(calendar.as_of))
    index = built.stays.where(
        ~F.col("continued")
        & ~F.col("conflict")
        & ~F.col("died")
        & ~F.coalesce(F.col("disp").isin("ama", "transfer_acute"), F.lit(False))
        & (F.date_add("discharge_date", 30) <= as_of)
    )
    candidates = built.admissions.select(
        F.col("patient_id").alias("next_patient"),
        F.struct(F.col("admit_ts"), F.col("id"), F.col("admit_date"), F.col("planned")).alias("next"),
    )
    days = F.datediff(F.col("next.admit_date"), F.col("discharge_date"))
    follows = (
        (F.col("next_patient") == F.col("patient_id"))
        & (F.col("next.admit_ts") > F.col("end_ts"))
        & days.between(1, 30)
        & (F.col("death_date").isNull() | (F.col("death_date") >= F.col("next.admit_date")))
    )
    first = (
        index.join(candidates, follows)
        .groupBy("stay_id")
        .agg(F.min("next").alias("first"))
        .select("stay_id", (~F.col("first.planned")).alias("readmitted"))
    )
    judged = index.join(first, "stay_id", "left")
    hits = F.coalesce("readmitted", F.lit(False)).cast("int")
    return per_stay(judged, "readmission_30d", hits, F.lit(1))


# --- M2 ---


def mortality(built, calendar):
    """M2a died in hospital; M2b died within 30 days of admission."""
    as_of = F.to_date(F.lit(calendar.as_of))
    complete = built.stays.where(~F.col("continued") & ~F.col("conflict"))
    in_hospital = per_stay(complete, "mortality_in_hospital", F.col("died").cast("int"), F.lit(1))
    followed = complete.where(
        F.coalesce(F.col("disp") != "ama", F.lit(True))
        & ~F.col("vital_unknown")
        & (F.date_add("admit_date", 30) <= as_of)
    )
    within = F.col("eff_death").between(F.col("admit_date"), F.date_add("admit_date", 30))
    return in_hospital.unionByName(
        per_stay(followed, "mortality_30d", F.coalesce(within, F.lit(False)).cast("int"), F.lit(1))
    )


# --- M3 ---


def hai(built, conditions, value_set, calendar):
    """M3: coded infections that open a window on or after the category's first day, over patient days and stays."""
    complete = built.stays.where(~F.col("continued"))
    events = infection_events(built, conditions, value_set, calendar)
    with_events = complete.join(events, "stay_id", "left").withColumn("events", F.coalesce("events", F.lit(0)))
    per_day = per_stay(with_events, "hai", F.col("events"), F.col("los_days"))
    at_risk = (F.col("midnights") >= 2).cast("int")
    return per_day.unionByName(per_stay(with_events, "hai_stays", (F.col("events") > 0).cast("int"), at_risk))


def infection_events(built, conditions, value_set, calendar):
    """stay_id, events: number of window-opening onsets that are events, of complete stays."""
    linked = _linked(built, infections(conditions, value_set, calendar))
    folded = linked.groupBy("stay_id", "category", "first_day", "admit_date").agg(
        F.array_sort(F.collect_list(F.struct("onset", "id"))).alias("onsets")
    )
    # one of the 14 days that begin with the last window-opening onset is a repeat, and does not prolong the window
    counted = folded.withColumn(
        "events",
        F.expr(
            """aggregate(onsets,
                 named_struct('window', cast(NULL AS date), 'events', 0),
                 (state, one) -> CASE WHEN datediff(one.onset, state.window) < 14 THEN state
                   ELSE named_struct('window', one.onset, 'events', state.events
                     + CASE WHEN datediff(one.onset, admit_date) + 1 >= first_day THEN 1 ELSE 0 END) END,
                 state -> state.events)"""
        ),
    )
    return counted.groupBy("stay_id").agg(F.sum("events").alias("events"))


def infections(conditions, value_set, calendar):
    """Conditions that count: id, patient_id, encounter_id, has_encounter, onset, category, first_day."""
    confirmed = conditions.where(F.coalesce("confirmed", F.lit(True)))
    return value_set.infections(confirmed).select(
        "id",
        "patient_id",
        "encounter_id",
        F.coalesce("has_encounter", F.lit(False)).alias("has_encounter"),
        calendar_date("onset", calendar.time_zone).alias("onset"),
        "category",
        "first_day",
    )


def _linked(built, found):
    """Infections with their complete stay, within its time."""
    complete = built.stays.where(~F.col("continued")).select(
        "stay_id", "patient_id", "admit_ts", "admit_date", "discharge_date"
    )
    dated = found.where("onset IS NOT NULL")
    by_encounter = (
        dated.where("has_encounter")
        .join(built.members, ["patient_id", "encounter_id"])
        .join(complete, ["patient_id", "stay_id"])
        .where((F.datediff("onset", "admit_date") >= -2) & (F.datediff("onset", "discharge_date") <= 1))
    )
    in_time = (F.datediff("onset", "admit_date") >= 0) & (F.datediff("onset", "discharge_date") <= 1)
    latest = F.max_by(F.struct("stay_id", "admit_date"), F.struct("admit_ts", "stay_id")).alias("stay")
    by_date = (
        dated.where("NOT has_encounter")
        .join(complete, "patient_id")
        .where(in_time)
        .groupBy("id", "category", "first_day", "onset")
        .agg(latest)
        .select("id", "category", "first_day", "onset", "stay.stay_id", "stay.admit_date")
    )
    return by_encounter.select(*by_date.columns).unionByName(by_date)


# --- M4 ---


def length_of_stay(built):
    """M4: days of care, and midnights, over discharges."""
    complete = built.stays.where(~F.col("continued"))
    days = per_stay(complete, "length_of_stay", F.col("los_days"), F.lit(1))
    return days.unionByName(per_stay(complete, "length_of_stay_midnights", F.col("midnights"), F.lit(1)))


# --- rows ---


def measure_rows(spark, contributions, factors):
    """Contributions of stays to rows (ROWS): every cohort overall, and the groups whose denominator is not 0."""
    cohort = F.when(F.col("age65plus"), F.array(*map(F.lit, COHORTS))).otherwise(F.array(F.lit(COHORTS[0])))
    keys = ["measure", "cohort", "facility", "period"]
    summed = (
        contributions.withColumn("cohort", F.explode(cohort))
        .withColumn("group", F.explode(_groups()))
        .groupBy("measure", "cohort", "group")
        .agg(F.sum("hits").alias("numerator"), F.sum("at_risk").alias("denominator"))
        .select("measure", "cohort", "group.*", "numerator", "denominator")
    )
    overall = spark.createDataFrame(
        [(measure, name, True, "all", "all", 0, 0) for measure in factors for name in COHORTS],
        "measure string, cohort string, overall boolean, facility string, period string, numerator long, denominator long",
    )
    counted = (
        summed.unionByName(overall)
        .groupBy(*keys, "overall")
        .agg(F.sum("numerator").alias("numerator"), F.sum("denominator").alias("denominator"))
        .where("overall OR denominator > 0")
    )
    factor = F.create_map(*[F.lit(item) for pair in factors.items() for item in pair])
    rate = F.when(
        F.col("denominator") > 0,
        F.element_at(factor, F.col("measure")) * F.col("numerator") / F.col("denominator"),
    )
    return counted.select(*keys, "numerator", "denominator", rate.cast("double").alias("rate"))


def _groups():
    """The rows that a stay counts in: overall, its facility, the year and the month of its discharge."""
    everywhere, always = F.lit("all"), F.lit("all")
    facility = F.when(F.col("facility") == "all", "facility all").otherwise(F.col("facility"))
    return F.array(
        _group(True, everywhere, always),
        _group(False, facility, always),
        _group(False, everywhere, F.date_format("discharge_date", "yyyy")),
        _group(False, everywhere, F.date_format("discharge_date", "yyyy-MM")),
    )


def _group(overall, facility, period):
    return F.struct(F.lit(overall).alias("overall"), facility.alias("facility"), period.alias("period"))
