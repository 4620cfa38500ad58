"""docs/measures.md in plain Python, from its text: no Spark, no code of the package under test.

One patient at a time, one rule after the other, as slow as it is plain. `compute(resources, parameters)` takes
(generation, line, resource) triples, as they were read, and returns {(measure, cohort, facility, period): (n, d)}, rows
by stratum under one word more.
"""

import csv
from collections import defaultdict
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

TABLE = [  # P6: category, first day, ICD-10-CM prefixes, SNOMED CT codes
    ("CLABSI", 3, ["T80211"], ["736442006"]),
    ("CAUTI", 3, ["T83511"], ["700372006"]),
    ("CDI", 4, ["A047"], ["186431008", "423590009"]),
    ("VAP", 3, ["J95851"], ["429271009"]),
    ("SSI", 3, ["T814"], ["433202001"]),
    ("MRSA_BSI", 3, ["A4102"], []),
    ("HAP", 3, [], ["425464007"]),
    ("OTHER_NOSOCOMIAL", 3, ["Y95"], ["19168005"]),
]
SNOMED = "http://snomed.info/sct"
DEFAULTS = {
    "as_of": date(2023, 6, 30),
    "zone": "UTC",
    "classes": ["IMP", "ACUTE"],
    "planned": ["EL"],
    "icd10": ["http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"],
    "strata": (),
    "bands": (18, 45, 65, 75, 85),
}


def table_of_csv(path):
    """The shipped value set, to hold it against TABLE."""
    found = {}
    for row in csv.DictReader(Path(path).read_text().splitlines()):
        entry = found.setdefault(row["category"], (row["category"], int(row["first_day"]), [], []))
        (entry[2] if row["match"] == "prefix" else entry[3]).append(row["code"])
    return list(found.values())


# --- T1 to T4 ---


class When:
    """A usable time: its calendar date at the facility, and its instants as a start and as an end."""

    def __init__(self, day, start, end):
        self.day, self.start, self.end = day, start, end


