"""The rules of docs/measures.md and their edge cases, by hand: each case is a facility of its own in one lake.

Expected are (numerator, denominator) by measure, None where the facility has no row. The independent reference must
agree with what stands here as well as Spark does.
"""

import json

import pytest

from documented import examples
from fhir import condition, encounter, encounter_r5, ndjson, patient
from measuring import parameters, rows_of, silver_of
from reference import MEASURES, TABLE, compute, table_of_csv

CLABSI, CDI, CAUTI = "736442006", "186431008", "700372006"
CASES = {}


def case(name, *resources, **expected):
    """A case; `all` is the facility of every encounter in it that names none."""
    CASES[name] = ([located(resource, name) for resource in resources], expected)


def located(resource, name):
    """The resource with ids and facility of its case."""
    text = json.dumps(resource).replace("#", f"{name}.")
    found = json.loads(text)
    if found["resourceType"] == "Encounter" and "serviceProvider" not in found:
        found["serviceProvider"] = {"reference": f"Organization/{name}"}
    return found


P = patient("#p")


def stay(key, start, end, **more):
    return encounter(f"#{key}", "#p", start, end, **more)


# --- stays and readmission ---
case(
    "same-day-return",
    P,
    stay("1", "2023-01-01T08:00:00Z", "2023-01-03T10:00:00Z", disp="home"),
    stay("2", "2023-01-03T20:00:00Z", "2023-01-05T10:00:00Z"),
    readmission_30d=(0, 1),
    length_of_stay=(4, 1),
)
case(
    "next-day-home",
    P,
    stay("1", "2023-01-01T08:00:00Z", "2023-01-03T10:00:00Z", disp="home"),
    stay("2", "2023-01-04T01:00:00Z", "2023-01-05T10:00:00Z"),
    readmission_30d=(1, 2),
    length_of_stay=(3, 2),
)
case(
    "next-day-transfer",
    P,
    stay("1", "2023-01-01T08:00:00Z", "2023-01-03T10:00:00Z", disp="02"),
    stay("2", "2023-01-04T23:00:00Z", "2023-01-05T10:00:00Z"),
    readmission_30d=(0, 1),
    length_of_stay=(4, 1),
)
case(
    "two-days-after-transfer",
    P,
    stay("1", "2023-01-01T08:00:00Z", "2023-01-03T10:00:00Z", disp="2"),
    stay("2", "2023-01-05T01:00:00Z", "2023-01-06T10:00:00Z"),
    readmission_30d=(0, 1),  # the first is no index, the second is one
    length_of_stay=(3, 2),
)
case(
    "day-30",
    P,
    stay("1", "2023-01-01", "2023-01-02"),
    stay("2", "2023-02-01", "2023-02-02"),
    readmission_30d=(1, 2),
)
case(
    "day-31",
    P,
    stay("1", "2023-01-01", "2023-01-02"),
    stay("2", "2023-02-02", "2023-02-03"),
    readmission_30d=(0, 2),
)
case(
    "overlap",
    P,
    stay("1", "2023-01-01", "2023-01-05"),
    stay("2", "2023-01-04", "2023-01-09", disp="exp"),
    length_of_stay=(8, 1),
    mortality_in_hospital=(1, 1),
)
case(
    "long-first",
    P,
    stay("1", "2023-01-01", "2023-01-20", disp="home"),
    stay("2", "2023-01-04", "2023-01-09", disp="exp"),
    stay("3", "2023-01-18", "2023-01-19"),
    length_of_stay=(19, 1),
    mortality_in_hospital=(0, 1),
)
case(
    "nested-segment",
    P,
    stay("1", "2023-01-01", "2023-01-05"),
    stay("2", "2023-01-02", "2023-01-20", part_of="#1"),
    length_of_stay=(4, 1),
)
case(
    "segment-of-segment",
    P,
    stay("1", "2023-01-01", "2023-01-05"),
    stay("2", "2023-01-02", "2023-01-20", part_of="#1"),
    stay("3", "2023-02-02", "2023-02-20", part_of="#2"),
    length_of_stay=(4, 1),
)
case(
    "part-of-itself",
    P,
    stay("1", "2023-01-01", "2023-01-05", part_of="#1"),
    length_of_stay=(4, 1),
)
case(
    "part-of-ambulatory",
    P,
    stay("1", "2023-01-01", "2023-01-09", kind="AMB"),
    stay("2", "2023-01-02", "2023-01-05", part_of="#1"),
    length_of_stay=(3, 1),
)
case(
    "part-of-other-patient",
    P,
    patient("#q"),
    encounter("#1", "#q", "2023-01-01", "2023-01-09"),
    stay("2", "2023-01-02", "2023-01-05", part_of="#1"),
    length_of_stay=(11, 2),
)
case(
    "circle-of-parts",
    P,
    stay("1", "2023-01-01", "2023-01-09", part_of="#2"),
    stay("2", "2023-01-02", "2023-01-05", part_of="#1"),
    condition("#c", "#p", CLABSI, "2023-01-05", visit="#1"),
    length_of_stay=None,
    hai=None,
)
case(
    "in-progress",
    P,
    stay("1", "2023-01-01", "2023-01-02"),
    stay("2", "2023-01-20", None, status="in-progress"),
    readmission_30d=(1, 1),
    length_of_stay=(1, 1),
)
case(
    "finished-without-end",
    P,
    stay("1", "2023-01-01", "2023-01-02"),
    stay("2", "2023-01-20", None),
    readmission_30d=(1, 1),
    length_of_stay=(1, 1),
)
case(
    "end-after-as-of",
    P,
    stay("1", "2023-05-01", "2023-05-02"),
    stay("2", "2023-05-20", "2023-07-01"),
    readmission_30d=(1, 1),
    length_of_stay=(1, 1),
)
case(
    "forgotten-open",
    P,
    stay("0", "2010-01-01", None, status="in-progress"),
    stay("1", "2023-01-01", "2023-01-03"),
    stay("2", "2023-01-10", "2023-01-12"),
    readmission_30d=(1, 2),
    length_of_stay=(4, 2),
)
case(
    "continued",
    P,
    stay("1", "2023-01-01", "2023-01-03"),
    stay("2", "2023-01-03", None, status="in-progress"),
    readmission_30d=None,
    length_of_stay=None,
)
case(
    "continued-next-day",
    P,
    stay("1", "2023-01-01", "2023-01-03", disp="other-hcf"),
    stay("2", "2023-01-04", None, status="in-progress"),
    length_of_stay=None,
)
case(
    "open-next-day-home",
    P,
    stay("1", "2023-01-01", "2023-01-03", disp="home"),
    stay("2", "2023-01-04", None, status="in-progress"),
    readmission_30d=(1, 1),
    length_of_stay=(2, 1),
)
case(
    "continued-is-candidate",
    P,
    stay("0", "2022-12-20", "2022-12-22"),
    stay("1", "2023-01-01", "2023-01-03"),
    stay("2", "2023-01-03", None, status="in-progress"),
    readmission_30d=(1, 1),
)
case(
    "planned-first",
    P,
    stay("1", "2023-01-01", "2023-01-02"),
    stay("2", "2023-01-10", "2023-01-12", priority="EL"),
    stay("3", "2023-01-20", "2023-01-22", priority="EM"),
    readmission_30d=(1, 3),
)
case(
    "against-advice",
    P,
    stay("1", "2023-01-01", "2023-01-02", disp="aadvice"),
    stay("2", "2023-01-10", "2023-01-12", disp="07"),
    readmission_30d=None,
    length_of_stay=(3, 2),
)
case(
    "follow-up-too-short",
    P,
    stay("1", "2023-05-29", "2023-05-31"),
    stay("2", "2023-06-02", "2023-06-05"),
    readmission_30d=(1, 1),  # 31 May + 30 = 30 June is enough, 5 June is not
    mortality_30d=(0, 1),
    mortality_in_hospital=(0, 2),
)
case(
    "starts-after-as-of",
    P,
    stay("1", "2023-05-20", "2023-05-25"),
    stay("2", "2023-07-01", "2023-07-02"),
    stay("3", "2023-07-01", None, status="in-progress"),
    readmission_30d=(0, 1),
)
case("end-before-start", P, stay("1", "2023-01-05", "2023-01-01"), length_of_stay=None)
case("no-start", P, stay("1", None, "2023-01-01"), length_of_stay=None)
case("month-start", P, stay("1", "2023-01", "2023-01-09"), length_of_stay=None)
case("month-end", P, stay("1", "2023-01-01", "2023-01"), length_of_stay=None)
case("orphan", stay("1", "2023-01-01", "2023-01-05"), length_of_stay=None)
case("cancelled", P, stay("1", "2023-01-01", "2023-01-05", status="cancelled"), length_of_stay=None)
case("emergency", P, stay("1", "2023-01-01", "2023-01-05", kind="EMER"), length_of_stay=None)
case("class-spelling", P, stay("1", "2023-01-01", "2023-01-05", kind=" imp "), length_of_stay=(4, 1))
case(
    "one-date",
    P,
    stay("1", "2023-01-01T08:00:00Z", "2023-01-01T18:00:00Z"),
    length_of_stay=(1, 1),
    length_of_stay_midnights=(0, 1),
    hai_stays=None,
)
case("day-precision-day-stay", P, stay("1", "2023-01-01", "2023-01-01"), length_of_stay=(1, 1))
case(
    "evening",
    P,
    stay("1", "2023-01-01T22:00:00-05:00", "2023-01-03T21:00:00-05:00"),
    length_of_stay=(2, 1),
    length_of_stay_midnights=(2, 1),
)
case(
    "r5",
    P,
    encounter_r5("#1", "#p", "2023-01-01", "2023-01-05", disp="exp"),
    length_of_stay=(4, 1),
    mortality_in_hospital=(1, 1),
)
case(
    "r5-statuses",
    P,
    encounter_r5("#1", "#p", "2023-01-01", "2023-01-05", status="discharged"),
    encounter_r5("#2", "#p", "2023-01-05", None, status="on-hold"),
    length_of_stay=None,
)
# --- vital status ---
case(
    "death-before-admission",
    patient("#p", death="2022-12-31"),
    stay("1", "2023-01-01", "2023-01-05"),
    condition("#c", "#p", CLABSI, "2023-01-04", visit="#1"),
    readmission_30d=None,
    mortality_in_hospital=None,
    mortality_30d=None,
    hai=(1, 4),
    hai_stays=(1, 1),
    length_of_stay=(4, 1),
)
case(
    "death-on-discharge-home",
    patient("#p", death="2023-01-05T23:00:00Z"),
    stay("1", "2023-01-01", "2023-01-05", disp="home"),
    mortality_in_hospital=(0, 1),
    mortality_30d=(1, 1),
    readmission_30d=(0, 1),
)
case(
    "death-on-discharge-no-disposition",
    patient("#p", death="2023-01-05"),
    stay("1", "2023-01-01", "2023-01-05"),
    mortality_in_hospital=(1, 1),
    mortality_30d=(1, 1),
    readmission_30d=None,
)
case(
    "death-during-stay",
    patient("#p", death="2023-01-03"),
    stay("1", "2023-01-01", "2023-01-05", disp="home"),
    mortality_in_hospital=(1, 1),
)
case(
    "death-day-30",
    patient("#p", death="2023-01-31"),
    stay("1", "2023-01-01", "2023-01-05", disp="home"),
    mortality_30d=(1, 1),
)
case(
    "death-day-31",
    patient("#p", death="2023-02-01"),
    stay("1", "2023-01-01", "2023-01-05", disp="home"),
    mortality_30d=(0, 1),
)
case(
    "dead-no-date",
    patient("#p", dead=True),
    stay("1", "2023-01-01", "2023-01-05", disp="home"),
    stay("2", "2023-03-01", "2023-03-05", disp="exp"),
    mortality_in_hospital=(1, 2),
    mortality_30d=(1, 1),
)
case(
    "death-year-only",
    patient("#p", death="2023"),
    stay("1", "2023-01-01", "2023-01-05", disp="home"),
    mortality_in_hospital=(0, 1),
    mortality_30d=None,
)
case(
    "expired-late",
    P,
    stay("1", "2023-01-01", "2023-02-05", disp="42"),
    mortality_in_hospital=(1, 1),
    mortality_30d=(0, 1),
)
case(
    "candidate-after-death",
    patient("#p", death="2023-01-10"),
    stay("1", "2023-01-01", "2023-01-05", disp="home"),
    stay("2", "2023-01-20", "2023-01-22", disp="home"),
    readmission_30d=(0, 1),
    mortality_in_hospital=(0, 1),
)
case(
    "mortality-ama",
    P,
    stay("1", "2023-01-01", "2023-01-05", disp="Against Advice"),
    mortality_in_hospital=(0, 1),
    mortality_30d=None,
)
# --- cohort ---
case(
    "age",
    patient("#p", birth="1958-01-02"),
    stay("1", "2023-01-01", "2023-01-02"),
    stay("2", "2023-03-01", "2023-03-02"),
    length_of_stay=(2, 2),
    old=(1, 1),
)
case("leap-birthday", patient("#p", birth="1956-02-29"), stay("1", "2021-02-28", "2021-03-02"), old=None)
case("leap-birthday-after", patient("#p", birth="1956-02-29"), stay("1", "2021-03-01", "2021-03-02"), old=(1, 1))
case("no-birth-date", patient("#p", birth=None), stay("1", "2023-01-01", "2023-01-02"), old=None)
case("birth-year", patient("#p", birth="1930"), stay("1", "2023-01-01", "2023-01-02"), old=None)
# --- infections ---


