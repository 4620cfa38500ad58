"""FHIR resources to flat fields, R4 and R5 spellings alike. Pure Python over one resource, and total: whatever a feed
puts where something else belongs reads as missing, never as an error.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from metriccare_etl.times import normalise

EXPIRED = frozenset(("exp", "20", "40", "41", "42", "died", "expired"))
AMA = frozenset(("aadvice", "7", "against advice"))
TRANSFER_ACUTE = frozenset(("other-hcf", "2", "5", "43", "66", "82", "85", "88", "94", "acute hospital"))
FINISHED = frozenset(("finished", "completed", "discharged"))
ACTIVE = frozenset(("in-progress", "onleave", "on-hold"))
SEXES = frozenset(("male", "female", "other"))
SMALLER_THAN_A_WARD = frozenset(("ro", "bd"))  # of a location's physical type: a room, a bed
# What Gold may show of a feed: a code or an id, and without a system no long number, which may be somebody's.
SHOWN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
LONG_NUMBER = re.compile(r"[0-9]{6}")
UNSHOWN = "other"


def loads(text: str) -> dict[str, Any]:
    """The resource as a dict; an empty one when the text is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


# --- shapes ---


def _list(value: Any) -> list[Any]:
    """A list of what may be one thing, several, or nothing."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """Trimmed text without lone surrogates (Spark's strings cannot hold them), or None."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip().encode("utf-8", "replace").decode() or None


def _said(value: object) -> str | None:
    """A text to the letter, or None."""
    return value.encode("utf-8", "replace").decode() or None if isinstance(value, str) else None


def codings(value: Any) -> list[tuple[str | None, str]]:
    """(system, code) of a Coding, a CodeableConcept, a bare code, or a list of these."""
    found: list[tuple[str | None, str | None]] = []
    for item in _list(value):
        if isinstance(item, str):
            found.append((None, _text(item)))
        for coding in [item, *_list(_dict(item).get("coding"))]:
            found.append((_text(_dict(coding).get("system")), _text(_dict(coding).get("code"))))
    return [(system, code) for system, code in found if code]


def reference_id(value: Any, kind: str) -> str | None:
    """The id behind a reference to a resource of this type, or None (docs/measures.md K2)."""
    text = _text(_dict(value).get("reference"))
    if not text or text.startswith("#"):
        return None
    if text.lower().startswith("urn:"):
        return text[len("urn:uuid:") :].strip() or None if text.lower().startswith("urn:uuid:") else None
    if "?" in text:
        return _conditional_id(text, kind)
    parts = [part for part in text.split("#", 1)[0].split("/") if part]
    if len(parts) >= 4 and parts[-2] == "_history":
        parts = parts[:-2]
    return parts[-1] if len(parts) >= 2 and parts[-2] == kind else None


def _conditional_id(text: str, kind: str) -> str | None:
    """`T?identifier=system|value` names the value."""
    base, _, query = text.partition("?")
    if base.rstrip("/").rsplit("/", 1)[-1] != kind:
        return None
    match = re.match(r"identifier=([^&]*)", query)
    if not match:
        return None
    identifier = match.group(1) if "|" in match.group(1) else unquote(match.group(1))
    return identifier.partition("|")[2].strip() or None if "|" in identifier else identifier.strip() or None


# --- resources ---


def patient(text: str) -> tuple[Any, ...]:
    """(birth_date, death, death_unknown, replaced_by, replaces, sex): unknown is somebody who is dead without a usable
    date; `replaced_by` and `replaces` are what its links say (docs/measures.md L1), `sex` is `gender` (K4).
    """
    resource = loads(text)
    death = normalise(resource.get("deceasedDateTime"))
    stated = resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime") is not None
    replaced_by = linked(resource, "replaced-by")
    return (
        normalise(resource.get("birthDate")),
        death,
        stated and death is None,
        replaced_by[0] if replaced_by else None,
        sorted(set(linked(resource, "replaces"))),
        _sex(resource.get("gender")),
    )


def _sex(value: object) -> str | None:
    """FHIR's own words; `unknown` is as good as none."""
    word = value.strip().lower() if isinstance(value, str) else ""
    return word if word in SEXES else None


def linked(resource: dict[str, Any], kind: str) -> list[str]:
    """Ids of the patients that links of this type name, in order."""
    links = [_dict(link) for link in _list(resource.get("link"))]
    found = [reference_id(link.get("other"), "Patient") for link in links if link.get("type") == kind]
    return [one for one in found if one is not None]


def encounter(text: str) -> tuple[Any, ...]:
    """(status, classes, patient_id, start, end, part_of, priorities, disposition, facility,
    status_code, class_codings, department).
    """
    resource = loads(text)
    period = _dict(resource.get("actualPeriod") or resource.get("period"))
    classes = [(system, code.upper()) for system, code in codings(resource.get("class"))]
    priorities = [code.upper() for _, code in codings(resource.get("priority"))]
    return (
        _status(resource.get("status")),
        sorted({code for _, code in classes}),
        reference_id(resource.get("subject"), "Patient"),
        normalise(period.get("start")),
        normalise(period.get("end")),
        reference_id(resource.get("partOf"), "Encounter"),
        sorted(set(priorities)),
        disposition(resource),
        reference_id(resource.get("serviceProvider"), "Organization"),
        _said(resource.get("status")),
        [{"system": system, "code": code} for system, code in classes],
        department(resource),
    )


def department(resource: dict[str, Any]) -> str | None:
    """The code of its service, else the id of the last location that is no room or bed (docs/measures.md K4)."""
    for service in _list(resource.get("serviceType")):
        for system, code in codings([service, _dict(service).get("concept")]):
            return _shown(code, numbers=system is not None)
    places = enumerate(_list(resource.get("location")))
    found = [(_started(one), at, ward) for at, one in places if (ward := _ward(one))]
    return _shown(max(found)[2], numbers=True) if found else None


def _ward(value: Any) -> str | None:
    """The id of a location that somebody is or was in, unless it is said to be a room or a bed."""
    place = _dict(value)
    kinds = {code.lower() for _, code in codings([place.get("physicalType"), place.get("form")])}
    if kinds & SMALLER_THAN_A_WARD or place.get("status") in ("planned", "reserved"):
        return None
    return reference_id(place.get("location"), "Location")


def _started(value: Any) -> str:
    """Orders locations; those without a time come in the order of the resource, before the others."""
    return normalise(_dict(_dict(value).get("period")).get("start")) or ""


def _shown(text: str, numbers: bool) -> str:
    fits = SHOWN.fullmatch(text) and (numbers or not LONG_NUMBER.search(text))
    return text if fits else UNSHOWN


def _status(value: object) -> str:
    """finished, active, or other. FHIR's own code, to the letter: E2 folds no case, unlike E1 and the disposition."""
    status = value if isinstance(value, str) else None
    if status in FINISHED:
        return "finished"
    return "active" if status in ACTIVE else "other"


def disposition(resource: dict[str, Any]) -> str | None:
    """expired, ama, transfer_acute, other, or None when absent."""
    stay = _dict(resource.get("admission") or resource.get("hospitalization"))
    value = stay.get("dischargeDisposition")
    words = [code.lower().lstrip("0") for _, code in codings(value)]
    if not words:
        words = [text.lower() for text in (_text(_dict(item).get("text")) for item in _list(value)) if text]
    if not words:
        return None
    for name, members in (("expired", EXPIRED), ("ama", AMA), ("transfer_acute", TRANSFER_ACUTE)):
        if any(word in members for word in words):
            return name
    return "other"


def condition(text: str) -> tuple[Any, ...]:
    """(patient_id, encounter_id, has_encounter, confirmed, codes, onset)."""
    resource = loads(text)
    encounter_reference = resource.get("encounter")
    return (
        reference_id(resource.get("subject"), "Patient"),
        reference_id(encounter_reference, "Encounter"),
        _text(_dict(encounter_reference).get("reference")) is not None,
        _confirmed(resource.get("verificationStatus")),
        [{"system": system, "code": code} for system, code in codings(resource.get("code"))],
        normalise(resource.get("onsetDateTime"))
        or normalise(_dict(resource.get("onsetPeriod")).get("start"))
        or normalise(resource.get("recordedDate")),
    )


def _confirmed(value: Any) -> bool:
    """True when verificationStatus is absent or confirmed."""
    words = [code.lower() for _, code in codings(value)]
    words = words or [text.lower() for text in (_text(_dict(item).get("text")) for item in _list(value)) if text]
    return not words or "confirmed" in words
