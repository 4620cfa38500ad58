"""The worked examples of docs/measures.md as resources and what they give: blocks that begin with ```text example <name>."""

import re
from pathlib import Path

from fhir import condition, encounter, patient

TEXT = Path(__file__).parents[2] / "docs/measures.md"
BLOCK = re.compile(r"```text example ([\w-]+)\n(.*?)```", re.DOTALL)
RESULT = re.compile(r"(\w+) = (\d+)/(\d+)")
LINE = re.compile(r"(Patient|Encounter|Condition) (\w+): (.*)")


def examples():
    """{name: ([resource], {measure: (numerator, denominator)})}; a line that is neither is a mistake."""
    found = {}
    for name, body in BLOCK.findall(TEXT.read_text()):
        resources, expected = [], {}
        for line in body.strip().splitlines():
            result = RESULT.fullmatch(line)
            if result:
                expected[result[1]] = (int(result[2]), int(result[3]))
            else:
                resources.append(resource_of(*LINE.fullmatch(line).groups()))
        assert resources and expected and name not in found
        found[name] = (resources, expected)
    return found


def resource_of(kind, key, text):
    """One line; ids are those of the example, so that `#` stands before them."""
    words = [word.strip() for word in text.split(",")]
    if kind == "Patient":
        return patient(f"#{key}", birth=value(words, "born"), death=value(words, "died"))
    if kind == "Condition":
        system, code = words[1].split()
        assert system == "SNOMED"
        return condition(f"#{key}", f"#{words[0]}", code, value(words, "onset"), f"#{value(words, 'of')}")
    start, _, end = words[1].partition(" to ")
    status = "in-progress" if "in-progress" in words else "finished"
    more = {"disp": value(words, "disposition"), "priority": value(words, "priority")}
    return encounter(f"#{key}", f"#{words[0]}", start, end or None, status=status, **more)


def value(words, name):
    """What follows a word, or None."""
    return next((word.split()[1] for word in words if word.startswith(f"{name} ")), None)
