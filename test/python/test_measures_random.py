"""Random patients, dense with what the rules are about, against the independent reference: every row must be equal."""

import os
import random
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from fhir import condition, encounter, encounter_r5, ndjson, patient
from measuring import parameters, rows_of, silver_of
from reference import TABLE, compute

PATIENTS = int(os.environ.get("METRICCARE_RANDOM_PATIENTS", "300"))
DISPOSITIONS = [None, None, "home", "exp", "20", "aadvice", "07", "02", "other-hcf", "66", "snf", "oth", "Died"]
WORDS = ["Died", "EXPIRED", "against advice", "Acute Hospital", "Home", " "]
SPELLINGS = [
    "urn:uuid:{key}",
    "https://x.example/fhir/{kind}/{key}",
    "{kind}/{key}/_history/2",
    "http://x.example/{kind}/{key}/_history/10",
    "{kind}?identifier=https://x.example/id|{key}",
]
NOWHERE = ["#{key}", "Group/{key}", "Group?identifier=x|{key}", "urn:oid:1.2.3", "{kind}/nobody"]
STATUSES = ["finished"] * 9 + ["in-progress", "onleave", "cancelled", "planned", "entered-in-error", "completed"]
KINDS = ["IMP"] * 10 + ["ACUTE", "acute", "AMB", "EMER", "OBSENC"]
OFFSETS = ["Z", "+00:00", "-05:00", "-06:00", "+09:30", "+13:00", ""]
CODES = [code for _, _, _, codes in TABLE for code in codes]
PREFIXES = [prefix for _, _, prefixes, _ in TABLE for prefix in prefixes]
ICD10 = ["http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-9-cm"]


