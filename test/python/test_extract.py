"""Fields out of resources: R4 and R5, references, dispositions, times; and no input that raises."""

import json
import random
from unittest.mock import ANY

import pytest

from fhir import ACT, condition, encounter, encounter_r5, patient
from metriccare_etl import extract
from metriccare_etl.times import normalise, ordering, ordering_millis


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("Patient/x", "x"),
        ("Patient/x/_history/2", "x"),
        ("http://base/fhir/Patient/x", "x"),
        ("https://base/Patient/x/_history/7", "x"),
        ("urn:uuid:0b6c", "0b6c"),
        ("Patient?identifier=https://a/b|v", "v"),
        ("Patient?identifier=https%3A%2F%2Fa%7Cv", "v"),
        ("Patient?identifier=v", "v"),
        (" Patient/x ", "x"),
        ("#x", None),
        ("Group/x", None),
        ("http://base/fhir/Group/x", None),
        ("Group?identifier=a|v", None),
        ("Patient?name=x", None),
        ("urn:oid:1.2", None),
        ("x", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_references(reference, found):
    assert extract.reference_id({"reference": reference}, "Patient") == found


def test_reference_of_another_shape():
    for shape in (None, "Patient/x", [], {}, {"identifier": {"value": "x"}}):
        assert extract.reference_id(shape, "Patient") is None


@pytest.mark.parametrize(
    ("gender", "sex"),
    [
        ("male", "male"),
        (" Female ", "female"),
        ("other", "other"),
        ("unknown", None),
        ("M", None),
        (None, None),
        (7, None),
    ],
)
def test_sex_is_one_of_fhirs_words(gender, sex):
    assert extract.patient(json.dumps({"gender": gender}))[5] == sex


def at(place, kind=None, start=None, **more):
    found = {"location": {"reference": place}, **more}
    if kind is not None:
        found["physicalType"] = {"coding": [{"code": kind}]}
    return found if start is None else {**found, "period": {"start": start}}


def service(code, **more):
    return {"coding": [{"code": code, **more}]}


@pytest.mark.parametrize(
    ("said", "department"),
    [
        ({"serviceType": service("MED")}, "MED"),
        ({"serviceType": [{"concept": service("MED")}, {"concept": service("x")}]}, "MED"),
        ({"serviceType": service("408443003", system="http://snomed.info/sct")}, "408443003"),
        ({"serviceType": service("408443003")}, "other"),
        ({"serviceType": service("Dr. Smith's ward")}, "other"),
        ({"serviceType": {"text": "Medicine"}}, None),
        ({"serviceType": service("MED"), "location": [at("Location/w")]}, "MED"),
        ({"location": [at("Location/a"), at("Location/b")]}, "b"),
        ({"location": [at("Location/a", start="2023-01-02"), at("Location/b", start="2023-01-01")]}, "a"),
        ({"location": [at("Location/a", start="2023-01-02"), at("Location/b")]}, "a"),
        ({"location": [at("Location/a", "wa"), at("Location/b", "ro"), at("Location/c", "BD")]}, "a"),
        ({"location": [at("Location/a"), at("Location/b", status="planned")]}, "a"),
        ({"location": [at("Location/b", form=service("bd"))]}, None),
        ({"location": [at("Group/a"), None, "x", {"location": 1}]}, None),
        ({"location": at("https://x/Location/a")}, "a"),
        ({}, None),
    ],
)
def test_the_department_of_an_encounter(said, department):
    assert extract.encounter(json.dumps(said))[11] == department


@pytest.mark.parametrize(
    ("value", "category"),
    [
        ({"coding": [{"code": "exp"}]}, "expired"),
        ({"coding": [{"code": "020"}]}, "expired"),
        ({"coding": [{"code": "42"}]}, "expired"),
        ({"coding": [{"code": "DIED"}]}, "expired"),
        ({"coding": [{"code": "07"}]}, "ama"),
        ({"coding": [{"code": "AADVICE"}]}, "ama"),
        ({"text": "Against Advice"}, "ama"),
        ({"coding": [{"code": "02"}]}, "transfer_acute"),
        ({"coding": [{"code": "other-hcf"}]}, "transfer_acute"),
        ({"coding": [{"code": "ACUTE HOSPITAL"}]}, "transfer_acute"),
        ({"coding": [{"code": "hosp"}]}, "other"),
        ({"coding": [{"code": "01"}]}, "other"),
        ({"coding": [{"code": "home"}], "text": "Expired"}, "other"),
        ({"text": "Home"}, "other"),
        ({"coding": []}, None),
        ({}, None),
        (None, None),
    ],
)
def test_dispositions_in_both_spellings(value, category):
    assert extract.disposition({"hospitalization": {"dischargeDisposition": value}}) == category
    assert extract.disposition({"admission": {"dischargeDisposition": value}}) == category


def test_r4_and_r5_encounters_read_the_same():
    one = encounter("e", "p", "2023-01-01", "2023-01-02T10:00:00-05:00", disp="exp", priority="el", at="o")
    other = encounter_r5("e", "p", "2023-01-01", "2023-01-02T10:00:00-05:00", disp="exp", priority="el", at="o")
    expected = ("finished", ["IMP"], "p", "2023-01-01", "2023-01-02T15:00:00.000000Z", None, ["EL"], "expired", "o")
    expected = (*expected, ANY, [{"system": ACT, "code": "IMP"}], None)
    assert extract.encounter(json.dumps(one)) == expected
    assert extract.encounter(json.dumps(other)) == expected


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("completed", "finished"),
        ("discharged", "finished"),
        ("onleave", "active"),
        ("on-hold", "active"),
        ("planned", "other"),
        ("FINISHED", "other"),
        (" finished", "other"),
        (7, "other"),
        (["finished"], "other"),
    ],
)
def test_statuses(status, word):
    assert extract.encounter(json.dumps(encounter("e", "p", "2023-01-01", status=status)))[0] == word


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (None, False)),
        ({"death": "2023-01-01"}, ("2023-01-01", False)),
        ({"death": "2023-01"}, (None, True)),
        ({"death": ""}, (None, True)),
        ({"dead": True}, (None, True)),
        ({"dead": False}, (None, False)),
    ],
)
def test_deaths(more, expected):
    assert extract.patient(json.dumps(patient("p", **more)))[1:3] == expected


