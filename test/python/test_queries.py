"""The rules of a Gold table are its queries: a changed one computes the table anew, a changed comment does not. No Spark."""

import inspect
import json
import subprocess
import sys

import pytest

from conftest import SCRIPTS
from metriccare_etl import gold, infections, measures, queries, registry, stays, value_set

TABLES = ("readmission", "mortality", "hai", "length_of_stay")


def changed(monkeypatch, module, name, before, after):
    """The function with another text in its source, as an edit of the file would have it."""
    source = inspect.getsource(getattr(module, name))
    assert before in source
    namespace = dict(vars(module))
    exec(source.replace(before, after), namespace)
    monkeypatch.setattr(module, name, namespace[name])


def changed_sql(monkeypatch, measure, before, after):
    """The same for a measure's own file."""
    path, read = registry.measure(measure).sql, registry.text_of
    assert before in read(path)
    monkeypatch.setattr(
        measures, "text_of", lambda asked: read(asked).replace(before, after) if asked == path else read(asked)
    )


def all_rules():
    return {table: gold.rules(registry.measure(table)) for table in TABLES}


def test_each_table_has_its_own_and_nothing_but_the_queries_is_in_it():
    rules = all_rules()
    assert len(set(rules.values())) == 4
    assert all_rules() == rules


@pytest.mark.parametrize(
    ("module", "name", "before", "after", "tables"),
    [
        ("sql", "readmission", "BETWEEN 1 AND 30", "BETWEEN 1 AND 31", {"readmission"}),
        ("sql", "mortality", "= 'ama' THEN", "= 'home' THEN", {"mortality"}),
        (infections, "judged_infections", "< 14 THEN", "< 15 THEN", {"hai"}),
        ("sql", "hai", "midnights < 2", "midnights < 3", {"hai"}),
        ("sql", "length_of_stay", "los_days", "los_days + 1", {"length_of_stay"}),
        (measures, "measure_rows", "substring(month, 1, 4)", "substring(month, 1, 3)", set(TABLES)),
        (stays, "build_stays", ">= 65", ">= 66", set(TABLES)),
        (stays, "judged_encounters", "'finished', 'active'", "'finished'", set(TABLES)),
        (stays, "calendar_date", "1, 10", "1, 11", set(TABLES)),
        (value_set, "_rule", '.replace(".", "")', "", {"hai"}),
        (gold, "table_rows", "'|'", "'/'", set(TABLES)),
    ],
)
def test_a_changed_query_changes_the_rules_of_the_tables_that_it_makes(
    monkeypatch, module, name, before, after, tables
):
    rules = all_rules()
    if module == "sql":
        changed_sql(monkeypatch, name, before, after)
    else:
        changed(monkeypatch, module, name, before, after)
    if module is stays and name == "calendar_date":
        monkeypatch.setattr(infections, "calendar_date", stays.calendar_date)
        changed(monkeypatch, stays, "judged_encounters", "judged AS", "judged AS")
    assert {table for table, text in all_rules().items() if text != rules[table]} == tables


def test_factors_count(monkeypatch):
    rules = all_rules()
    other = registry.measure("hai")._replace(factors={"hai": 10_000.0, "hai_stays": 1.0})
    monkeypatch.setitem(registry.lakehouse().measures, "hai", other)
    assert {table for table, text in all_rules().items() if text != rules[table]} == {"hai"}


def test_comments_and_white_space_do_not_count(monkeypatch):
    rules = all_rules()
    changed_sql(
        monkeypatch,
        "mortality",
        "SELECT measure, patient_id, stay_id",
        "-- a note\n  SELECT   measure,\n patient_id, stay_id",
    )
    changed(monkeypatch, stays, "build_stays", "-- full years", '/* full */ -- "years"')
    assert all_rules() == rules


def test_texts_in_quotes_stay_as_they_are():
    assert queries.normalised("a  -- x\n ' b  -- c ' /* no */ d /*+ HINT(r) */") == "a ' b  -- c ' d /*+ HINT(r) */"
    assert queries.normalised(r"'it\'s  x'  y") == r"'it\'s  x' y"


def test_parameters_are_told_apart_from_rules():
    given = gold.FIXED._replace(calendar=stays.Calendar("America/Chicago", "2024-01-01"), planned_priorities=())
    said = json.loads(given.fingerprint(registry.measure("hai")))
    assert said["as_of"] == "2024-01-01" and said["time_zone"] == "America/Chicago"
    assert said["inpatient_classes"] == ["IMP"] and said["planned_priorities"] == []
    assert len(said["hai_value_set"]) == 64 and said["icd10_systems"] == ["urn:icd"]
    assert set(json.loads(given.fingerprint(registry.measure("mortality")))) == {
        "as_of",
        "time_zone",
        "inpatient_classes",
        "planned_priorities",
    }


def test_another_python_says_the_same():
    """With the hash seed of another process, and none of this one's modules."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from metriccare_etl import gold, registry;"
        "print(gold.rules(registry.measure('hai')))"
    )
    for seed in ("1", "2"):
        out = subprocess.run(
            [sys.executable, "-c", code, str(SCRIPTS)], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True
        )
        assert out.stdout.strip() == gold.rules(registry.measure("hai")), out.stderr