def infected(name, *conditions, **expected):
    """A stay of 20 days from 1 January, and infections."""
    case(name, P, stay("1", "2023-01-01", "2023-01-21"), *conditions, **expected)


def one(code, onset, visit="#1", key="#c", **more):
    return condition(key, "#p", code, onset, visit=visit, **more)


infected("infection-day-2", one(CLABSI, "2023-01-02"), hai=(0, 20), hai_stays=(0, 1))
infected("infection-day-3", one(CLABSI, "2023-01-03"), hai=(1, 20), hai_stays=(1, 1))
infected("cdi-day-3", one(CDI, "2023-01-03"), hai=(0, 20))
infected("cdi-day-4", one(CDI, "2023-01-04"), hai=(1, 20))
infected(
    "days-4-10-18",
    one(CLABSI, "2023-01-04", key="#a"),
    one(CLABSI, "2023-01-10", key="#b"),
    one(CLABSI, "2023-01-18", key="#c"),
    hai=(2, 20),
)
infected(
    "day-17-repeats",
    one(CLABSI, "2023-01-04", key="#a"),
    one(CLABSI, "2023-01-17", key="#b"),
    one(CLABSI, "2023-01-18", key="#c"),
    hai=(2, 20),
)
infected(
    "present-opens-window",
    one(CLABSI, "2023-01-02", key="#a"),
    one(CLABSI, "2023-01-15", key="#b"),
    hai=(0, 20),
)
infected(
    "present-window-over",
    one(CLABSI, "2023-01-02", key="#a"),
    one(CLABSI, "2023-01-16", key="#b"),
    hai=(1, 20),
)
infected("two-kinds", one(CLABSI, "2023-01-04", key="#a"), one(CAUTI, "2023-01-05", key="#b"), hai=(2, 20))
infected("same-day-twice", one(CLABSI, "2023-01-04", key="#a"), one(CLABSI, "2023-01-04", key="#b"), hai=(1, 20))
infected("day-after-discharge", one(CLABSI, "2023-01-22"), hai=(1, 20))
infected("two-days-after", one(CLABSI, "2023-01-23"), hai=(0, 20))
infected("two-days-before", one(CLABSI, "2022-12-30"), one(CLABSI, "2023-01-12", key="#d"), hai=(0, 20))
infected("three-days-before", one(CLABSI, "2022-12-29"), one(CLABSI, "2023-01-12", key="#d"), hai=(1, 20))
infected("no-reference", one(CLABSI, "2023-01-22", visit=None), hai=(1, 20))
infected("no-reference-before", one(CLABSI, "2022-12-31", visit=None), one(CAUTI, "2022-12-30", key="#d"), hai=(0, 20))
infected("reference-to-nothing", one(CLABSI, "2023-01-10", visit="#nothing"), hai=(0, 20))
infected(
    "reference-to-other-type",
    one(CLABSI, "2023-01-10", visit=None, encounter={"reference": "EpisodeOfCare/1"}),
    hai=(0, 20),
)
infected(
    "refuted",
    one(CLABSI, "2023-01-10", verificationStatus={"coding": [{"code": "refuted"}]}),
    one(CLABSI, "2023-01-10", key="#d", verificationStatus={"coding": [{"code": "provisional"}]}),
    hai=(0, 20),
)
infected("confirmed", one(CLABSI, "2023-01-10", verificationStatus={"coding": [{"code": "confirmed"}]}), hai=(1, 20))
infected("icd10-dotted", one("T80.211A", "2023-01-10", system="http://hl7.org/fhir/sid/icd-10-cm"), hai=(1, 20))
infected("icd10-lower", one("a04.72", "2023-01-10", system="http://hl7.org/fhir/sid/icd-10"), hai=(1, 20))
infected("icd10-short", one("A04", "2023-01-10", system="http://hl7.org/fhir/sid/icd-10"), hai=(0, 20))
infected("icd9", one("T80211", "2023-01-10", system="http://hl7.org/fhir/sid/icd-9-cm"), hai=(0, 20))
infected("snomed-prefix", one("7364420067", "2023-01-10"), hai=(0, 20))
infected(
    "first-category-wins",
    {
        **one(CDI, "2023-01-03"),
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": c} for c in (CDI, CLABSI)]},
    },
    hai=(1, 20),
)
infected("onset-period", one(CLABSI, None, onsetPeriod={"start": "2023-01-10"}), hai=(1, 20))
infected("recorded", one(CLABSI, "2023-01", recordedDate="2023-01-10T10:00:00Z"), hai=(1, 20))
infected("onset-missing", one(CLABSI, None, onsetString="early"), hai=(0, 20))
case(
    "segment-leads-to-parent",
    P,
    stay("1", "2023-01-01", "2023-01-21"),
    stay("2", "2023-01-02", "2023-01-04", part_of="#1"),
    stay("3", "2023-01-02", "2023-01-04", part_of="#2"),
    one(CLABSI, "2023-01-15", visit="#3"),
    hai=(1, 20),
)
case(
    "other-patients-encounter",
    P,
    patient("#q"),
    stay("1", "2023-01-01", "2023-01-21"),
    condition("#c", "#q", CLABSI, "2023-01-10", visit="#1"),
    hai=(0, 20),
)
case(
    "latest-admission-first",
    P,
    stay("1", "2023-01-01", "2023-01-10", at="#first"),
    stay("2", "2023-01-11", "2023-01-14"),
    one(CLABSI, "2023-01-11", visit=None),
    hai=(0, 3),
)
case(
    "infection-of-continued-stay",
    P,
    stay("1", "2023-01-01", "2023-01-10"),
    stay("2", "2023-01-10", None, status="in-progress"),
    one(CLABSI, "2023-01-05"),
    hai=None,
)
# --- references ---
for number, reference in enumerate(
    ("https://x.example/fhir/Patient/#p", "urn:uuid:#p", "Patient/#p/_history/3", "Patient?identifier=http://x|#p")
):
    case(
        f"reference-{number}",
        P,
        stay("1", "2023-01-01", "2023-01-05", subject={"reference": reference}),
        length_of_stay=(4, 1),
    )