class Maker:
    """Resources of one seed. Days are few, so that everything meets everything."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.number = 0

    def name(self, letter):
        self.number += 1
        return f"{letter}{self.random.randrange(10)}{self.number}"

    def chance(self, share):
        return self.random.random() < share

    def time(self, day, whole=0.3):
        """A FHIR time on about that day: a date, or an instant in some offset; sometimes useless."""
        if self.chance(0.02):
            return self.random.choice([day.strftime("%Y"), day.strftime("%Y-%m"), "soon", f"{day}T25:00:00Z"])
        if self.chance(whole):
            return day.isoformat()
        clock = f"{self.random.randrange(24):02d}:{self.random.choice([0, 15, 59]):02d}:{self.random.choice(['00', '59', '30.5'])}"
        return f"{day.isoformat()}T{clock}{self.random.choice(OFFSETS)}"

    def patient(self):
        key = self.name("p")
        birth = date(1957, 1, 1) + timedelta(days=self.random.randrange(-3000, 900))
        death = date(2023, 1, 1) + timedelta(days=self.random.randrange(-40, 200)) if self.chance(0.4) else None
        more = {"birth": self.random.choice([birth.isoformat()] * 8 + [str(birth.year), None, "2023-02-10"])}
        gender = self.random.choice(["male", "female", "female", "other", "unknown", "M", None])
        more |= {} if gender is None else {"gender": gender}
        if death is not None:
            more["death"] = self.time(death)
        elif self.chance(0.1):
            more["dead"] = self.chance(0.5)
        return patient(key, **more)

    def encounters(self, who):
        day, found = date(2023, 1, 1) + timedelta(days=self.random.randrange(40)), []
        for _ in range(self.random.randrange(1, 9)):
            day += timedelta(days=self.random.choice([0, 0, 1, 1, 1, 2, 3, 10, 29, 30, 31]))
            found.append(self.encounter(who, day, found))
        return found

    def encounter(self, who, day, before):
        length = self.random.choice([-1, 0, 0, 1, 1, 2, 2, 3, 5, 12, 30])
        end = None if self.chance(0.06) else self.time(day + timedelta(days=length))
        make = encounter_r5 if self.chance(0.3) else encounter
        found = make(
            self.name("e"),
            who,
            None if self.chance(0.01) else self.time(day),
            end,
            status=self.random.choice(STATUSES),
            disp=self.random.choice(DISPOSITIONS),
            priority=self.random.choice([None, None, None, "EL", "EM", "UR"]),
            kind=self.random.choice(KINDS),
            at=self.random.choice([None, f"f-{who}-1", f"f-{who}-2"]),
        )
        self.depart(found)
        if before and self.chance(0.15):
            found["partOf"] = {"reference": f"Encounter/{self.random.choice(before)['id']}"}
        elif self.chance(0.02):
            found["partOf"] = {"reference": f"Encounter/{found['id']}"}
        return found

    def depart(self, found):
        """What says in which department it was, in R4 or R5 words."""
        r5 = "actualPeriod" in found
        if self.chance(0.5):
            code = self.random.choice(["MED", "SURG", "ICU", "free text"])
            concept = {"coding": [{"system": "urn:services", "code": code}]}
            found["serviceType"] = [{"concept": concept}] if r5 else concept
        if self.chance(0.5):
            found["location"] = [self.place(r5) for _ in range(self.random.randrange(4))]

    def place(self, r5):
        found = {"location": {"reference": f"Location/{self.random.choice(['ward-1', 'ward-2'])}"}}
        kind = self.random.choice([None, "wa", "ro", "bd"])
        if kind is not None:
            found["form" if r5 else "physicalType"] = {"coding": [{"code": kind}]}
        if self.chance(0.5):
            found["period"] = {"start": f"2023-01-0{self.random.randrange(1, 4)}"}
        if self.chance(0.1):
            found["status"] = "planned"
        return found

    def conditions(self, who, visits, others):
        return [self.condition(who, visits, others) for _ in range(self.random.randrange(0, 7))]

    def condition(self, who, visits, others):
        day = date(2023, 1, 1) + timedelta(days=self.random.randrange(-5, 150))
        visit = self.random.choice(visits + others[-2:]) if self.chance(0.6) else None
        if visit is not None and self.chance(0.8):
            start = (visit.get("period") or visit.get("actualPeriod") or {}).get("start") or "2023-01-01"
            if len(start) >= 10 and start[4] == "-" and start[:4].isdigit():
                day = date.fromisoformat(start[:10]) + timedelta(days=self.random.randrange(-4, 20))
        onset = self.time(day) if self.chance(0.8) else None
        found = condition(self.name("c"), who, self.random.choice(CODES[:4]), onset, visit=visit and visit["id"])
        if self.chance(0.4):
            code = self.random.choice(PREFIXES) + self.random.choice(["", "A", "XD"])
            code = code[:3] + "." + code[3:] if self.chance(0.5) else code
            found["code"]["coding"].append({"system": self.random.choice(ICD10), "code": code})
        if self.chance(0.3):
            found["recordedDate"] = self.time(day)
        if self.chance(0.1):
            found["onsetPeriod"] = {"start": self.time(day)}
        if self.chance(0.3):
            status = self.random.choice(["confirmed", "confirmed", "refuted", "provisional"])
            found["verificationStatus"] = {"coding": [{"code": status}]}
        return found

    def lake(self, patients):
        """Resources in two files; some are there twice, with or without lastUpdated."""
        found, every = [], []
        for _ in range(patients):
            person = self.patient()
            visits = self.encounters(person["id"])
            found += [person] if not self.chance(0.03) else []
            found += visits + self.conditions(person["id"], visits, every)
            every += visits
        for resource in found:
            self.respell(resource)
        self.random.shuffle(found)
        return found, self.versions(found)

    def respell(self, resource):
        """The same reference in another way; now and then one that leads nowhere. A disposition in words."""
        for name in ("subject", "encounter", "partOf", "serviceProvider"):
            if name in resource and self.chance(0.3):
                kind, key = resource[name]["reference"].split("/")
                spellings = (SPELLINGS + NOWHERE) if self.chance(0.1) else SPELLINGS
                resource[name] = {"reference": self.random.choice(spellings).format(kind=kind, key=key)}
        stay = resource.get("hospitalization") or resource.get("admission")
        if stay and self.chance(0.2):
            stay["dischargeDisposition"] = {"text": self.random.choice(WORDS)}

    def versions(self, resources):
        """Other versions of some resources, in a second file: later ones, and older ones that must lose."""
        again = []
        for resource in resources:
            if not self.chance(0.15):
                continue
            other = {**resource}
            if resource["resourceType"] == "Encounter":
                other = self.encounter("x", date(2023, 2, 1), [])
                other.update(id=resource["id"], subject=resource["subject"])
            stamp = datetime(2023, 1, 1) + timedelta(minutes=self.random.randrange(10_000))
            if self.chance(0.6):
                other["meta"] = {"lastUpdated": stamp.isoformat() + "Z"}
            if self.chance(0.4):
                resource["meta"] = {
                    "lastUpdated": (stamp + timedelta(minutes=self.random.choice([-1, 0, 1]))).isoformat() + "Z"
                }
            again.append(other)
        return again


@pytest.fixture(scope="module")
def lake(spark):
    seed = int(os.environ.get("METRICCARE_SEED") or random.randrange(1_000_000))
    print(f"METRICCARE_SEED={seed}")
    first, second = Maker(seed).lake(PATIENTS)
    resources = [("1", n, r) for n, r in enumerate(first)] + [("2", n, r) for n, r in enumerate(second)]
    return seed, silver_of(spark, [ndjson(*first), ndjson(*second)]), resources


@pytest.mark.parametrize(
    "given",
    [
        {"zone": "UTC", "strata": ("facility_year", "department", "sex", "age", "hai_category")},
        {"zone": "America/Chicago", "as_of": "2023-04-15", "classes": ["IMP", "OBSENC"], "planned": ["EL", "UR"]},
    ],
)
def test_every_row_equals_the_reference(spark, lake, given):
    seed, silver, resources = lake
    measured = rows_of(spark, silver, parameters(**given))
    if "as_of" in given:
        given = {**given, "as_of": date.fromisoformat(given["as_of"])}
    expected = compute(resources, **given)
    wrong = {row: (measured.get(row), expected.get(row)) for row in measured.keys() | expected.keys()}
    wrong = {row: pair for row, pair in wrong.items() if pair[0] != pair[1]}
    assert not wrong, f"METRICCARE_SEED={seed}: {dict(sorted(wrong.items())[:10])}"
    for name in ("department", "sex", "age") if "strata" in given else ():
        check_sums(measured, name)
    assert measured["hai", "all", "all", "all"][0] > 5 or PATIENTS < 100
    assert len(measured) > 1000 or PATIENTS < 100


def check_sums(rows, name):
    """The values of a stratum make up what they divide, whoever is unknown among them."""
    sums = Counter()
    for (*place, stratum), pair in ((key, pair) for key, pair in rows.items() if len(key) == 5):
        if stratum.startswith(f"{name}="):
            sums[(*place, 0)] += pair[0]
            sums[(*place, 1)] += pair[1]
    divided = {place[:-1] for place in sums}
    assert len(divided) > 20 or PATIENTS < 100
    assert {place: (sums[(*place, 0)], sums[(*place, 1)]) for place in divided} == {
        place: rows[place] for place in divided
    }
    wanted = {
        key
        for key, (_, n) in rows.items()
        if n and len(key) == 4 and (key[2] == "all") + (key[3] == "all") and len(key[3]) < 7
    }
    assert divided == wanted
