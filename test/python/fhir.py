"""Short ways to write FHIR resources for tests."""

import json

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"


def patient(key, birth="1950-01-01", death=None, dead=None, **more):
    found = {"resourceType": "Patient", "id": key, "birthDate": birth, **more}
    if birth is None:
        del found["birthDate"]
    if death is not None:
        found["deceasedDateTime"] = death
    if dead is not None:
        found["deceasedBoolean"] = dead
    return found


def encounter(
    key, who, start, end=None, status="finished", disp=None, priority=None, kind="IMP", at=None, part_of=None, **more
):
    """R4 spelling."""
    found = {
        "resourceType": "Encounter",
        "id": key,
        "status": status,
        "class": {"system": ACT, "code": kind},
        "subject": {"reference": f"Patient/{who}"},
        "period": {name: value for name, value in (("start", start), ("end", end)) if value is not None},
    }
    if disp is not None:
        found["hospitalization"] = {"dischargeDisposition": {"coding": [{"code": disp}]}}
    if priority is not None:
        found["priority"] = {"coding": [{"code": priority}]}
    if at is not None:
        found["serviceProvider"] = {"reference": f"Organization/{at}"}
    if part_of is not None:
        found["partOf"] = {"reference": f"Encounter/{part_of}"}
    return {**found, **more}


def encounter_r5(key, who, start, end=None, status="completed", disp=None, priority=None, kind="IMP", at=None):
    """The same stay in R5 spelling."""
    found = encounter(key, who, start, end, status=status, priority=priority, kind=kind, at=at)
    found["actualPeriod"] = found.pop("period")
    found["class"] = [{"coding": [found["class"]]}]
    if disp is not None:
        found["admission"] = {"dischargeDisposition": {"coding": [{"code": disp}]}}
    return found


def condition(key, who, code, onset=None, visit=None, system=SNOMED, **more):
    found = {
        "resourceType": "Condition",
        "id": key,
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": f"Patient/{who}"},
    }
    if onset is not None:
        found["onsetDateTime"] = onset
    if visit is not None:
        found["encounter"] = {"reference": f"Encounter/{visit}"}
    return {**found, **more}


def bundle(*resources, kind="transaction"):
    entries = [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r, "request": {"method": "POST"}} for r in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def ndjson(*resources):
    return "".join(json.dumps(resource) + "\n" for resource in resources)
