"""Appends what new files hold to a Bronze table. A file is new until the table of processed files has a row of it.

Arguments as in the original: --bucket_name, --config_key, --job_section, --env, --database_name, --meta_table.
"""

import json
import sys
from datetime import UTC, datetime

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql import functions as f

NAMES = ["JOB_NAME", "bucket_name", "config_key", "job_section", "env", "database_name", "meta_table"]
args = getResolvedOptions(sys.argv, NAMES)
bucket, table = args["bucket_name"], args["meta_table"]

s3 = boto3.client("s3")
settings = json.loads(s3.get_object(Bucket=bucket, Key=args["config_key"])["Body"].read())[args["job_section"]]

context = GlueContext(SparkContext.getOrCreate())
spark = context.spark_session
job = Job(context)
job.init(args["JOB_NAME"], args)


def listed(prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [f"s3://{bucket}/{one['Key']}" for page in pages for one in page.get("Contents", [])]


def processed(dataset: str) -> set[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            KeyConditionExpression="dataset = :dataset",
            ExpressionAttributeValues={":dataset": {"S": dataset}},
        )
    )
    return {item["filename"]["S"] for page in pages for item in page["Items"]}


def mark(dataset: str, files: list[str]) -> None:
    at = datetime.now(UTC).isoformat()
    with boto3.resource("dynamodb").Table(table).batch_writer() as batch:
        for name in files:
            batch.put_item(Item={"dataset": dataset, "filename": name, "date": at})


name = settings["table"]
known = processed(name)
new = [one for one in listed(settings["input_path"]) if one not in known]
if new:
    rows = (
        spark.read.text(new)
        .withColumn("id", f.get_json_object("value", "$.id"))
        .withColumn("type", f.get_json_object("value", "$.resourceType"))
        .where(f.col("type") == settings["resource"])
        .select("id", f.col("value").alias("resource"), f.current_timestamp().alias("arrived_at"))
        .dropDuplicates(["id"])
    )
    (
        rows.write.format("hudi")
        .option("hoodie.table.name", name)
        .option("hoodie.datasource.write.operation", "upsert")
        .option("hoodie.datasource.write.recordkey.field", "id")
        .option("hoodie.datasource.write.precombine.field", "arrived_at")
        .option("hoodie.datasource.hive_sync.enable", "true")
        .option("hoodie.datasource.hive_sync.mode", "hms")
        .option("hoodie.datasource.hive_sync.database", args["database_name"])
        .option("hoodie.datasource.hive_sync.table", name)
        .mode("append")
        .save(f"s3://{bucket}/{settings['output_path']}")
    )
    mark(name, new)
print(f"{name}: {len(new)} new files")
job.commit()