for number, reference in enumerate(("Group/#p", "#p", "Practitioner?identifier=http://x|#p")):
    case(
        f"no-reference-{number}",
        P,
        stay("1", "2023-01-01", "2023-01-05", subject={"reference": reference}),
        length_of_stay=None,
    )
case(
    "facility-by-identifier",
    P,
    stay(
        "1", "2023-01-01", "2023-01-05", serviceProvider={"reference": "Organization?identifier=http://s|by-identifier"}
    ),
    length_of_stay=None,
)


# --- which encounter decides ---
case(
    "transfer-of-the-one-just-before",
    P,
    stay("1", "2023-01-01", "2023-01-10", disp="home"),
    stay("2", "2023-01-02", "2023-01-05", disp="02"),
    stay("3", "2023-01-11", "2023-01-13"),
    length_of_stay=(12, 1),
)
case(
    "transfer-of-an-earlier-one",
    P,
    stay("1", "2023-01-01", "2023-01-10", disp="02"),
    stay("2", "2023-01-02", "2023-01-05", disp="home"),
    stay("3", "2023-01-11", "2023-01-13"),
    length_of_stay=(11, 2),
    readmission_30d=(0, 1),
)
case(
    "open-after-the-stays-transfer",  # S3 asks the stay's disposition, S1 the one just before
    P,
    stay("1", "2023-01-01", "2023-01-10", disp="02"),
    stay("2", "2023-01-02", "2023-01-05", disp="home"),
    stay("3", "2023-01-11", None, status="onleave"),
    length_of_stay=None,
)
case(
    "open-inside",
    P,
    stay("1", "2023-01-01", "2023-01-10"),
    stay("2", "2023-01-04", None, status="in-progress"),
    length_of_stay=None,
)
case(
    "open-segment",
    P,
    stay("1", "2023-01-01", "2023-01-10"),
    stay("2", "2023-01-04", None, status="in-progress", part_of="#1"),
    length_of_stay=(9, 1),
)
case(
    "open-planned",
    P,
    stay("1", "2023-01-01", "2023-01-02"),
    stay("2", "2023-01-20", None, status="in-progress", priority="EL"),
    stay("3", "2023-01-21", None, status="in-progress", priority="EM"),
    readmission_30d=(0, 1),
)
case(
    "planned-by-its-first",
    P,
    stay("1", "2023-01-01", "2023-01-02"),
    stay("2", "2023-01-10", "2023-01-12", priority="EL"),
    stay("3", "2023-01-12", "2023-01-14", priority="EM"),
    readmission_30d=(0, 2),
)
case(
    "unplanned-by-its-first",
    P,
    stay("1", "2023-01-01", "2023-01-02"),
    stay("2", "2023-01-10", "2023-01-12", priority="EM"),
    stay("3", "2023-01-12", "2023-01-14", priority="EL"),
    readmission_30d=(1, 2),
)
case(
    "segment-of-cancelled",
    P,
    stay("1", "2023-01-01", "2023-01-09", status="cancelled"),
    stay("2", "2023-01-02", "2023-01-05", part_of="#1"),
    length_of_stay=(3, 1),
)
case(
    "segment-of-ended-before-start",
    P,
    stay("1", "2023-01-09", "2023-01-01"),
    stay("2", "2023-01-02", "2023-01-05", part_of="#1"),
    length_of_stay=(3, 1),
)
case(
    "admitted-on-the-day-of-death",
    patient("#p", death="2023-01-20"),
    stay("1", "2023-01-01", "2023-01-05", disp="home"),
    stay("2", "2023-01-20", "2023-01-20", disp="exp"),
    readmission_30d=(1, 1),
    mortality_in_hospital=(1, 2),
    mortality_30d=(2, 2),
)
case(
    "disposition-in-words",
    P,
    stay("1", "2023-01-01", "2023-01-05", hospitalization={"dischargeDisposition": {"text": "Died"}}),
    stay("2", "2023-02-01", "2023-02-05", hospitalization={"dischargeDisposition": {"text": "Acute Hospital"}}),
    mortality_in_hospital=(1, 2),
    readmission_30d=None,
)
case(
    "no-facility",
    P,
    stay("1", "2023-01-01", "2023-01-05", serviceProvider={"display": "x"}),
    length_of_stay=None,
)
infected(
    "named-but-not-referred-to",
    one(CLABSI, "2023-01-10", visit=None, encounter={"display": "x"}),
    hai=(1, 20),
)
infected("closed-window-of-14-days", one(CLABSI, "2023-01-03"), one(CLABSI, "2023-01-16", key="#d"), hai=(1, 20))

