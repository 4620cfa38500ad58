"""Encounters to inpatient stays (DOMAIN F.3 to F.6). DataFrame to DataFrame; the order of the rules is the text's.

Instants are timestamps in a session whose time zone is UTC; dates are those of the facility's calendar.
"""

from typing import NamedTuple

from pyspark.sql import Window
from pyspark.sql import functions as F


class Calendar(NamedTuple):
    """The facility's time zone and the last day of the data."""

    time_zone: str
    as_of: str  # YYYY-MM-DD


def instant(column, time_zone, end_of_day=False):
    """The instant of a strict time (`times.normalise`): a date is midnight, or 23:59:59 as an end, facility time."""
    text = F.col(column)
    local_text = F.when(
        F.length(text) == 10, F.concat(text, F.lit(" 23:59:59" if end_of_day else " 00:00:00"))
    ).otherwise(text)
    local = F.to_utc_timestamp(local_text.cast("timestamp"), time_zone)
    return F.when(text.endswith("Z"), text.cast("timestamp")).otherwise(local)


def calendar_date(column, time_zone):
    """The facility's date of a strict time: a date is never shifted, an instant is taken to the calendar."""
    text = F.col(column)
    shifted = F.to_date(F.from_utc_timestamp(text.cast("timestamp"), time_zone))
    return F.when(text.endswith("Z"), shifted).otherwise(F.substring(text, 1, 10).cast("date"))


def patients(silver, time_zone):
    """id, birth_date, death_date, death_unknown."""
    return silver.select(
        "id",
        calendar_date("birth_date", time_zone).alias("birth_date"),
        calendar_date("death", time_zone).alias("death_date"),
        F.coalesce("death_unknown", F.lit(False)).alias("death_unknown"),
    )


def judged_encounters(silver, people, classes, planned_priorities, calendar):
    """Every encounter with the name of the first rule that excludes it (E1 to E7), or null, and `closed` (E8)."""
    zone, as_of = calendar.time_zone, F.to_date(F.lit(calendar.as_of))
    fields = silver.select(
        "id",
        "patient_id",
        "status",
        "part_of",
        "disposition",
        "facility",
        F.arrays_overlap("classes", _words(classes)).alias("inpatient"),
        F.arrays_overlap("priorities", _words(planned_priorities)).alias("planned"),
        instant("start", zone).alias("start_ts"),
        calendar_date("start", zone).alias("start_date"),
        instant("end", zone, end_of_day=True).alias("end_ts"),
        calendar_date("end", zone).alias("end_date"),
    )
    known = people.select(F.col("id").alias("patient_id"), F.lit(True).alias("known"))
    judged = fields.join(known, "patient_id", "left").withColumn(
        "reason",
        F.when(~F.coalesce("inpatient", F.lit(False)), "not_inpatient")
        .when(~F.col("status").isin("finished", "active"), "status")
        .when(F.col("known").isNull(), "orphan_patient")
        .when(F.col("start_ts").isNull(), "bad_start")
        .when(F.col("start_date") > as_of, "starts_after_as_of")
        .when(F.col("end_ts") < F.col("start_ts"), "end_before_start"),
    )
    return _part_of_inpatient(judged).select(
        "id",
        "patient_id",
        "part_of",
        "start_ts",
        "start_date",
        "end_ts",
        "end_date",
        F.col("disposition").alias("disp"),
        F.coalesce("planned", F.lit(False)).alias("planned"),
        F.coalesce("facility", F.lit("unknown")).alias("facility"),
        "reason",
        F.coalesce((F.col("status") == "finished") & (F.col("end_date") <= as_of), F.lit(False)).alias("closed"),
    )


def _words(words):
    return F.array(*[F.lit(word.strip().upper()) for word in words]).cast("array<string>")


def _part_of_inpatient(judged):
    """E7: a segment of another encounter of the same patient that passed E1 to E6."""
    parents = judged.where("reason IS NULL").select(
        F.col("id").alias("part_of"), F.col("patient_id").alias("parent_patient")
    )
    segment = (F.col("part_of") != F.col("id")) & (F.col("parent_patient") == F.col("patient_id"))
    return judged.join(parents, "part_of", "left").withColumn(
        "reason", F.when(F.col("reason").isNull() & segment, "part_of_inpatient").otherwise(F.col("reason"))
    )


def sequence(encounters):
    """Closed encounters that passed, with the number of their stay (S1)."""
    by_patient = Window.partitionBy("patient_id").orderBy("start_ts", "end_ts", "id")
    so_far = by_patient.rowsBetween(Window.unboundedPreceding, -1)
    seen = (
        encounters.where("reason IS NULL AND closed")
        .withColumn("prev_end", F.max("end_ts").over(so_far))
        .withColumn("prev_end_date", F.max("end_date").over(so_far))
        .withColumn("prev_disp", F.lag("disp").over(by_patient))
    )
    next_day = (F.datediff("start_date", "prev_end_date") == 1) & (F.col("prev_disp") == "transfer_acute")
    opens = (
        F.when(F.col("prev_end").isNull(), 1)
        .when(F.col("start_ts") <= F.col("prev_end"), 0)
        .when(F.col("start_date") == F.col("prev_end_date"), 0)
        .when(next_day, 0)
        .otherwise(1)
    )
    return seen.withColumn("opens", opens).withColumn("stay_no", F.sum("opens").over(by_patient))


