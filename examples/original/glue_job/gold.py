"""One measure by year, from the Silver tables.

These are the original's own, simple figures; what `pipeline: fhir` computes is defined in docs/measures.md.

Arguments as in the original: --bucket_name, --config_key, --job_section, --env, --database_name.
"""

import json
import sys

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket_name", "config_key", "job_section", "env", "database_name"])
bucket = args["bucket_name"]
body = boto3.client("s3").get_object(Bucket=bucket, Key=args["config_key"])["Body"].read()
settings = json.loads(body)[args["job_section"]]

context = GlueContext(SparkContext.getOrCreate())
spark = context.spark_session
job = Job(context)
job.init(args["JOB_NAME"], args)

STAYS = "SELECT * FROM silver_encounter WHERE class IN ('IMP', 'ACUTE') AND discharged_on IS NOT NULL"
QUERIES = {
    "gold_mortality_rate": f"""
        SELECT year(s.discharged_on) AS year, count(*) AS stays,
               count_if(datediff(to_date(substring(p.died_at, 1, 10)), s.discharged_on) BETWEEN 0 AND 30) AS cases
        FROM ({STAYS}) s JOIN silver_patients p ON p.id = s.patient_id GROUP BY 1""",
    "gold_readmission_rate": f"""
        SELECT year(s.discharged_on) AS year, count(*) AS stays,
               count_if(datediff(s.next_on, s.discharged_on) BETWEEN 0 AND 30) AS cases
        FROM (SELECT *, lead(admitted_on) OVER (PARTITION BY patient_id ORDER BY admitted_on, id) AS next_on
              FROM ({STAYS})) s GROUP BY 1""",
    "gold_infection_rate": f"""
        SELECT year(s.discharged_on) AS year, count(DISTINCT s.id) AS stays, count(DISTINCT c.encounter_id) AS cases
        FROM ({STAYS}) s
        LEFT JOIN silver_condition c ON c.encounter_id = s.id AND lower(c.name) LIKE '%infection%' GROUP BY 1""",
}

spark.sql(f"USE `{args['database_name']}`")
table = settings["table"]
(
    spark.sql(f"SELECT *, current_timestamp() AS computed_at FROM ({QUERIES[table]})")
    .write.format("hudi")
    .option("hoodie.table.name", table)
    .option("hoodie.datasource.write.operation", "upsert")
    .option("hoodie.datasource.write.recordkey.field", "year")
    .option("hoodie.datasource.write.precombine.field", "computed_at")
    .option("hoodie.datasource.hive_sync.enable", "true")
    .option("hoodie.datasource.hive_sync.mode", "hms")
    .option("hoodie.datasource.hive_sync.database", args["database_name"])
    .option("hoodie.datasource.hive_sync.table", table)
    .mode("append")
    .save(f"s3://{bucket}/{settings['output_path']}")
)
job.commit()