def test_conditions():
    text = json.dumps(
        condition("c", "p", "x", None, visit="e", onsetPeriod={"start": "2023-01-02"}, recordedDate="2023")
    )
    assert extract.condition(text)[:4] == ("p", "e", True, True)
    assert extract.condition(text)[4:] == ([{"system": "http://snomed.info/sct", "code": "x"}], "2023-01-02")
    old = json.dumps(condition("c", "p", "x", verificationStatus="refuted"))
    assert extract.condition(old)[1:4] == (None, False, False)


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        ("2024-02-29", "2024-02-29"),
        ("2023-02-29", None),
        ("2024", None),
        ("2024-05", None),
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00.000000Z"),
        ("2024-05-01T10:00:00.1234567-05:00", "2024-05-01T15:00:00.123456Z"),
        ("2024-05-01T10:00", "2024-05-01T10:00:00.000000"),
        ("2024-05-01T10:00:00", "2024-05-01T10:00:00.000000"),
        ("2024-05-01T24:00:00Z", None),
        ("2024-05-01 10:00:00Z", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("２０２４-05-01", None),
        ("2024-05-01T10:00:00+99:00", None),
        (20240501, None),
        (None, None),
    ],
)
def test_times(text, strict):
    assert normalise(text) == strict


def test_orderings_sort_as_text():
    texts = [
        None,
        "0002-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "2024-05-01T10:00:00Z",
        "2024-05-01T10:00:00.001Z",
    ]
    keys = [ordering_millis(text) for text in texts]
    assert keys == sorted(keys) and len(set(keys)) == len(keys)
    assert ordering(None, "2", 1, 0) > ordering(None, "1", 9, 9)
    assert ordering(None, "1", 10, 0) > ordering(None, "1", 9, 9)
    assert ordering(None, "1", 1, 10) > ordering(None, "1", 1, 9)
    assert ordering("2024-05-01T05:00:00-05:00", "1", 1, 1) == ordering("2024-05-01T10:00:00Z", "1", 1, 1)


def test_no_shape_raises():
    """Every value of good resources is put where another belongs."""
    chance = random.Random(9)
    good = [
        patient("p", death="2023-01-01"),
        encounter("e", "p", "2023-01-01", "2023-01-02", disp="exp", priority="EL", at="o", part_of="x"),
        encounter_r5("e", "p", "2023-01-01", "2023-01-02", disp="exp"),
        condition("c", "p", "x", "2023-01-01", visit="e", verificationStatus={"coding": [{"code": "confirmed"}]}),
    ]
    odd = [
        None,
        True,
        7,
        1.5,
        "",
        "x",
        "\ud800",
        [],
        {},
        [None],
        [[]],
        {"coding": {}},
        {"coding": [[], None, 3]},
        {"reference": []},
    ]

    def damaged(value):
        if chance.random() < 0.12:
            return chance.choice(odd)
        if isinstance(value, dict):
            return {key: damaged(item) for key, item in value.items()}
        if isinstance(value, list):
            return [damaged(item) for item in value]
        return value

    for _ in range(5000):
        text = json.dumps(damaged(chance.choice(good)))
        for read in (extract.patient, extract.encounter, extract.condition):
            json.dumps(read(text), ensure_ascii=False).encode()


def link(kind, reference):
    return {"type": kind, "other": {"reference": reference}}


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (None, (None, [])),
        ([link("replaced-by", "Patient/b")], ("b", [])),
        (link("replaced-by", "https://x.example/fhir/Patient/b/_history/2"), ("b", [])),
        (
            [
                link("replaced-by", "RelatedPerson/r"),
                link("replaced-by", "urn:uuid:b"),
                link("replaced-by", "Patient/c"),
            ],
            ("b", []),
        ),
        (
            [link("replaces", "Patient/d"), link("replaces", "Patient/a"), link("replaces", "Patient/d")],
            (None, ["a", "d"]),
        ),
        (
            [link("seealso", "Patient/b"), link("refer", "Patient/b"), {"type": "replaced-by"}, 4, link(7, 8)],
            (None, []),
        ),
        ([link("replaces", "Patient/a"), link("replaced-by", "Patient?identifier=s|b")], ("b", ["a"])),
        ([{"type": "replaced-by", "other": "Patient/b"}, link("replaced-by", "#b")], (None, [])),
    ],
)
def test_links_of_a_patient(links, expected):
    assert extract.patient(json.dumps(patient("p", link=links)))[3:5] == expected
