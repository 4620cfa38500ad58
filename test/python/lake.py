"""A lakehouse for a test: what `apply` would build, as far as the data path needs it."""

import gzip
import json
import time
import types
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote_plus

LAYERS = ("raw", "bronze", "silver", "gold", "scripts")
DATASETS = ("patient", "encounter", "condition")
GOLD = ("length_of_stay", "readmission", "mortality", "hai")  # in the order of the triggers


class Lake:
    """One environment at the test endpoint."""

    def __init__(self, clients, name, versioned=True, catalog=False):
        self.clients, self.name, self.catalog = clients, name, catalog
        self.table = f"processed_files_{name}"
        self.sequence = 0
        for layer in LAYERS:
            clients("s3").create_bucket(Bucket=self.bucket(layer))
        if versioned:
            clients("s3").put_bucket_versioning(
                Bucket=self.bucket("raw"), VersioningConfiguration={"Status": "Enabled"}
            )
        create_ledger(clients("dynamodb"), self.table)
        for layer in ("bronze", "silver", "gold") if catalog else ():
            clients("glue").create_database(DatabaseInput={"Name": self.database(layer)})
        text = (Path(__file__).parents[2] / "glue-scripts/value-sets/hai.csv").read_bytes()
        clients("s3").put_object(Bucket=self.bucket("scripts"), Key="hai.csv", Body=text)

    def bucket(self, layer):
        return f"{layer}-{self.name}"

    def database(self, layer):
        """The layer's database; none without a catalog, and then nothing is synced (each sync waits two seconds)."""
        return f"{layer}_{self.name}" if self.catalog else ""

    def put(self, key, body, zipped=False):
        """Put an object; returns the S3 event that would follow."""
        body = body.encode() if isinstance(body, str) else body
        body = gzip.compress(body) if zipped else body
        reply = self.clients("s3").put_object(Bucket=self.bucket("raw"), Key=key, Body=body)
        self.sequence += 1
        return s3_event(
            self.bucket("raw"), key, reply["ETag"].strip('"'), len(body), self.sequence, reply.get("VersionId")
        )

    def receive(self, *events):
        """Hand S3 events to the ledger, as the Lambda does."""
        from arrivals import parse_record
        from ledger_receive import Receiver

        receiver = Receiver(self.clients("dynamodb"), self.table)
        return [receiver.receive(parse_record(record)) for event in events for record in event["Records"]]

    def ingest(self, *paths):
        self.receive(*[self.put(f"fhir/{path.name}", path.read_bytes()) for path in paths])

    def files(self):
        """FILE items by key, newest generation last."""
        items = scan(self.clients("dynamodb"), self.table)
        return sorted((item for item in items if item.get("entity") == "FILE"), key=lambda item: item["generation"])

    def items(self):
        return {item["file_id"]: item for item in scan(self.clients("dynamodb"), self.table)}

    def bronze(self, run_id, datasets=DATASETS, **more):
        from metriccare_etl import jobs

        return {
            dataset: jobs.bronze_main(
                argv(
                    JOB_NAME=f"bronze_{dataset}",
                    WORKFLOW_RUN_ID=run_id,
                    WORKFLOW_NAME="wf",
                    dataset=dataset,
                    ledger_table=self.table,
                    ledger_hash_key="file_id",
                    bronze_path=f"s3://{self.bucket('bronze')}/",
                    bronze_database=self.database("bronze"),
                    **more,
                )
            )
            for dataset in datasets
        }

    def silver(self, datasets=DATASETS, **more):
        from metriccare_etl import jobs

        return {
            dataset: jobs.silver_main(
                argv(
                    JOB_NAME=f"silver_{dataset}",
                    dataset=dataset,
                    bronze_path=f"s3://{self.bucket('bronze')}/",
                    bronze_database=self.database("bronze"),
                    silver_path=f"s3://{self.bucket('silver')}/",
                    silver_database=self.database("silver"),
                    **more,
                )
            )
            for dataset in datasets
        }

    def gold(self, tables=GOLD, as_of="2023-06-30", time_zone="UTC", **more):
        from metriccare_etl import jobs

        return {
            table: jobs.gold_main(
                argv=argv(
                    JOB_NAME=f"gold_{table}",
                    measure=table,
                    silver_path=f"s3://{self.bucket('silver')}/",
                    silver_database=self.database("silver"),
                    gold_path=f"s3://{self.bucket('gold')}/",
                    gold_database=self.database("gold"),
                    as_of=as_of,
                    time_zone=time_zone,
                    inpatient_classes="IMP,ACUTE",
                    planned_priorities="EL",
                    icd10_systems="http://hl7.org/fhir/sid/icd-10-cm,http://hl7.org/fhir/sid/icd-10",
                    hai_value_set=f"s3://{self.bucket('scripts')}/hai.csv",
                    **more,
                ),
            )
            for table in tables
        }

    def run(self, run_id, **more):
        """A whole workflow run."""
        return {"bronze": self.bronze(run_id), "silver": self.silver(), "gold": self.gold(**more)}

    def rows(self, spark, layer, table):
        from metriccare_etl import hudi

        return hudi.read(spark, f"s3://{self.bucket(layer)}/{table}/").collect()

    def overall(self, spark):
        """{(measure, cohort): (numerator, denominator)} of the overall rows."""
        return {
            (row.measure, row.cohort): (row.numerator, row.denominator)
            for table in GOLD
            for row in self.rows(spark, "gold", table)
            if row.facility == "all" and row.period == "all"
        }


def argv(**arguments):
    """A command line as Glue builds it, with arguments of its own among ours."""
    words = ["script.py", "--enable-metrics", "true", "--TempDir", "s3://x/tmp/", "--job-language", "python"]
    for name, value in arguments.items():
        words += [f"--{name}", str(value)] if value != "" else []
    return words


def s3_event(bucket, key, etag, size, sequence, version_id=None, when=None, event_name="ObjectCreated:Put"):
    thing = {"key": quote_plus(key, safe="/"), "size": size, "eTag": etag, "sequencer": f"{sequence:016X}"}
    if version_id:
        thing["versionId"] = version_id
    stamp = datetime.fromtimestamp(when or time.time(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": stamp,
        "eventName": event_name,
        "s3": {"bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}, "object": thing},
    }
    return {"Records": [record]}


def create_ledger(dynamodb, table):
    """The ledger's table: hash key and the two indexes."""

    from metriccare_ledger.schema import ATTRIBUTES, HASH_KEY, SCHEMA

    def index(name, rule):
        keys = [
            {"AttributeName": rule["hash"], "KeyType": "HASH"},
            {"AttributeName": rule["range"], "KeyType": "RANGE"},
        ]
        return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}

    indexes = SCHEMA["indexes"]
    types = {HASH_KEY: SCHEMA["key"]["type"]}
    for rule in indexes.values():
        types |= {name: ATTRIBUTES[name]["type"] for name in (rule["hash"], rule["range"])}
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": HASH_KEY, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        GlobalSecondaryIndexes=[index(name, rule) for name, rule in indexes.items()],
    )


def scan(dynamodb, table):
    from boto3.dynamodb.types import TypeDeserializer

    read = TypeDeserializer().deserialize
    items, start = [], {}
    while True:
        page = dynamodb.scan(TableName=table, ConsistentRead=True, **start)
        items += [{name: read(value) for name, value in item.items()} for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return items
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def ndjson(*resources):
    return "\n".join(json.dumps(resource) for resource in resources) + "\n"


def context(seconds=60):
    """A Lambda context that has this much time left."""
    return types.SimpleNamespace(get_remaining_time_in_millis=lambda: seconds * 1000)
