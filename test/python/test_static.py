"""What would stop the scripts on Glue, found by reading them; and the command line and failures of a job."""

import ast
import dataclasses
import re
import sys
import types

import pytest
from botocore.exceptions import ClientError

from conftest import SCRIPTS
from lake import argv
from metriccare_etl import args, hudi, job_arguments, jobs, safe

SOURCES = sorted(SCRIPTS.rglob("*.py"))
JOBS = sorted((SCRIPTS / "jobs").glob("*.py"))
DOCUMENTED = {
    "hoodie.table.name",
    "hoodie.database.name",
    "hoodie.datasource.write.table.type",
    "hoodie.datasource.write.operation",
    "hoodie.datasource.write.recordkey.field",
    "hoodie.datasource.write.precombine.field",
    "hoodie.datasource.write.payload.class",
    "hoodie.payload.ordering.field",
    "hoodie.datasource.write.keygenerator.class",
    "hoodie.datasource.write.partitionpath.field",
    "hoodie.datasource.write.hive_style_partitioning",
    "hoodie.datasource.write.commitmeta.key.prefix",
    "hoodie.clean.automatic",
    "hoodie.cleaner.policy",
    "hoodie.cleaner.commits.retained",
    "hoodie.cleaner.fileversions.retained",
    "hoodie.clean.max.commits",
    "hoodie.keep.min.commits",
    "hoodie.keep.max.commits",
    "hoodie.parquet.small.file.limit",
    "hoodie.record.size.estimation.threshold",
    "hoodie.index.type",
    "hoodie.index.bloom.num_entries",
    "hoodie.index.bloom.fpp",
    "hoodie.bloom.index.prune.by.ranges",
    "hoodie.datasource.hive_sync.enable",
    "hoodie.datasource.hive_sync.mode",
    "hoodie.datasource.hive_sync.use_jdbc",
    "hoodie.datasource.hive_sync.database",
    "hoodie.datasource.hive_sync.table",
    "hoodie.datasource.hive_sync.partition_fields",
    "hoodie.datasource.hive_sync.partition_extractor_class",
    "hoodie.datasource.meta_sync.condition.sync",
    "hoodie.datasource.query.type",
    "hoodie.datasource.read.begin.instanttime",
    "hoodie.datasource.read.end.instanttime",
}


