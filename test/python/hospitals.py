"""Hospitals whose data is their own: local classes, priorities and code systems, several houses, times in their clocks or
without any. Each knows the parameters that are true of it, to hold what `metriccare profile` finds against them.
"""

import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from fhir import ACT, condition, encounter, patient

MIMIC = "http://mimic.mit.edu/fhir/mimic/CodeSystem"
DEFAULT_CLASSES = ["IMP", "ACUTE"]
DEFAULT_ICD10 = ["http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"]
DIAGNOSES = [
    "T80211A",
    "T83511A",
    "A047",
    "A0472",
    "J95851",
    "T8142XA",
    "A4102",
    "Y95",
    "E119",
    "I10",
    "J189",
    "N179",
    "K219",
]


class Kind:
    """A sort of encounter: class and priority, how often, how long in days, and whether it is a stay."""

    def __init__(self, word, share, days, stays, priority=None, part=False):
        self.word, self.share, self.days, self.stays, self.priority, self.part = (
            word,
            share,
            days,
            stays,
            priority,
            part,
        )


class Hospital:
    """What is written of it: `system` of classes, `zone` of its clocks, `diagnoses` by (system, dotted, is ICD-10)."""

    def __init__(self, system, kinds, zone, years, planned, diagnoses, dispositions, offsets=True):
        self.system, self.kinds, self.zone, self.years = system, kinds, ZoneInfo(zone), years
        self.planned, self.diagnoses, self.dispositions, self.offsets = planned, diagnoses, dispositions, offsets

    def truth(self):
        """The parameters that its measures need, but for the last day."""
        return {
            "zone": self.zone.key if self.offsets else "UTC",
            "classes": DEFAULT_CLASSES + [kind.word.upper() for kind in self.kinds if kind.stays],
            "planned": ["EL", *self.planned],
            "icd10": DEFAULT_ICD10 + [system for system, _, is_icd10 in self.diagnoses if is_icd10],
        }


HOSPITALS = {
    # MIMIC-IV on FHIR: shifted dates, the admission type is class and priority, ICU stays beside, ICD-9 next to ICD-10
    "shifted dates": Hospital(
        f"{MIMIC}/mimic-admission-class",
        [
            Kind("EW EMER.", 0.4, (2, 9), True, "EW EMER."),
            Kind("URGENT", 0.2, (3, 12), True, "URGENT"),
            Kind("ELECTIVE", 0.15, (2, 6), True, "ELECTIVE"),
            Kind("SURGICAL SAME DAY ADMISSION", 0.1, (1, 5), True, "SURGICAL SAME DAY ADMISSION"),
            Kind("EU OBSERVATION", 0.15, (0.1, 0.4), False, "EU OBSERVATION"),
        ],
        "America/New_York",
        (2110, 2180),
        ["ELECTIVE"],
        [(f"{MIMIC}/mimic-diagnosis-icd10", False, True), (f"{MIMIC}/mimic-diagnosis-icd9", False, False)],
        ["HOME", "HOME", "SKILLED NURSING FACILITY", "DIED", "AGAINST ADVICE", "ACUTE HOSPITAL"],
    ),
    # numbers for classes, a code system of diagnoses that no name tells
    "numbers": Hospital(
        "http://klinik.example/fallart",
        [
            Kind("01", 0.45, (1.2, 10), True, "GEPLANT"),
            Kind("02", 0.2, (1.2, 8), True, "NOTFALL"),
            Kind("11", 0.25, (0.05, 0.2), False),
            Kind("12", 0.1, (0.05, 0.3), False),
        ],
        "Europe/Berlin",
        (2018, 2022),
        ["GEPLANT"],
        [("http://klinik.example/diagnosen", True, True)],
        ["home", "exp", "aadvice", "other-hcf", "snf", None],
    ),
    # words for classes and times without an offset, which says no zone
    "no zone": Hospital(
        "urn:local:visit-type",
        [
            Kind("INPATIENT", 0.5, (1.2, 9), True, "EL"),
            Kind("ICU", 0.1, (1.2, 4), True, "EM"),
            Kind("CLINIC", 0.25, (0.02, 0.2), False),
            Kind("DAY SURGERY", 0.15, (0.1, 0.4), False, "EL"),
        ],
        "Europe/London",
        (2019, 2021),
        [],
        [("urn:oid:2.16.840.1.113883.6.90", True, True)],
        ["home", "exp", "7", "02", "03"],
        offsets=False,
    ),
}


class Maker:
    """Resources of one hospital and seed, and the last day on which something starts or ends."""

    def __init__(self, hospital, seed):
        self.hospital, self.random, self.number, self.last = hospital, random.Random(seed), 0, None

    def written(self, at):
        """A moment in the hospital's clocks; the day is kept as the last one if it is."""
        local = at.astimezone(self.hospital.zone)
        self.last = max(self.last or local.date(), local.date())
        return local.isoformat(timespec="seconds") if self.hospital.offsets else local.strftime("%Y-%m-%dT%H:%M:%S")

    def name(self, letter):
        self.number += 1
        return f"{letter}{self.number}"

    def resources(self, patients):
        """Patients with what they have, in no order."""
        found = [one for _ in range(patients) for one in self.person()]
        self.random.shuffle(found)
        return found

    def person(self):
        key = self.name("p")
        year = self.random.randrange(*self.hospital.years)
        at = datetime(year, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=self.random.randrange(365 * 86_400))
        found = []
        for _ in range(self.random.randrange(1, 6)):
            at += timedelta(days=self.random.choice([0.02, 0.5, 1, 2, 9, 25, 31, 60]))
            visits, at = self.visit(key, at)
            found += visits
        birth = f"{year - self.random.randrange(20, 95)}-0{self.random.randrange(1, 10)}-11"
        death = (at + timedelta(days=self.random.randrange(-3, 40))) if self.random.random() < 0.15 else None
        local = death and death.astimezone(self.hospital.zone).date().isoformat()
        return [patient(key, birth=birth, death=local), *found]

    def visit(self, key, at):
        kind = self.random.choices(self.hospital.kinds, [one.share for one in self.hospital.kinds])[0]
        end = at + timedelta(days=self.random.uniform(*kind.days))
        made = encounter(
            self.name("e"),
            key,
            self.written(at),
            self.written(end),
            disp=self.random.choice(self.hospital.dispositions) if kind.stays else None,
            priority=kind.priority,
            at=f"house-{self.random.randrange(3)}",
        )
        made["class"] = {"system": self.hospital.system, "code": kind.word}
        found = [made]
        if kind.stays and self.random.random() < 0.3:
            middle = at + (end - at) / 2
            ward = encounter(
                self.name("e"), key, self.written(at), self.written(middle), part_of=made["id"], kind="ACUTE"
            )
            found.append({**ward, "class": {"system": ACT, "code": "ACUTE"}})
        return found + [self.diagnosis(key, made["id"], at, end) for _ in range(self.random.randrange(4))], end

    def diagnosis(self, key, visit, start, end):
        system, dotted, _ = self.random.choice(self.hospital.diagnoses)
        code = self.random.choice(DIAGNOSES)
        code = f"{code[:3]}.{code[3:]}" if dotted and len(code) > 3 else code
        onset = self.written(start + (end - start) * self.random.random())
        return condition(self.name("c"), key, code, onset, visit=visit, system=system)
