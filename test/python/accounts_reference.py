"""The accounting in plain Python, from the text of docs/measures.md: one resource after the other, no code under test.

`accounts(resources, **parameters)` returns {(block, rule, detail or None): count}, without lines of 0.
"""

from collections import Counter, defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

from reference import (
    DEFAULTS,
    SNOMED,
    Visit,
    all_codings,
    category_of,
    is_closed,
    judge,
    newest,
    readmitted,
    stands_for,
    stays_of,
    target,
    vital,
    when,
)

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
DAY = timedelta(days=1)


def shown_class(resource):
    """The first class as the accounting shows it."""
    codings = [coding for coding in all_codings(resource.get("class")) if coding.get("code", "").strip()]
    if not codings:
        return "none"
    system, code = codings[0].get("system"), codings[0]["code"].strip().upper()
    if system is None or system == ACT:
        return shown(code)
    return f"{system if system.startswith(('http', 'urn:')) else 'other'}|{shown(code)}"


def shown(code):
    """A code, or `other` where it is none: the tests' free texts have a blank in them."""
    return "other" if " " in code or len(code) > 32 else code


def accounts(resources, **given):
    p = {**DEFAULTS, **given}
    zone = ZoneInfo(p["zone"])
    found = Counter()

    def count(block, rule, what=None):
        found[block, rule, None] += 1
        if what is not None:
            found[block, rule, what] += 1

    patients, encounters = newest(resources, "Patient"), newest(resources, "Encounter")
    conditions = newest(resources, "Condition")
    visits = {key: Visit(resource, zone, p["planned"]) for key, resource in encounters.items()}
    now, everybody = stands_for(patients), patients
    for key, patient in everybody.items():
        count("patients", "merged" if key in now else merge_of(key, everybody) or of_patient(patient, zone))
    patients = {key: patient for key, patient in everybody.items() if key not in now}
    for visit in visits.values():
        visit.patient = now.get(visit.patient, visit.patient)
    reasons = judge(visits, patients, p)
    for key, visit in visits.items():
        rule = reasons.get(key) or ("used" if is_closed(visit, p) else "open")
        details = {"not_inpatient": shown_class(encounters[key]), "status": shown(visit.status or "none")}
        count("encounters", rule, details.get(rule))
    stays, segments = {}, {}
    for key, patient in patients.items():
        own = [visit for visit in visits.values() if visit.patient == key and visit.id not in reasons]
        stays[key], free = stays_of(own, p)
        segments |= {v.id: v.parent for v in visits.values() if reasons.get(v.id) == "part_of_inpatient"}
        count_stays(patient, stays[key], free, count, p, zone)
    whose = {key: target(one.get("subject"), "Patient") for key, one in conditions.items()}
    own = {key: stays.get(now.get(who, who), []) for key, who in whose.items()}
    eventful = count_conditions(conditions, own, segments, count, p, zone)
    for listed in stays.values():
        for stay in listed:
            with_event = "with_event" if stay.id in eventful else "without_event"
            at_risk = stay.midnights >= 2
            count("hai", *(("continued",) if stay.held else ("used", with_event)))
            count(
                "hai_stays", *(("continued",) if stay.held else ("used", with_event) if at_risk else ("not_at_risk",))
            )
    return dict(found)


def merge_of(key, patients):
    """Of one who was merged into nobody that is found: why."""
    said = [target(link["other"], "Patient") for link in patients[key].get("link", []) if link["type"] == "replaced-by"]
    claimed = [
        other
        for other in sorted(patients)
        for link in patients[other].get("link", [])
        if link["type"] == "replaces" and target(link["other"], "Patient") == key
    ]
    into = [one for one in said if one] or claimed
    if not into:
        return None
    return "merge_circle" if into[0] in patients else "merge_target_missing"


def of_patient(patient, zone):
    dead = patient.get("deceasedBoolean") is True or patient.get("deceasedDateTime") is not None
    if dead and when(patient.get("deceasedDateTime"), zone) is None:
        return "death_unknown"
    return "used" if when(patient.get("birthDate"), zone) else "birth_date_missing"