def when(text, zone):
    """None for a missing one: YYYY, YYYY-MM, malformed."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    try:
        if len(text) == 10:
            day = date(int(text[:4]), int(text[5:7]), int(text[8:])) if text[4] == text[7] == "-" else None
            if day is None:
                return None
            first = datetime.combine(day, time(0, 0, 0), zone).astimezone(timezone.utc)
            last = datetime.combine(day, time(23, 59, 59), zone).astimezone(timezone.utc)
            return When(day, first, last)
        if len(text) < 16 or text[10] != "T":
            return None
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return When(moment.astimezone(zone).date(), moment.astimezone(timezone.utc), moment.astimezone(timezone.utc))


# --- K1 to K3, E1 to E8 ---


def target(reference, kind):
    """The id behind a reference, or None."""
    text = (reference or {}).get("reference")
    if not text or text.startswith("#"):
        return None
    if text.startswith("urn:uuid:"):
        return text[9:]
    if text.startswith(kind + "?identifier="):
        return text.split("|")[-1]
    text = text.split("/_history/")[0]
    if "/" not in text:
        return None
    kinds = text.split("/")
    return kinds[-1] if kinds[-2] == kind else None


def newest(resources, kind):
    """One version a resource id."""
    best = {}
    for generation, line, resource in resources:
        if resource["resourceType"] != kind:
            continue
        updated = resource.get("meta", {}).get("lastUpdated")
        stamp = datetime.fromisoformat(updated.replace("Z", "+00:00")).timestamp() * 1000 if updated else float("-inf")
        rank = (stamp, generation, line)
        if resource["id"] not in best or rank > best[resource["id"]][0]:
            best[resource["id"]] = (rank, resource)
    return {key: value for key, (_, value) in best.items()}


def stands_for(patients):
    """{patient: who it is now} of those that were merged into others (L1 to L3)."""
    own, claimed = {}, {}
    for key in sorted(patients):
        for link in patients[key].get("link", []):
            other = target(link.get("other"), "Patient")
            if link["type"] == "replaced-by" and other:
                own.setdefault(key, other)
            elif link["type"] == "replaces" and other and other not in claimed:
                claimed[other] = key

    def step(key):
        following = own[key] if key in own else claimed.get(key)
        return following if following in patients else None

    found = {}
    for key in own.keys() | claimed.keys():
        walked = [key]
        while step(walked[-1]) is not None and step(walked[-1]) not in walked:
            walked.append(step(walked[-1]))
        if step(walked[-1]) is None and len(walked) > 1:
            found[key] = walked[-1]
    return found


def all_codings(thing):
    if thing is None:
        return []
    if isinstance(thing, list):
        return [coding for item in thing for coding in all_codings(item)]
    return [thing] if "code" in thing else thing.get("coding", [])


def disposition(resource):
    stay = resource.get("admission") or resource.get("hospitalization") or {}
    concept = stay.get("dischargeDisposition")
    if not concept:
        return None
    codes = [coding["code"].strip() for coding in concept.get("coding", []) if coding.get("code", "").strip()]
    word = codes[0] if codes else concept.get("text", "").strip()
    if not word:
        return None
    word = word.lower()
    if codes:
        while word.startswith("0"):
            word = word[1:]
    if word in ("exp", "20", "40", "41", "42", "died", "expired"):
        return "expired"
    if word in ("aadvice", "7", "against advice"):
        return "ama"
    if word in ("other-hcf", "2", "5", "43", "66", "82", "85", "88", "94", "acute hospital"):
        return "transfer_acute"
    return "other"


def department(resource):
    """K4: the first code of the service, else the last place that is neither room nor bed."""
    services = resource.get("serviceType") or []
    for service in services if isinstance(services, list) else [services]:
        for coding in all_codings(service.get("concept", service)):
            return "other" if " " in coding["code"] else coding["code"]
    places = []
    for number, one in enumerate(resource.get("location", [])):
        kind = {coding["code"] for coding in all_codings(one.get("physicalType") or one.get("form"))}
        place = target(one["location"], "Location")
        if place and not kind & {"ro", "bd"} and one.get("status") != "planned":
            started = when(one.get("period", {}).get("start"), timezone.utc)
            places.append((started.start.timestamp() if started else float("-inf"), number, place))
    return max(places)[2] if places else "unknown"


class Visit:
    """An encounter that is read, not yet judged."""

    def __init__(self, resource, zone, planned):
        period = resource.get("actualPeriod") or resource.get("period") or {}
        start, end = when(period.get("start"), zone), when(period.get("end"), zone)
        self.id = resource["id"]
        self.classes = {one["code"].strip().upper() for one in all_codings(resource.get("class")) if "code" in one}
        self.status = resource.get("status")
        self.patient = target(resource.get("subject"), "Patient")
        self.has_start = start is not None
        self.start, self.start_day = (start.start, start.day) if start else (None, None)
        self.end, self.end_day = (end.end, end.day) if end else (None, None)
        self.parent = target(resource.get("partOf"), "Encounter")
        self.disposition = disposition(resource)
        self.planned = any(coding.get("code") in planned for coding in all_codings(resource.get("priority")))
        self.facility = target(resource.get("serviceProvider"), "Organization") or "unknown"
        self.department = department(resource)


def judge(visits, patients, p):
    """{id: reason} for E1 to E7; those that pass have none. A parent passed E1 to E6."""
    reasons = {}
    for v in visits.values():
        if not v.classes & set(p["classes"]):
            reasons[v.id] = "not_inpatient"
        elif v.status not in ("finished", "completed", "discharged", "in-progress", "onleave", "on-hold"):
            reasons[v.id] = "status"
        elif v.patient not in patients:
            reasons[v.id] = "orphan_patient"
        elif not v.has_start:
            reasons[v.id] = "bad_start"
        elif v.start_day > p["as_of"]:
            reasons[v.id] = "starts_after_as_of"
        elif v.end is not None and v.end < v.start:
            reasons[v.id] = "end_before_start"
    passed = set(visits) - set(reasons)
    for key in passed:
        v = visits[key]
        if v.parent in passed and v.parent != v.id and visits[v.parent].patient == v.patient:
            reasons[key] = "part_of_inpatient"
    return reasons


def is_closed(v, p):
    finished = v.status in ("finished", "completed", "discharged")
    return finished and v.end is not None and v.end_day <= p["as_of"]


# --- S1 to S3, V1 to V3 ---


class Stay:
    def __init__(self, visits):
        first = min(visits, key=lambda v: (v.start, v.end, v.id))
        last = max(visits, key=lambda v: (v.end, v.start, v.id))
        self.visits = visits
        self.id, self.start, self.admitted, self.planned = first.id, first.start, first.start_day, first.planned
        self.end, self.discharged = last.end, last.end_day
        self.disposition, self.facility, self.department = last.disposition, last.facility, last.department
        self.midnights = (self.discharged - self.admitted).days
        self.los = max(self.midnights, 1)
        self.held = []


def goes_on(visit, end, end_day, before):
    """(a), (b), (c) of S1."""
    if visit.start <= end or visit.start_day == end_day:
        return True
    return visit.start_day - end_day == timedelta(days=1) and before == "transfer_acute"


def stays_of(visits, p):
    """A patient's stays, and the open encounters that continue none."""
    closed = sorted((v for v in visits if is_closed(v, p)), key=lambda v: (v.start, v.end, v.id))
    opened = [v for v in visits if not is_closed(v, p)]
    groups = []
    for visit in closed:
        if groups:
            latest = max(groups[-1], key=lambda v: v.end)
            if goes_on(visit, latest.end, latest.end_day, groups[-1][-1].disposition):
                groups[-1].append(visit)
                continue
        groups.append([visit])
    stays = [Stay(group) for group in groups]
    for stay in stays:
        for visit in opened:
            if visit.start >= stay.start and goes_on(visit, stay.end, stay.discharged, stay.disposition):
                stay.held.append(visit)
    held = {visit.id for stay in stays for visit in stay.held}
    return stays, [visit for visit in opened if visit.id not in held]


