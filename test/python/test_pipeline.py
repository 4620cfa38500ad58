"""The whole data path at an AWS endpoint: events, ledger, Bronze, Silver, Gold, catalog."""

SAMPLE = ("Patient.000.ndjson", "Encounter.000.ndjson", "Condition.000.ndjson")


def test_sample_gives_the_documented_measures(lake, spark, sample):
    lake.ingest(*[sample / name for name in SAMPLE])
    outcome = lake.run("wr_1")
    assert {name: one["rows"] for name, one in outcome["bronze"].items()} == {
        "patient": 13,
        "encounter": 1215,
        "condition": 555,
    }
    figures = lake.overall(spark)
    assert figures["readmission_30d", "all"] == (14, 49)
    assert figures["mortality_in_hospital", "all"] == (0, 49)
    assert figures["mortality_30d", "all"] == (0, 49)
    assert figures["hai", "all"] == (0, 279)
    assert figures["hai_stays", "all"] == (0, 46)
    assert figures["length_of_stay", "all"] == (279, 49)
    assert figures["length_of_stay_midnights", "all"] == (279, 49)
    assert {item["status"] for item in lake.files()} == {"processed"}
    again = lake.gold(time_zone="America/Chicago")
    assert {one["outcome"] for one in again.values()} == {"written"}
    figures = lake.overall(spark)
    assert figures["readmission_30d", "all"] == (12, 49)
    assert figures["length_of_stay", "all"] == (274, 49)
    assert figures["hai", "all"] == (0, 274)
