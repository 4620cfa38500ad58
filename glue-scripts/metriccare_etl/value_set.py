"""The value set of coded infections (docs/measures.md P6): `category,first_day,system,match,code`, by category."""

import csv
import io
from collections.abc import Iterable
from typing import NamedTuple

from metriccare_etl.safe import Problem

COLUMNS = ["category", "first_day", "system", "match", "code"]
ICD10 = "icd10"  # stands for every system that the configuration calls ICD-10
ICD10_SYSTEMS = ("http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10")


class Rule(NamedTuple):
    """One row: which code, in which system, means which category (by rank)."""

    rank: int
    category: str
    first_day: int
    system: str
    match: str
    code: str


class ValueSet(NamedTuple):
    """Rules, and the systems whose codes are read as ICD-10: without dots, upper case."""

    rules: tuple[Rule, ...]
    icd10_systems: tuple[str, ...]

    def prefix_lengths(self) -> list[int]:
        """How long the prefixes are."""
        return sorted({len(rule.code) for rule in self.rules if rule.match == "prefix"})

    def categories(self) -> list[str]:
        """What is found, in the order of the rows."""
        return list(dict.fromkeys(rule.category for rule in self.rules))


RULE_COLUMNS = "rank int, category string, first_day int, system string, match string, code string"


def parse(text: str, icd10_systems: Iterable[str]) -> ValueSet:
    """The value set of a CSV text; a Problem names the row that is wrong."""
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    rows = [[cell.strip() for cell in row] for row in rows]
    if not rows or [cell.lower() for cell in rows[0]] != COLUMNS:
        raise Problem(f"HAI value set: the first line must be {','.join(COLUMNS)}")
    systems = tuple(icd10_systems)
    ranks: dict[str, int] = {}
    first_days: dict[str, int] = {}
    rules: list[Rule] = []
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        rules.append(_rule(number, row, systems, ranks, first_days))
    return ValueSet(tuple(rules), systems)


def _rule(
    number: int, row: list[str], icd10_systems: tuple[str, ...], ranks: dict[str, int], first_days: dict[str, int]
) -> Rule:
    if len(row) != len(COLUMNS) or not all(row):
        raise Problem(f"HAI value set, line {number}: {len(COLUMNS)} values are needed")
    category, day, system, match, code = row
    if not day.isdigit() or int(day) < 1:
        raise Problem(f"HAI value set, line {number}: first_day must be a whole number from 1")
    if match not in ("prefix", "code"):
        raise Problem(f"HAI value set, line {number}: match must be prefix or code")
    if first_days.setdefault(category, int(day)) != int(day):
        raise Problem(f"HAI value set, line {number}: another first_day than before for this category")
    if system.lower() == ICD10 or system in icd10_systems or system in ICD10_SYSTEMS:
        system, code = ICD10, code.replace(".", "").upper()
    return Rule(ranks.setdefault(category, len(ranks)), category, int(day), system, match, code)