def vital(stay, death, unknown):
    """conflict, died in hospital, effective death, unknown."""
    expired = stay.disposition == "expired"
    conflict = death is not None and death < stay.admitted
    died = expired
    if death is not None and stay.admitted <= death < stay.discharged:
        died = True
    if death is not None and death == stay.discharged and stay.disposition is None:
        died = True
    effective = death if death is not None else (stay.discharged if expired else None)
    return conflict, died, effective, unknown and not expired


def age_at(birth, day):
    """Full years, or None."""
    if birth is None:
        return None
    years = day.year - birth.year
    if (day.month, day.day) < (birth.month, birth.day):
        years -= 1
    return years


def old_enough(birth, day):
    years = age_at(birth, day)
    return years is not None and years >= 65


# --- G1 to G4 ---


def band_of(years, starts):
    if years is None or years < 0:
        return "unknown"
    below = [start for start in [0, *starts] if start <= years]
    above = [start for start in starts if start > years]
    return f"{below[-1]}-{above[0] - 1}" if above else f"{below[-1]}+"


# --- M1 to M4, C1 to C3 ---


def infections_of(conditions, p, zone):
    """patient id -> [(onset, id, category, first day, condition)]."""
    found = defaultdict(list)
    for key, resource in conditions.items():
        status = [coding.get("code") for coding in all_codings(resource.get("verificationStatus"))]
        if status and "confirmed" not in status:
            continue
        match = category_of(resource, p)
        if match is None:
            continue
        onset = when(resource.get("onsetDateTime"), zone)
        onset = onset or when(resource.get("onsetPeriod", {}).get("start"), zone)
        onset = onset or when(resource.get("recordedDate"), zone)
        if onset is None:
            continue
        found[target(resource.get("subject"), "Patient")].append((onset.day, key, *match, resource))
    return found


def category_of(resource, p):
    codings = resource.get("code", {}).get("coding", [])
    for name, first_day, prefixes, snomed in p.get("table", TABLE):
        for coding in codings:
            code = coding.get("code", "").strip()
            if coding.get("system") in p["icd10"]:
                plain = code.replace(".", "").upper()
                if any(plain.startswith(prefix) for prefix in prefixes):
                    return name, first_day
            if coding.get("system") == SNOMED and code in snomed:
                return name, first_day
    return None


def stay_of_infection(onset, resource, stays, segments):
    """The complete stay that an infection belongs to, or None."""
    complete = [stay for stay in stays if not stay.held]
    if resource.get("encounter", {}).get("reference"):
        key = target(resource["encounter"], "Encounter")
        seen = set()
        while key in segments and key not in seen:
            seen.add(key)
            key = segments[key]
        chosen = [stay for stay in complete if key in {visit.id for visit in stay.visits}]
    else:
        one = timedelta(days=1)
        chosen = [stay for stay in complete if stay.admitted <= onset <= stay.discharged + one]
        chosen = sorted(chosen, key=lambda stay: stay.start)[-1:]
    for stay in chosen:
        if stay.admitted - timedelta(days=2) <= onset <= stay.discharged + timedelta(days=1):
            return stay
    return None


def events_of(stays, infections, segments):
    """stay id -> category -> number of events."""
    by_place = defaultdict(list)
    for onset, key, category, first_day, resource in infections:
        stay = stay_of_infection(onset, resource, stays, segments)
        if stay is not None:
            by_place[stay.id, category].append((onset, key, first_day, stay))
    events = defaultdict(lambda: defaultdict(int))
    for (stay_id, category), onsets in by_place.items():
        opened = None
        for onset, _, first_day, stay in sorted(onsets, key=lambda item: item[:2]):
            if opened is not None and opened <= onset <= opened + timedelta(days=13):
                continue
            opened = onset
            if (onset - stay.admitted).days + 1 >= first_day:
                events[stay_id][category] += 1
    return events


def readmitted(stay, candidates, death):
    """1, 0: the earliest candidate on days 1 to 30 decides."""
    after = []
    for start, day, key, planned in candidates:
        if death is not None and day > death:
            continue
        if start > stay.end and 1 <= (day - stay.discharged).days <= 30:
            after.append((start, key, planned))
    return int(bool(after) and not min(after)[2])


def sex_of(patient):
    """K4."""
    return patient.get("gender") if patient.get("gender") in ("male", "female", "other") else "unknown"


