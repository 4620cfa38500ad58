"""One Spark session and one moto server for the whole run; a lake of its own for each test."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "glue-scripts"
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "lambda"), str(Path(__file__).parent)]
# The embedded AWS's own, after all others: its HTTP client of the catalog sync, and its memory for names.
sys.path.append(str(ROOT / "src/local/python"))

os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
os.environ.setdefault("AWS_REGION", "us-east-1")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable


ORDER = os.environ.get("METRICCARE_ORDER", "0")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes half a minute of Spark and more; `npm test` runs two of them")


def pytest_collection_modifyitems(config, items):
    """In an order of the run's own: the files, and the tests in each of them. test-python.sh prints METRICCARE_ORDER."""
    draw(config, items)
    order = random.Random(ORDER)
    files = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    groups = list(files.values())
    order.shuffle(groups)
    for group in groups:
        order.shuffle(group)
    items[:] = [item for group in groups for item in group]


def draw(config, items):
    """Of the long ones two, by the seed of the run: the next commit has others. `scripts/test-python.sh` runs all."""
    if os.environ.get("METRICCARE_CHAOS_SAMPLE") != "small":
        return
    long = [item for item in items if item.get_closest_marker("long")]
    seed = os.environ.get("METRICCARE_CHAOS_SEED", "0")
    kept = set(random.Random(f"long {seed}").sample(long, min(2, len(long))))
    config.hook.pytest_deselected(items=[item for item in long if item not in kept])
    items[:] = [item for item in items if item not in long or item in kept]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def endpoint():
    """An AWS endpoint: METRICCARE_TEST_ENDPOINT, or moto's server in a process of its own."""
    given = os.environ.get("METRICCARE_TEST_ENDPOINT")
    if given:
        os.environ["AWS_ENDPOINT_URL"] = given
        yield given
        return
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    script = "from moto.server import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(url, process)
        os.environ["AWS_ENDPOINT_URL"] = url
        yield url
    finally:
        process.terminate()
        process.wait()


def wait_for(url, process):
    for _ in range(200):
        assert process.poll() is None, "the AWS endpoint ended"
        try:
            urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the AWS endpoint did not start")


def jar_folder():
    """Where the Hudi jars lie: METRICCARE_JARS, else the folders that the local runtime fills."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "metriccare" / "jars"
    places = [os.environ.get("METRICCARE_JARS"), ROOT / ".metriccare/runtime/jars", cache]
    for place in places:
        if place and list(Path(place).glob("hudi-spark3.5-bundle_2.12-*.jar")):
            return Path(place)
    return None


@pytest.fixture(scope="session")
def spark(endpoint, tmp_path_factory):
    """Spark as it runs behind the local AWS: Hudi, S3A and the Glue catalog by settings from outside."""
    jars = jar_folder()
    if jars is None:
        pytest.fail("no Hudi jars: set METRICCARE_JARS")
    conf = tmp_path_factory.mktemp("hudi-conf")
    (conf / "hudi-defaults.conf").write_text(
        "hoodie.meta.sync.client.tool.class=org.apache.hudi.aws.sync.AwsGlueCatalogSyncTool\n"
        f"hoodie.aws.glue.endpoint={endpoint}\n"
        "hoodie.aws.glue.region=us-east-1\n"
        "hoodie.metadata.enable=false\n"
        "hoodie.embed.timeline.server=false\n"
    )
    os.environ["HUDI_CONF_DIR"] = str(conf)
    # As behind the local AWS: see DEFAULTS in src/local/spark/settings.ts.
    for part in ("yarn", "mapred"):
        (conf / f"{part}-default.xml").write_text("<configuration/>")
    import java_names
    from pyspark.sql import SparkSession

    java_names.remember()
    settings = {
        "spark.master": "local[2]",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Without a UI too Spark keeps the plans and stages of a thousand queries for it, and Hudi's are large.
        "spark.sql.ui.retainedExecutions": "2",
        "spark.ui.retainedJobs": "2",
        "spark.ui.retainedStages": "2",
        "spark.ui.retainedTasks": "10",
        # Tables of ten rows cost more in generated code that is compiled than in work. The jobs on the embedded AWS run with it.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        # On the class path and not in spark.jars, which copies all of them.
        "spark.driver.extraClassPath": f"{jars.resolve() / '*'}:{conf}",
        "spark.local.dir": str(tmp_path_factory.mktemp("spark-local")),
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
        "spark.kryo.registrator": "org.apache.spark.HoodieSparkKryoRegistrar",
        "spark.sql.extensions": "org.apache.spark.sql.hudi.HoodieSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.hudi.catalog.HoodieCatalog",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.access.key": "test",
        "spark.hadoop.fs.s3a.secret.key": "test",
        "spark.hadoop.fs.s3a.directory.marker.retention": "keep",
        "spark.driver.extraJavaOptions": "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote "
        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m "
        "-Djol.skipHotspotSAAttach=true -Djol.skipDynamicAttach=true",
    }
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    # The SDK's own waits two idle seconds at each sync of a table.
    from catalog_http import announce

    announce(session.sparkContext._gateway)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def clients(endpoint):
    """boto3 clients for the endpoint, by service."""
    import boto3

    made = {}

    def client(service):
        return made.setdefault(service, boto3.client(service, endpoint_url=endpoint, region_name="us-east-1"))

    return client


@pytest.fixture
def make_lake(clients):
    """Makes lakehouses: buckets, ledger and, if wanted, databases."""
    from lake import Lake

    return lambda **more: Lake(clients, uuid.uuid4().hex[:8], **more)


@pytest.fixture
def lake(make_lake):
    """A lakehouse of this test's own, without a catalog."""
    return make_lake()


@pytest.fixture(scope="session")
def sample():
    """The folder of the FHIR sample."""
    return ROOT / "test" / "fhir-sample"
