/** What a hospital adds: a second workflow with two scripts of its own, a Python shell job that stands alone, a function in a VPC. */
export const BESIDE = `
buckets:
  landing: {existing: hospital-landing}
  lake: {}
databases:
  visits: {}
roles:
  given: {existing: arn:aws:iam::123456789012:role/hospital/given}
  side:
    description: Jobs beside the pipeline
    policies:
      read_landing:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: s3:GetObject, Resource: "\${buckets.landing.arn}/*"}
          - {Effect: Allow, Action: s3:ListBucket, Resource: "\${buckets.landing.arn}"}
      keep_lake:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: [s3:GetObject, s3:PutObject, s3:DeleteObject], Resource: "\${buckets.lake.arn}/*"}
          - {Effect: Allow, Action: [s3:ListBucket, s3:GetBucketLocation], Resource: "\${buckets.lake.arn}"}
  notify: {}
  crawl: {}
jobs:
  extract:
    role: side
    script: own/extract.py
    arguments: {--from: "\${buckets.landing.url}visits/", --to: "\${buckets.lake.url}visits/"}
  load:
    role: side
    script: own/load.py
    arguments: {--from: "\${buckets.lake.url}visits/", --to: "\${buckets.lake.url}wards/"}
  tidy:
    type: pythonshell
    role: given
    script: own/tidy.py
    arguments: {--bucket: "\${buckets.landing.name}", --env: "\${env}"}
workflows:
  side:
    description: Beside the pipeline
    triggers:
      begin: {type: on_demand, actions: [extract]}
      then: {type: conditional, after: [extract], actions: [load]}
functions:
  notify:
    role: notify
    handler: notify.handler
    source: own/notify
    environment: {ENV: "\${env}", LAKE: "\${buckets.lake.name}"}
    vpc: {subnets: [subnet-0123456789abcdef0], securityGroups: [sg-0123456789abcdef0]}
crawlers:
  visits:
    role: crawl
    database: visits
    targets: {s3: [{path: "\${buckets.lake.url}wards/"}]}
`;

/** They know nothing of metriccare: arguments in, files out. */
export const BESIDE_FILES = {
  "own/extract.py": `
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["from", "to"])
spark = SparkSession.builder.getOrCreate()
visits = spark.read.option("header", True).csv(args["from"])
visits.selectExpr("ward", "cast(days as int) as days").write.mode("overwrite").parquet(args["to"])
`,
  "own/load.py": `
import sys
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["from", "to"])
spark = SparkSession.builder.getOrCreate()
wards = spark.read.parquet(args["from"]).groupBy("ward").sum("days").withColumnRenamed("sum(days)", "days")
wards.orderBy("ward").coalesce(1).write.mode("overwrite").json(args["to"])
`,
  "own/tidy.py": `
import sys
import boto3

args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
s3 = boto3.client("s3")
for found in s3.list_objects_v2(Bucket=args["--bucket"], Prefix="old/").get("Contents", []):
    s3.delete_object(Bucket=args["--bucket"], Key=found["Key"])
    print("tidied", found["Key"], args["--env"])
`,
  "own/notify/notify.py": `
import os

def handler(event, context):
    return {"env": os.environ["ENV"], "lake": os.environ["LAKE"]}
`,
};

/** What the hospital's system leaves in the bucket that is its own, and the days by ward that are in it. */
export const CSV = {
  "visits/monday.csv": "ward,days\nnorth,3\nsouth,4\n",
  "visits/tuesday.csv": "ward,days\nsouth,6\n",
};
export const WARDS = [
  { ward: "north", days: 3 },
  { ward: "south", days: 10 },
];
