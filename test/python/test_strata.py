"""Strata: what a job takes, what a lake without them keeps, and tables that have columns from some day on."""

import pytest

from fhir import condition, encounter, ndjson, patient
from metriccare_etl import extract, gold, persons, queries, registry, safe, silver, strata

ALL = ("facility_year", "department", "sex", "age", "hai_category")


@pytest.mark.parametrize(
    ("names", "bands", "found"),
    [
        ((), (), strata.Strata()),
        (("sex", "age"), (), strata.Strata(("sex", "age"), strata.BANDS)),
        (("age", "age"), ("18", "65"), strata.Strata(("age",), (18, 65))),
    ],
)
def test_arguments(names, bands, found):
    assert strata.parse(names, bands) == found


@pytest.mark.parametrize(
    ("names", "bands", "message"),
    [
        (("sexes",), (), "there is no sexes; there are facility_year department sex age hai_category"),
        (("age",), ("65", "18"), "ages from 1 to 150"),
        (("age",), ("18", "18"), "ages from 1 to 150"),
        (("age",), ("0", "18"), "ages from 1 to 150"),
        (("age",), ("eighteen",), "ages from 1 to 150"),
        (("age",), ("1.5",), "ages from 1 to 150"),
    ],
)
def test_wrong_arguments_are_told(names, bands, message):
    with pytest.raises(safe.Problem, match=message):
        strata.parse(names, bands)


def test_bands_have_names_and_no_gap():
    assert strata.band("a", (18, 65)) == (
        "CASE WHEN a IS NULL THEN 'unknown' WHEN a < 18 THEN '0-17' WHEN a < 65 THEN '18-64' ELSE '65+' END"
    )
    assert strata.band("a", (1,)).endswith("WHEN a < 1 THEN '0-0' ELSE '1+' END")


def test_without_strata_no_query_and_no_parameter_is_another_one(monkeypatch):
    """So no table of a lake without strata is computed anew. With them each part has a name of its own."""
    listener = queries.Listener()
    measure = registry.measure("hai")
    frames = gold.frames_of(listener, measure, dict.fromkeys(measure.datasets, listener), gold.FIXED, lambda one: one)
    heard = len(listener.heard)
    assert strata.rows(listener, measure, listener, frames, strata.Strata(), ["A"]) is None
    assert len(listener.heard) == heard
    assert "department" not in str(listener.heard) and "sex" not in str(listener.heard)
    assert "strata" not in gold.FIXED.fingerprint(measure)
    kept = registry.lakehouse().kept()
    for one in ("facility_year", "hai_category"):
        assert persons.rules(kept, strata.Strata((one,))) == persons.rules(kept, strata.Strata())
    divided = [strata.Strata(), *(strata.Strata((one,)) for one in ALL), strata.Strata(("age",), (50,))]
    assert len({gold.rules(measure, one) for one in divided}) == len(divided)
    said = {gold.FIXED._replace(strata=one).fingerprint(measure) for one in divided}
    assert len(said) == len(divided)
    assert strata.Strata(("sex", "age")).said() == strata.Strata(("age", "sex")).said()


def test_what_does_not_say_of_which_stay_it_is_has_no_strata_of_stays(spark):
    """Kept rows have the column in any case: of a measure of one's own it may be empty."""
    columns = "age65plus boolean, facility string, discharge_date string, hits bigint, at_risk bigint"
    frames = {
        "stays": spark.createDataFrame(
            [("1", "MED", "female", 50)], "stay_id string, department string, sex string, age int"
        ),
        "infections": spark.createDataFrame([("1", "A", "event")], "stay_id string, category string, outcome string"),
    }
    asked = strata.Strata(ALL, (50,))
    figure = (False, "a", "2023-01-01", 1, 1)
    for stay, parts in ((None, {None}), ("1", {None, "department=MED", "sex=female", "age=50+", "hai_category=A"})):
        found = spark.createDataFrame([("hai", stay, *figure)], f"measure string, stay_id string, {columns}")
        rows = strata.rows(spark, registry.measure("hai"), found, frames, asked, ["A"]).collect()
        assert {row.stratum for row in rows} == parts