def _merge(sequenced):
    """One row a stay (S2): admission from its first encounter, discharge from the one that ends last."""
    first = F.min(F.struct("start_ts", "end_ts", "id", "start_date", "planned")).alias("first")
    last = F.max(F.struct("end_ts", "start_ts", "id", "end_date", "disp", "facility")).alias("last")
    return (
        sequenced.groupBy("patient_id", "stay_no")
        .agg(first, last)
        .select(
            "patient_id",
            "stay_no",
            F.col("first.id").alias("stay_id"),
            F.col("first.start_ts").alias("admit_ts"),
            F.col("first.start_date").alias("admit_date"),
            F.col("first.planned").alias("planned"),
            F.col("last.end_ts").alias("end_ts"),
            F.col("last.end_date").alias("discharge_date"),
            F.col("last.disp").alias("disp"),
            F.col("last.facility").alias("facility"),
        )
    )


def _held(merged, encounters):
    """(stay_id, open_id): which open encounter continues which stay (S3)."""
    opened = encounters.where("reason IS NULL AND NOT closed").select(
        F.col("patient_id").alias("open_patient"),
        F.col("id").alias("open_id"),
        F.col("start_ts").alias("open_ts"),
        F.col("start_date").alias("open_date"),
    )
    next_day = (F.datediff("open_date", "discharge_date") == 1) & (F.col("disp") == "transfer_acute")
    goes_on = (F.col("open_ts") <= F.col("end_ts")) | (F.col("open_date") == F.col("discharge_date")) | next_day
    condition = (F.col("open_patient") == F.col("patient_id")) & (F.col("open_ts") >= F.col("admit_ts")) & goes_on
    return merged.join(opened, condition).select("stay_id", "open_id")


class Stays(NamedTuple):
    """What the measures need of stays."""

    stays: object  # one row a stay, with vital status, `continued` and `age65plus`
    admissions: object  # admissions of stays, and open encounters that continue none: patient_id, id, admit_ts, …
    members: object  # encounter_id -> stay_id, E7 segments with their parents' stays


def build_stays(encounters, people):
    """Stays with vital status (S1 to S3, V1 to V3), candidate admissions and the encounters of each stay."""
    sequenced = sequence(encounters)
    merged = _merge(sequenced)
    held = _held(merged, encounters)
    continued = held.select("stay_id").distinct().withColumn("continued", F.lit(True))
    stays = _with_vital_status(merged.join(continued, "stay_id", "left"), people)
    opened = encounters.where("reason IS NULL AND NOT closed").join(
        held.select(F.col("open_id").alias("id")).distinct(), "id", "left_anti"
    )
    admissions = stays.select(
        "patient_id", F.col("stay_id").alias("id"), "admit_ts", "admit_date", "planned"
    ).unionByName(
        opened.select(
            "patient_id", "id", F.col("start_ts").alias("admit_ts"), F.col("start_date").alias("admit_date"), "planned"
        )
    )
    return Stays(stays, admissions, _members(sequenced, merged, encounters))


def _with_vital_status(merged, people):
    admit, discharge, death, disp = (F.col(name) for name in ("admit_date", "discharge_date", "death_date", "disp"))
    expired = F.coalesce(disp == "expired", F.lit(False))
    died = (
        expired
        | F.coalesce((death >= admit) & (death < discharge), F.lit(False))
        | F.coalesce((death == discharge) & disp.isNull(), F.lit(False))
    )
    joined = merged.join(people.withColumnRenamed("id", "patient_id"), "patient_id")
    return joined.select(
        "*",
        F.datediff(discharge, admit).alias("midnights"),
        F.greatest(F.datediff(discharge, admit), F.lit(1)).alias("los_days"),
        F.coalesce(death < admit, F.lit(False)).alias("conflict"),
        died.alias("died"),
        F.coalesce(death, F.when(expired, discharge)).alias("eff_death"),
        (F.col("death_unknown") & ~expired).alias("vital_unknown"),
        F.coalesce(_age("birth_date", "admit_date") >= 65, F.lit(False)).alias("age65plus"),
    ).withColumn("continued", F.coalesce("continued", F.lit(False)))


def _age(birth, day):
    """Full years: one less before the birthday of the year (29 February comes on 1 March in other years)."""
    before = F.date_format(day, "MMdd") < F.date_format(birth, "MMdd")
    return F.year(day) - F.year(birth) - before.cast("int")


def _members(sequenced, merged, encounters):
    """encounter_id, patient_id, stay_id: closed encounters, and E7 segments at the end of their chain of parents."""
    numbered = sequenced.select("patient_id", "stay_no", F.col("id").alias("encounter_id"))
    direct = numbered.join(merged.select("patient_id", "stay_no", "stay_id"), ["patient_id", "stay_no"]).select(
        "encounter_id", "patient_id", "stay_id"
    )
    segments = encounters.where("reason = 'part_of_inpatient'")
    parents = segments.groupBy("patient_id").agg(
        F.map_from_entries(F.collect_list(F.struct("id", "part_of"))).alias("parents")
    )
    # as many steps as there are segments reach the end of any chain; a circle never ends, and leads to no stay
    roots = segments.join(parents, "patient_id").select(
        F.col("id").alias("segment_id"),
        "patient_id",
        F.expr("aggregate(sequence(1, size(parents)), id, (at, step) -> coalesce(element_at(parents, at), at))").alias(
            "encounter_id"
        ),
    )
    through = roots.join(direct, ["patient_id", "encounter_id"]).select(
        F.col("segment_id").alias("encounter_id"), "patient_id", "stay_id"
    )
    return direct.unionByName(through)