# --- the worked examples of docs/measures.md ---
for name, (resources, expected) in examples().items():
    case(f"documented-{name}", *resources, **expected)

# --- the facility's calendar: (measure, cohort): pair by zone ---
CHICAGO, KOLKATA = "America/Chicago", "Asia/Kolkata"
ZONED = {}


def zoned(name, *resources, utc, chicago, kolkata, measure="length_of_stay", cohort="all"):
    case(name, *resources)
    ZONED[measure, cohort, name, "all"] = {"UTC": utc, CHICAGO: chicago, KOLKATA: kolkata}


zoned(
    "clocks-go-forward",  # 12 March 2023 has 23 hours in Chicago
    P,
    stay("1", "2023-03-11T23:30:00-06:00", "2023-03-13T00:30:00-05:00"),
    utc=(1, 1),
    chicago=(2, 1),
    kolkata=(1, 1),
)
zoned(
    "clocks-go-back",  # 6 November 2022 has 25
    P,
    stay("1", "2022-11-06T00:30:00-05:00", "2022-11-06T23:30:00-06:00"),
    measure="length_of_stay_midnights",
    utc=(1, 1),
    chicago=(0, 1),
    kolkata=(1, 1),
)
zoned(
    "hour-that-is-not",  # 02:30 without offset, on the day when clocks go from 2 to 3
    P,
    stay("1", "2023-03-12T02:30:00", "2023-03-12T08:30:00Z"),
    utc=(1, 1),
    chicago=(1, 1),
    kolkata=(1, 1),
)
zoned(
    "no-offset-is-local",
    P,
    stay("1", "2023-01-02T05:00:00Z", "2023-01-02T00:30:00"),
    measure="length_of_stay_midnights",
    utc=None,
    chicago=(1, 1),
    kolkata=None,
)
zoned(
    "date-ends-at-local-midnight",
    P,
    stay("1", "2023-01-01", "2023-01-03"),
    stay("2", "2023-01-04T05:30:00Z", "2023-01-05T12:00:00Z"),
    utc=(3, 2),
    chicago=(4, 1),
    kolkata=(3, 2),
)
zoned(
    "last-half-second",  # an end of day precision is 23:59:59
    P,
    stay("1", "2023-01-03T23:59:59.500Z", "2023-01-03"),
    utc=None,
    chicago=(1, 1),
    kolkata=None,
)
zoned(
    "last-second",
    P,
    stay("1", "2023-01-03T23:59:59Z", "2023-01-03"),
    utc=(1, 1),
    chicago=(1, 1),
    kolkata=None,
)
zoned(
    "day-of-death",
    patient("#p", death="2023-01-05T03:00:00Z"),
    stay("1", "2023-01-01T12:00:00Z", "2023-01-05T14:00:00Z", disp="home"),
    measure="mortality_in_hospital",
    utc=(0, 1),
    chicago=(1, 1),
    kolkata=(0, 1),
)
zoned(
    "evening-of-as-of",
    P,
    stay("1", "2023-06-20T12:00:00Z", "2023-07-01T03:00:00Z"),
    utc=None,
    chicago=(10, 1),
    kolkata=None,
)
zoned(
    "birthday-in-the-evening",
    patient("#p", birth="1958-01-02"),
    stay("1", "2023-01-02T03:00:00Z", "2023-01-03T12:00:00Z"),
    cohort="age65plus",
    utc=(1, 1),
    chicago=None,
    kolkata=(1, 1),
)
zoned(
    "hospital-day-by-the-calendar",
    P,
    stay("1", "2023-01-01T03:00:00Z", "2023-01-11T12:00:00Z"),
    condition("#c", "#p", CLABSI, "2023-01-02", visit="#1"),
    measure="hai",
    utc=(0, 10),
    chicago=(1, 11),
    kolkata=(0, 10),
)
zoned(
    "day-31-or-30",
    P,
    stay("1", "2023-01-01T12:00:00Z", "2023-01-02T12:00:00Z"),
    stay("2", "2023-02-02T03:00:00Z", "2023-02-03T12:00:00Z"),
    measure="readmission_30d",
    utc=(0, 2),
    chicago=(1, 2),
    kolkata=(0, 2),
)