def compute(resources, **given):
    """Every row of every measure; those by stratum have it as a fifth word."""
    p = {**DEFAULTS, **given}
    zone = ZoneInfo(p["zone"])
    patients = newest(resources, "Patient")
    visits = {key: Visit(r, zone, p["planned"]) for key, r in newest(resources, "Encounter").items()}
    now = stands_for(patients)
    patients = {key: resource for key, resource in patients.items() if key not in now}
    for visit in visits.values():
        visit.patient = now.get(visit.patient, visit.patient)
    reasons = judge(visits, patients, p)
    infections = defaultdict(list)
    for key, found in infections_of(newest(resources, "Condition"), p, zone).items():
        infections[now.get(key, key)] += found
    counts = defaultdict(lambda: [0, 0])
    for measure in MEASURES:
        for cohort in ("all", "age65plus"):
            counts[measure, cohort, "all", "all"] = [0, 0]
    for key, patient in patients.items():
        own = [v for v in visits.values() if v.patient == key]
        count_patient(key, patient, own, reasons, infections[key], counts, p, zone)
    return {row: tuple(pair) for row, pair in counts.items() if pair[1] > 0 or row[2:] == ("all", "all")}


MEASURES = (
    "readmission_30d",
    "mortality_in_hospital",
    "mortality_30d",
    "hai",
    "hai_stays",
    "length_of_stay",
    "length_of_stay_midnights",
)


def count_patient(key, patient, visits, reasons, infections, counts, p, zone):
    passed = [v for v in visits if v.id not in reasons]
    segments = {v.id: v.parent for v in visits if reasons.get(v.id) == "part_of_inpatient"}
    stays, free = stays_of(passed, p)
    deceased = when(patient.get("deceasedDateTime"), zone)
    death = deceased.day if deceased else None
    dead = patient.get("deceasedBoolean") is True or patient.get("deceasedDateTime") is not None
    birth = when(patient.get("birthDate"), zone)
    events = events_of(stays, infections, segments)
    candidates = [(s.start, s.admitted, s.id, s.planned) for s in stays]
    candidates += [(v.start, v.start_day, v.id, v.planned) for v in free]
    month = timedelta(days=30)
    for stay in stays:
        if stay.held:
            continue
        conflict, died, effective, unknown = vital(stay, death, dead and death is None)
        years = age_at(birth.day if birth else None, stay.admitted)
        old = old_enough(birth.day if birth else None, stay.admitted)
        known = {"department": stay.department, "sex": sex_of(patient), "age": band_of(years, p["bands"])}
        strata = [f"{name}={known[name]}" for name in p["strata"] if name in known]

        def count(row, numerator, denominator):
            counts[row][0] += numerator
            counts[row][1] += denominator

        def add_stratum(measure, stratum, numerator, denominator, stay=stay, old=old):
            for cohort in ("all", "age65plus") if old else ("all",):
                for place in (("all", "all"), (stay.facility, "all"), ("all", stay.discharged.strftime("%Y"))):
                    count((measure, cohort, *place, stratum), numerator, denominator)

        def add(measure, numerator, denominator, stay=stay, old=old, strata=strata):
            for cohort in ("all", "age65plus") if old else ("all",):
                year, ym = stay.discharged.strftime("%Y"), stay.discharged.strftime("%Y-%m")
                for place in (("all", "all"), (stay.facility, "all"), ("all", year), ("all", ym)):
                    count((measure, cohort, *place), numerator, denominator)
                if "facility_year" in p["strata"]:
                    count((measure, cohort, stay.facility, year), numerator, denominator)
            for stratum in strata:
                add_stratum(measure, stratum, numerator, denominator)

        add("length_of_stay", stay.los, 1)
        add("length_of_stay_midnights", stay.midnights, 1)
        at_risk = int(stay.discharged >= stay.admitted + timedelta(days=2))
        found = sum(events[stay.id].values())
        add("hai", found, stay.los)
        add("hai_stays", int(found > 0), at_risk)
        for category in [one[0] for one in p.get("table", TABLE)] if "hai_category" in p["strata"] else []:
            add_stratum("hai", f"hai_category={category}", events[stay.id][category], stay.los)
            add_stratum("hai_stays", f"hai_category={category}", int(events[stay.id][category] > 0), at_risk)
        if conflict:
            continue
        add("mortality_in_hospital", int(died), 1)
        if stay.disposition != "ama" and not unknown and stay.admitted + month <= p["as_of"]:
            dead_in_time = effective is not None and stay.admitted <= effective <= stay.admitted + month
            add("mortality_30d", int(dead_in_time), 1)
        index = not died and stay.disposition not in ("ama", "transfer_acute") and stay.discharged + month <= p["as_of"]
        if index:
            add("readmission_30d", readmitted(stay, candidates, death), 1)