def code_of(path):
    """The source without docstrings and comments: prose may name anything."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            node.body[0].value.value = ""
    return ast.unparse(tree)


def test_hoodie_keys_stand_in_one_place_and_are_documented():
    for path in SOURCES:
        keys = set(re.findall(r"hoodie\.[a-z_.]+[a-z]", code_of(path)))
        if path.name != "hudi.py":
            assert keys == set(), path
    assert hudi.ALLOWED == DOCUMENTED


@pytest.mark.parametrize("operation", [hudi.UPSERT, hudi.INSERT, hudi.OVERWRITE])
@pytest.mark.parametrize("partition", ["", "ingest_date"])
@pytest.mark.parametrize("database", ["", "silver"])
def test_write_options_are_allowed_ones(operation, partition, database):
    options = hudi.write_options(hudi.Table("s3://b/t/", "t", "id", "ordering", partition, database), operation)
    assert set(options) <= hudi.ALLOWED
    assert all(isinstance(value, str) for value in options.values())
    assert ("hoodie.datasource.hive_sync.enable" in options) is bool(database)
    generator = options["hoodie.datasource.write.keygenerator.class"]
    assert generator.endswith("SimpleKeyGenerator" if partition else "NonpartitionedKeyGenerator")
    assert int(options["hoodie.keep.min.commits"]) > int(options["hoodie.cleaner.commits.retained"])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_local(path):
    code = code_of(path)
    for word in (
        "pandas",
        "file://",
        "s3a://",
        "s3n://",
        "localhost",
        "127.0.0.1",
        "/tmp",
        "/home",
        "dbfs",
        "spark.master",
    ):
        assert word not in code, f"{path.name}: {word}"
    assert not re.search(r"\b(is_)?local\b\s*(:|==|=)", code.lower()) or path.name == "stays.py"
    assert re.findall(r"\w+://", code) in ([], re.findall(r"(?:https?|s3)://", code))
    assert "hoodie.metadata" not in code and "timeline" not in set(re.findall(r"hoodie\.\w+", code))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_work_at_module_top_level(path):
    """Imports, definitions, constants; a job's only call stands behind its main guard."""
    for node in ast.parse(path.read_text()).body:
        assert isinstance(
            node,
            (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Expr, ast.If),
        )
        if isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_functions_are_documented(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            inner = node.name in ("parse", "next", "read", "readable", "readinto")
            assert ast.get_docstring(node) or inner, f"{path.name}:{node.lineno} {node.name}"


def test_there_is_one_thin_script_a_layer():
    assert [path.name for path in JOBS] == ["bronze.py", "gold.py", "silver.py"]
    for path in JOBS:
        assert len(path.read_text().splitlines()) <= 8
        assert f"jobs.{path.stem}_main()" in path.read_text()


def silver_line(**more):
    return argv(JOB_NAME="j", **{"dataset": "patient", "bronze_path": "s3://b/", "silver_path": "s3://s/", **more})


def test_arguments_as_glue_passes_them():
    line = silver_line() + ["--extra=1", "--datalake-formats", "hudi", "--flag", "--silver_database=d", "--empty="]
    found = args.parse(job_arguments.SilverArguments, line)
    assert (found.JOB_NAME, found.dataset, found.silver_database, found.WORKFLOW_RUN_ID) == ("j", "patient", "d", "")
    assert args.given(line)["extra"] == "1" and "flag" not in args.given(line)


def bronze_line(**more):
    return argv(JOB_NAME="j", **{"dataset": "patient", "ledger_table": "t", "bronze_path": "s3://b/", **more})


def test_numbers_and_lists_are_what_they_are():
    found = args.parse(job_arguments.BronzeArguments, bronze_line(max_files_per_run="7", max_line_megabytes="0.5"))
    assert (found.max_files_per_run, found.max_line_megabytes, found.max_bundle_megabytes) == (7, 0.5, None)
    assert job_arguments.limits_of(found).line == 500_000
    line = argv(
        JOB_NAME="j",
        silver_path="s",
        gold_path="g",
        as_of="today",
        time_zone="UTC",
        inpatient_classes=" IMP , ACUTE,",
        planned_priorities=",",
        icd10_systems="urn:x",
        hai_value_set="s3://b/x.csv",
    )
    found = args.parse(job_arguments.GoldArguments, line, measure="hai")
    assert (found.inpatient_classes, found.planned_priorities, found.measure) == (("IMP", "ACUTE"), (), "hai")
    assert (
        args.parse(job_arguments.GoldArguments, [*line, "--measure", "mortality"], measure="hai").measure == "mortality"
    )


@pytest.mark.parametrize(
    ("main", "line", "text"),
    [
        (jobs.silver_main, argv(JOB_NAME="j", dataset="patient"), "--bronze_path is missing, --silver_path is missing"),
        (jobs.silver_main, silver_line(dataset="patiant"), "--dataset is none of patient encounter condition"),
        (jobs.silver_main, silver_line(dataset=""), "--dataset is missing"),
        (
            jobs.silver_main,
            ["s", "--JOB_NAME=j", "--bronze_pat", "x"],
            "--dataset is missing, --bronze_path is missing",
        ),
        (jobs.bronze_main, bronze_line(max_files_per_run="0"), "--max_files_per_run is no whole number from 1 on"),
        (jobs.bronze_main, bronze_line(ledger_ttl_days="x"), "--ledger_ttl_days is no whole number from 0 on"),
        (jobs.bronze_main, bronze_line(max_line_megabytes="-1"), "--max_line_megabytes is no number above 0"),
        (jobs.bronze_main, bronze_line(max_line_megabytes="nan"), "--max_line_megabytes is no number above 0"),
        (jobs.gold_main, argv(JOB_NAME="j", measure="hia"), "--measure is none of readmission mortality hai length_of"),
    ],
)
def test_everything_that_is_wrong_with_a_command_line_is_said_at_once(main, line, text, capfd):
    with pytest.raises(safe.JobFailed) as caught:
        main(argv=line)
    assert str(caught.value).startswith(f"j: arguments: {text}")
    assert '"event": "failed"' in capfd.readouterr().out


def test_an_argument_of_a_type_that_none_can_have_is_a_mistake_of_ours():
    @dataclasses.dataclass
    class Odd:
        when: bytes

    with pytest.raises(TypeError, match="bytes"):
        args.parse(Odd, ["s", "--when", "x"])


def test_the_command_line_is_read_by_default(monkeypatch):
    monkeypatch.setattr(sys, "argv", silver_line())
    assert args.parse(job_arguments.SilverArguments).JOB_NAME == "j"


def test_a_failures_place_is_not_where_failures_are_told():
    """As of a compiled module in a zip: its frames have the zip's own name, and its file ends in .pyc."""

    def placed(name, text, given):
        exec(compile(text, f"metriccare_etl.zip/metriccare_etl/{name}", "exec"), given)

    told = {}
    placed("safe.py", "def tell(work):\n    return work()", told)
    placed("gold.py", "def work():\n    raise ValueError('Jane Doe')\ndef go():\n    tell(work)", told)
    with pytest.raises(ValueError) as error:
        told["go"]()
    assert safe.describe(error.value) == "ValueError at gold.py:2"
    placed("safe.py", "def refuse():\n    raise KeyError('Jane Doe')", told)
    placed("gold.py", "def go():\n    refuse()", told)
    with pytest.raises(KeyError) as error:
        told["go"]()
    assert safe.describe(error.value) == "KeyError at gold.py:2"


def test_descriptions_quote_nothing():
    def fail():
        raise ValueError("Jane Doe")

    with pytest.raises(safe.JobFailed) as caught:
        safe.guarded("j", fail)
    assert str(caught.value) == "j: ValueError"
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    assert safe.describe(safe.Problem("as_of is no date")) == "as_of is no date"


IAM_WORDS = "arn:aws:sts::1:assumed-role/bronze/s is not authorized to perform: {} on resource: {}"


def test_a_missing_right_is_told_in_the_words_of_iam():
    words = IAM_WORDS.format("dynamodb:UpdateItem", "arn:aws:dynamodb:us-east-1:1:table/ledger")
    error = ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": f"User: {words} because Jane Doe"}}, "UpdateItem"
    )
    assert safe.describe(error) == f"ClientError UpdateItem AccessDeniedException: {words}"