@pytest.fixture(scope="module")
def resources():
    found = [resource for listed, _ in CASES.values() for resource in listed]
    ids = [(resource["resourceType"], resource["id"]) for resource in found]
    assert len(set(ids)) == len(ids)
    return found


@pytest.fixture(scope="module")
def silver(spark, resources):
    return silver_of(spark, [ndjson(*resources)])


@pytest.fixture(scope="module")
def measured(spark, silver):
    return rows_of(spark, silver, parameters())


def refer(resources, **given):
    return compute([("1", number, resource) for number, resource in enumerate(resources)], **given)


@pytest.fixture(scope="module")
def referred(resources):
    return refer(resources)


def expectations():
    for name, (_, expected) in CASES.items():
        for measure, pair in expected.items():
            cohort = "age65plus" if measure == "old" else "all"
            measure = "length_of_stay" if measure == "old" else measure
            yield pytest.param((measure, cohort, name, "all"), pair, id=f"{name}-{measure}")


@pytest.mark.parametrize(("row", "pair"), expectations())
def test_case(measured, row, pair):
    assert measured.get(row) == pair


@pytest.mark.parametrize(("row", "pair"), expectations())
def test_reference_agrees(referred, row, pair):
    assert referred.get(row) == pair


def test_every_row_equals_the_reference(measured, referred):
    assert measured == referred