def count_stays(patient, stays, free, count, p, zone):
    deceased = when(patient.get("deceasedDateTime"), zone)
    death = deceased.day if deceased else None
    dead = patient.get("deceasedBoolean") is True or patient.get("deceasedDateTime") is not None
    candidates = [(s.start, s.admitted, s.id, s.planned) for s in stays]
    candidates += [(v.start, v.start_day, v.id, v.planned) for v in free]
    for stay in stays:
        count("stays", "continued" if stay.held else "complete")
        conflict, died, effective, unknown = vital(stay, death, dead and death is None)
        for figure in ("length_of_stay", "length_of_stay_midnights"):
            count(figure, "continued" if stay.held else "used")
        common = "continued" if stay.held else "conflict" if conflict else None
        word = "died" if died else "survived"
        count("mortality_in_hospital", *((common,) if common else ("used", word)))
        rule = common or ("ama" if stay.disposition == "ama" else "vital_unknown" if unknown else None)
        late = stay.admitted + 30 * DAY > p["as_of"]
        rule = rule or ("follow_up_after_as_of" if late else None)
        gone = effective is not None and stay.admitted <= effective <= stay.admitted + 30 * DAY
        count("mortality_30d", *((rule,) if rule else ("used", "died" if gone else "survived")))
        rule = common or ("died" if died else None)
        rule = rule or (stay.disposition if stay.disposition in ("ama", "transfer_acute") else None)
        rule = rule or ("follow_up_after_as_of" if stay.discharged + 30 * DAY > p["as_of"] else None)
        count("readmission_30d", *((rule,) if rule else ("used", returned(stay, candidates, death))))


def returned(stay, candidates, death):
    if readmitted(stay, candidates, death):
        return "readmitted"
    planned = [(start, day, key, False) for start, day, key, _ in candidates]
    return "planned" if readmitted(stay, planned, death) else "not_readmitted"


def count_conditions(conditions, stays, segments, count, p, zone):
    """Counts every condition; ids of the stays with an event."""
    placed, eventful = defaultdict(list), set()
    for key, resource in conditions.items():
        rule, what, stay, onset = of_condition(resource, stays[key], segments, p, zone)
        if stay is None:
            count("conditions", rule, what)
        else:
            placed[stay.id, what].append((onset, key, stay, category_of(resource, p)[1]))
    for (stay_id, category), listed in placed.items():
        opened = None
        for onset, _, stay, first_day in sorted(listed, key=lambda one: one[:2]):
            if opened is not None and onset < opened + 14 * DAY:
                count("conditions", "repeat", category)
                continue
            opened = onset
            event = (onset - stay.admitted).days + 1 >= first_day
            count("conditions", "event" if event else "present_on_admission", category)
            eventful |= {stay_id} if event else set()
    return eventful


def of_condition(resource, own, segments, p, zone):
    """(rule, detail, None, None), or (None, category, stay, onset) of one that is linked."""
    status = [coding.get("code") for coding in all_codings(resource.get("verificationStatus"))]
    if status and "confirmed" not in status:
        return "not_confirmed", None, None, None
    match = category_of(resource, p)
    if match is None:
        codings = [one for one in all_codings(resource.get("code")) if one.get("code", "").strip()]
        known = [one["system"] for one in codings if one.get("system") in (*p["icd10"], SNOMED)]
        systems = known or [one.get("system") or "none" for one in codings] or ["none"]
        system = systems[0] if systems[0] == "none" or systems[0].startswith(("http", "urn:")) else "other"
        return ("not_in_value_set" if known else "unknown_code_system"), system, None, None
    onset = when(resource.get("onsetDateTime"), zone)
    onset = onset or when(resource.get("onsetPeriod", {}).get("start"), zone)
    onset = onset or when(resource.get("recordedDate"), zone)
    if onset is None:
        return "onset_missing", match[0], None, None
    if resource.get("encounter", {}).get("reference"):
        key, seen = target(resource["encounter"], "Encounter"), set()
        while key in segments and key not in seen:
            seen.add(key)
            key = segments[key]
        chosen = [stay for stay in own if key in {visit.id for visit in stay.visits}]
        absent = "by_encounter"
    else:
        chosen = [stay for stay in own if stay.admitted <= onset.day <= stay.discharged + DAY]
        absent = "by_date"
    complete = sorted((stay for stay in chosen if not stay.held), key=lambda stay: stay.start)
    if not complete:
        return "no_stay", "continued" if chosen else absent, None, None
    stay = complete[-1]
    if onset.day < stay.admitted - 2 * DAY:
        return "outside_stay", "before_admission", None, None
    if onset.day > stay.discharged + DAY:
        return "outside_stay", "after_discharge", None, None
    return None, match[0], stay, onset.day