def test_a_missing_right_of_an_executor_is_found_behind_java():
    words = IAM_WORDS.format("s3:GetObjectVersion", "arn:aws:s3:::raw/fhir/a.ndjson")

    class Java:
        def __init__(self, name, message, cause=None):
            self.name, self.message, self.cause = name, message, cause

        def getClass(self):
            return types.SimpleNamespace(getName=lambda: self.name)

        def getMessage(self):
            return self.message

        def getCause(self):
            return self.cause

    class Py4JJavaError(Exception):
        java_exception = Java(
            "SparkException", None, Java("PythonException", f"Jane\nReadFailed: AccessDenied {words}\n")
        )

    assert safe.describe(Py4JJavaError()) == f"Py4JJavaError SparkException PythonException (AccessDenied): {words}"


def test_shipped_functions_need_no_package_on_the_worker():
    """A worker unpickles what it runs without this package on its path."""
    import subprocess

    from pyspark import cloudpickle

    from metriccare_etl import bronze, extract
    from metriccare_etl.executors import ship

    for function in (extract.encounter, bronze.parse_body):
        dumped = cloudpickle.dumps(ship(function))
        code = "import sys, pickle; f = pickle.loads(sys.stdin.buffer.read()); print(f.__name__, 'metriccare_etl' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], input=dumped, capture_output=True, check=True)
        assert done.stdout.decode().split() == [function.__name__, "False"]
