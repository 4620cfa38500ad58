"""The newest version of each resource, with the columns that Gold needs.

Arguments as in the original: --bucket_name, --config_key, --job_section, --env, --database_name.
"""

import json
import sys

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import Column
from pyspark.sql import functions as f

args = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket_name", "config_key", "job_section", "env", "database_name"])
bucket = args["bucket_name"]
body = boto3.client("s3").get_object(Bucket=bucket, Key=args["config_key"])["Body"].read()
settings = json.loads(body)[args["job_section"]]

context = GlueContext(SparkContext.getOrCreate())
spark = context.spark_session
job = Job(context)
job.init(args["JOB_NAME"], args)


def value(path: str) -> Column:
    return f.get_json_object("resource", path)


def referred(path: str) -> Column:
    return f.regexp_extract(value(path), "([^/:]+)$", 1)


COLUMNS = {
    "bronze_patients": {"gender": value("$.gender"), "died_at": value("$.deceasedDateTime")},
    "bronze_encounter": {
        "patient_id": referred("$.subject.reference"),
        "class": value("$.class.code"),
        "admitted_on": f.to_date(f.substring(value("$.period.start"), 1, 10)),
        "discharged_on": f.to_date(f.substring(value("$.period.end"), 1, 10)),
    },
    "bronze_condition": {
        "encounter_id": referred("$.encounter.reference"),
        "code": value("$.code.coding[0].code"),
        "name": value("$.code.text"),
    },
}

rows = spark.table(f"{args['database_name']}.{settings['source']}")
named = [column.alias(name) for name, column in COLUMNS[settings["source"]].items()]
table = settings["table"]
(
    rows.select("id", *named, "arrived_at")
    .write.format("hudi")
    .option("hoodie.table.name", table)
    .option("hoodie.datasource.write.operation", "upsert")
    .option("hoodie.datasource.write.recordkey.field", "id")
    .option("hoodie.datasource.write.precombine.field", "arrived_at")
    .option("hoodie.datasource.hive_sync.enable", "true")
    .option("hoodie.datasource.hive_sync.mode", "hms")
    .option("hoodie.datasource.hive_sync.database", args["database_name"])
    .option("hoodie.datasource.hive_sync.table", table)
    .mode("append")
    .save(f"s3://{bucket}/{settings['output_path']}")
)
job.commit()
