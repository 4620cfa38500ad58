"""The versions that count (docs/measures.md K1, D1 to D3) in plain Python, from its text: no code of the package.

`survivors(files)` takes the texts of files, each with its generation and the time of its S3 event in milliseconds, and
answers the resources that are there, as (type, id) to resource.
"""

import json
from datetime import datetime, timezone


def moment(text):
    """Milliseconds since 1970, or None."""
    if not isinstance(text, str) or len(text) < 10:
        return None
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=timezone.utc)
    return int(found.timestamp() * 1000 // 1)


def things(text):
    """(place, resource, None) and (place, None, (type, id, time of the Bundle)) of a file's lines, in order."""
    place = 0
    for line in text.splitlines():
        document = json.loads(line)
        if document["resourceType"] != "Bundle":
            place += 1
            yield place, document, None
            continue
        when = moment(document.get("timestamp"))
        if when is None:
            when = moment(document.get("meta", {}).get("lastUpdated"))
        for entry in document.get("entry", []):
            place += 1
            if entry.get("request", {}).get("method") == "DELETE":
                words = entry["request"]["url"].split("/_history/")[0].split("/")
                yield place, None, (words[-2], words[-1], when)
            elif "resource" in entry:
                yield place, entry["resource"], None


def survivors(files):
    """{(type, id): resource}. `files` are (generation, event milliseconds, text)."""
    versions, deletions = {}, {}
    for generation, event, text in files:
        for place, resource, gone in things(text):
            if gone is not None:
                kind, key, when = gone
                told = (event if when is None else when, generation)
                deletions.setdefault((kind, key), []).append(told)
            else:
                updated = moment(resource.get("meta", {}).get("lastUpdated"))
                rank = (float("-inf") if updated is None else updated, generation, place)
                name = (resource["resourceType"], resource["id"])
                versions.setdefault(name, []).append((rank, updated, generation, resource))
    found = {}
    for name, all_versions in versions.items():
        left = [one for one in all_versions if not is_gone(one, deletions.get(name, []))]
        if left:
            found[name] = max(left, key=lambda one: one[0])[3]
    return found


def is_gone(version, deletions):
    _, updated, generation, _ = version
    if updated is None:
        return any(file > generation for _, file in deletions)
    return any(when > updated for when, _ in deletions)
