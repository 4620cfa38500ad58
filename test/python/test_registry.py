"""The registry of datasets and measures: what it says, where it is read from, and what a new measure takes."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from conftest import SCRIPTS
from documented import TEXT
from fhir import encounter, ndjson, patient
from metriccare_etl import extract, measures, queries, registry, safe, silver, stays
from metriccare_ledger import schema
from reference import MEASURES

PACKAGE = SCRIPTS / "metriccare_etl"
# The example of docs/measures.md, as it stands there.
SQL, JSON = (re.search(rf"```{kind}\n(.*?)```", TEXT.read_text(), re.DOTALL)[1] for kind in ("sql", "json"))
ENTRY = json.loads("{" + JSON + "}")["long_stay"]


def test_each_measure_has_its_sql_and_each_sql_its_measure():
    found = registry.lakehouse()
    assert [name for one in found.measures.values() for name in one.factors] == list(MEASURES)
    assert {one.sql for one in found.measures.values()} == {f"sql/{path.name}" for path in PACKAGE.glob("sql/*.sql")}
    assert found.cohorts == ("all", "age65plus")


def test_the_ledger_counts_by_the_same_datasets():
    assert tuple(registry.datasets()) == schema.DATASETS


def test_each_dataset_has_its_extractor_and_its_columns_in_order():
    assert list(registry.datasets()) == list(silver.EXTRACT)
    for name, one in registry.datasets().items():
        assert len(silver.EXTRACT[name]("{}")) == len(one.columns)
        assert silver.table_schema(name).fieldNames() == ["id", "ordering", *one.columns]
    names = " ".join(extract.encounter.__doc__.split()).strip("(). ").split(", ")
    assert names == list(registry.datasets()["encounter"].columns)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"datasets": {}, "measures": {"a": {}}, "cohorts": []}'])
def test_what_is_no_registry_is_one_message(text):
    with pytest.raises(safe.Problem, match="lakehouse.json cannot be read"):
        registry.parse(text)


def test_an_unknown_measure_names_those_there_are():
    with pytest.raises(safe.Problem, match="there is no hia; there are readmission, mortality, hai, length_of_stay"):
        registry.measure("hia")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "SELECT * FROM {conditions}",
            "the measure's query sql/x.sql reads conditions; by its entry it can read stays",
        ),
        (
            "SELECT '{' FROM {stays}",
            "the measure's query sql/x.sql: a brace that is not one of a name has to be doubled",
        ),
        (None, "the jobs' package has no file sql/x.sql"),
    ],
)
def test_sql_that_does_not_fit_says_so(monkeypatch, text, message):
    if text is not None:
        monkeypatch.setattr(measures, "text_of", lambda _: text)
    one = registry.measure("mortality")._replace(sql="sql/x.sql")
    with pytest.raises(safe.Problem) as caught:
        measures.contributions(queries.Listener(), one, {"stays": None}, stays.Calendar("UTC", "2023-01-01"))
    assert str(caught.value) == message


def test_an_answer_that_lacks_columns_says_which():
    with pytest.raises(safe.Problem, match="sql/hai.sql answers no facility at_risk patient_id$"):
        measures.checked(registry.measure("hai"), ["measure", "age65plus", "discharge_date", "hits"])
    measures.checked(registry.measure("hai")._replace(as_of_days=None), list(measures.COLUMNS))


def test_only_named_parameters_are_passed(monkeypatch):
    heard = queries.Listener()
    monkeypatch.setattr(measures, "text_of", lambda _: "SELECT :as_of, CAST(x AS date)::string, :as_of_it FROM {stays}")
    measures.contributions(heard, registry.measure("hai"), {"stays": None}, stays.Calendar("UTC", "2023-01-01"))
    assert heard.heard == [["sql", measures.text_of(""), [("as_of", "2023-01-01")], ["stays"]]]


def zipped(folder, **entries):
    """The package in a folder of its own with more measures, as a zip; only the registry and `sql` are touched."""
    for name in ("metriccare_ledger", "metriccare_etl"):  # as apply packs them
        shutil.copytree(SCRIPTS / name, folder / "copy" / name, ignore=shutil.ignore_patterns("__pycache__"))
    copy = folder / "copy" / "metriccare_etl"
    path = copy / "schemas/lakehouse.json"
    said = json.loads(path.read_text())
    for name, (entry, sql) in entries.items():
        said["measures"][name] = entry
        (copy / f"sql/{name}.sql").write_text(sql)
    path.write_text(json.dumps(said))
    return shutil.make_archive(str(folder / "metriccare_etl"), "zip", folder / "copy")


def test_the_package_reads_its_files_from_a_zip(tmp_path):
    """As on Glue, where `--extra-py-files` puts the zip itself on the path."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from metriccare_etl import registry, gold, parsing;"
        "assert '.zip' in registry.__file__;"
        "print(*registry.lakehouse().measures, gold.rules(registry.measure('long_stay')), *parsing.KINDS)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, zipped(tmp_path, long_stay=(ENTRY, SQL))], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    *names, rules = done.stdout.split()[:-3]
    assert names == ["readmission", "mortality", "hai", "length_of_stay", "long_stay"] and len(rules) == 16


def ours():
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] == registry.PACKAGE}


@pytest.fixture
def package():
    """Puts a zip of the package in the place of the package; the old one is back afterwards."""
    before = ours()

    def load(place):
        for name in before:
            del sys.modules[name]
        sys.path.insert(0, place)

    yield load
    for name in ours():
        del sys.modules[name]
    sys.path[:] = [place for place in sys.path if not place.endswith("metriccare_etl.zip")]
    sys.modules.update(before)


@pytest.mark.long
def test_a_new_measure_is_one_sql_file_and_one_entry(tmp_path, package, lake, spark):
    """The Gold job computes it, told by its argument; nothing else was written."""
    lake.receive(
        lake.put(
            "fhir/a.ndjson",
            ndjson(
                patient("a"),
                encounter("1", "a", "2023-01-01", "2023-01-09", at="h"),
                encounter("2", "a", "2023-03-01", "2023-03-03", at="h"),
            ),
        )
    )
    other = {**ENTRY, "figures": {"another": ENTRY["figures"]["long_stay"]}}
    lame = "SELECT 'lame' AS measure, facility FROM {stays}"
    package(zipped(tmp_path, long_stay=(ENTRY, SQL), undeclared=(other, SQL), lame=(ENTRY, lame)))
    lake.bronze("wr_1")
    lake.silver()
    assert ".zip" in sys.modules["metriccare_etl.gold"].__file__
    assert lake.gold(("long_stay",))["long_stay"]["outcome"] == "written"
    rows = {(row.cohort, row.facility, row.period): row for row in lake.rows(spark, "gold", "long_stay")}
    assert (rows["all", "all", "all"].numerator, rows["all", "all", "all"].denominator) == (1, 2)
    assert rows["all", "all", "all"].rate == 50.0 and rows["all", "h", "all"].denominator == 2
    assert rows["age65plus", "all", "2023-01"].numerator == 1
    assert lake.gold(("long_stay",))["long_stay"]["outcome"] == "unchanged"

    with pytest.raises(Exception, match="sql/undeclared.sql answers a figure that its entry does not declare: another"):
        lake.gold(("undeclared",))
    with pytest.raises(Exception, match="sql/lame.sql answers no age65plus discharge_date hits at_risk"):
        lake.gold(("lame",))