def test_facility_by_identifier(measured):
    assert measured["length_of_stay", "all", "by-identifier", "all"] == (4, 1)


def test_no_facility(measured):
    assert measured["length_of_stay", "all", "unknown", "all"] == (4, 1)


def test_calendar_in_utc(measured):
    assert {row: measured.get(row) for row in ZONED} == {row: pairs["UTC"] for row, pairs in ZONED.items()}


@pytest.mark.parametrize("zone", [CHICAGO, KOLKATA])
def test_calendar_of_the_facility(spark, silver, resources, zone):
    there = rows_of(spark, silver, parameters(zone=zone))
    assert {row: there.get(row) for row in ZONED} == {row: pairs[zone] for row, pairs in ZONED.items()}
    assert there == refer(resources, zone=zone)


def test_there_are_worked_examples():
    assert len(examples()) >= 10
    assert {measure for _, expected in examples().values() for measure in expected} == set(MEASURES)


def test_shipped_value_set_is_the_table():
    from conftest import SCRIPTS

    assert table_of_csv(SCRIPTS / "value-sets/hai.csv") == TABLE


def test_empty_lake(spark):
    rows = rows_of(spark, silver_of(spark, [""]), parameters())
    assert len(rows) == 14
    assert set(rows.values()) == {(0, 0)}
    assert {row[2:] for row in rows} == {("all", "all")}


def test_what_becomes_of_encounters_is_counted(spark, silver, resources):
    from metriccare_etl import gold, registry, stays

    with gold.Keeping() as keep:
        frames = gold.frames_of(spark, registry.measure("mortality"), silver, parameters(), keep)
        counts = stays.encounter_quality(spark, frames["encounters"])
    listed = ("status", "bad_start", "starts_after_as_of", "end_before_start", "orphan_patient", "part_of_inpatient")
    assert [counts[reason] for reason in listed] == [2, 2, 2, 4, 4, 8]
    assert counts["finished_without_end"] == 2
    assert sum(counts.values()) == sum(r["resourceType"] == "Encounter" for r in resources) - 2  # E1: ambulatory ones