RESOURCES = [
    patient("1", birth="1950-01-01", gender="female"),
    patient("2", birth="1990-01-01", gender="male"),
    patient("3", birth=None),
    encounter("1", "1", "2023-01-01", "2023-01-09", at="a", serviceType={"coding": [{"system": "s", "code": "MED"}]}),
    encounter("2", "2", "2023-02-01", "2023-02-04", at="b", location=[{"location": {"reference": "Location/w"}}]),
    encounter("3", "3", "2022-02-01", "2022-02-04", at="b"),
    condition("1", "1", "736442006", onset="2023-01-05", visit="1"),
]


def told(lake, spark, measure="length_of_stay", facility="all", period="all"):
    """{stratum: (numerator, denominator)} of a place."""
    return {
        row.stratum: (row.numerator, row.denominator)
        for row in lake.rows(spark, "gold", registry.measure(measure).table)
        if (row.measure, row.cohort, row.facility, row.period) == (measure, "all", facility, period)
    }


@pytest.mark.long
def test_tables_from_before_there_were_strata_and_after(lake, spark, monkeypatch):
    """Gold without, with and without strata again; Silver of an older package in between, whose values are unknown."""
    whole = registry.lakehouse()
    lake.receive(lake.put("fhir/a.ndjson", ndjson(*RESOURCES)))
    lake.bronze("wr_1")
    with monkeypatch.context() as patched:
        for name, read in (("patient", extract.patient), ("encounter", extract.encounter)):
            columns = dict(list(whole.datasets[name].columns.items())[:-1])
            patched.setitem(whole.datasets, name, whole.datasets[name]._replace(columns=columns))
            patched.setitem(silver.EXTRACT, name, lambda text, read=read: read(text)[:-1])
        lake.silver()
    jobs = ("length_of_stay", "hai")
    lake.gold(jobs[:1])
    plain = {row.row_key: row.numerator for row in lake.rows(spark, "gold", "length_of_stay")}
    assert "stratum" not in lake.rows(spark, "gold", "length_of_stay")[0].asDict()

    asked = {"strata": ",".join(ALL), "age_bands": "18,65"}
    lake.gold(jobs[:1], **asked)
    old = told(lake, spark)
    assert old[None] == (14, 3) and old["sex=unknown"] == (14, 3) and old["department=unknown"] == (14, 3)
    assert (old["age=65+"], old["age=18-64"], old["age=unknown"]) == ((8, 1), (3, 1), (3, 1))
    assert told(lake, spark, facility="b", period="2022") == {None: (3, 1)}

    assert {name: one["outcome"] for name, one in lake.silver().items() if name != "condition"} == {
        "patient": "written",
        "encounter": "written",
    }
    done = lake.gold(jobs, **asked)
    assert done["hai"]["from_kept_stays"] is True
    new = told(lake, spark)
    assert {name: pair for name, pair in new.items() if name and not name.startswith("age")} == {
        "sex=female": (8, 1),
        "sex=male": (3, 1),
        "sex=unknown": (3, 1),
        "department=MED": (8, 1),
        "department=w": (3, 1),
        "department=unknown": (3, 1),
    }
    assert told(lake, spark, facility="b") == {
        None: (6, 2),
        "sex=male": (3, 1),
        "sex=unknown": (3, 1),
        "department=w": (3, 1),
        "department=unknown": (3, 1),
        "age=18-64": (3, 1),
        "age=unknown": (3, 1),
    }
    events = told(lake, spark, "hai")
    assert (events["hai_category=CLABSI"], events["hai_category=CDI"], events["sex=female"]) == (
        (1, 14),
        (0, 14),
        (1, 8),
    )

    assert lake.gold(jobs[:1])["length_of_stay"]["outcome"] == "written"
    rows = lake.rows(spark, "gold", "length_of_stay")
    assert {row.row_key: row.numerator for row in rows} == plain and {row.stratum for row in rows} == {None}
    assert lake.gold(jobs[:1])["length_of_stay"]["outcome"] == "unchanged"
