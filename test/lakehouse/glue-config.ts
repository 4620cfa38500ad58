/** A lakehouse of one's own in which everything of Glue stands once. */
export const GLUE_CONFIG = `
project: metriccare
pipeline: none
permissionsBoundary: none
buckets: {data: {}, silver: {}, bronze: {}}
scriptsBucket: data
uploads: {metriccare_etl: {bucket: data, source: glue-scripts/metriccare_etl, zip: true}}
databases:
  silver: {}
  bronze: {}
  catalog: {parameters: {note: ours, version: 2}, createTableDefaultPermissions: {IAM_ALLOWED_PRINCIPALS: [ALL]}}
roles:
  glue_own: {}
  glue_silver: {}
queues: {news: {}}
connections:
  warehouse:
    properties: {JDBC_CONNECTION_URL: "jdbc:postgresql://db.example.org:5432/clinic", SECRET_ID: warehouse-login}
    network: {subnet: subnet-1, securityGroups: [sg-2, sg-1], availabilityZone: eu-central-1a}
securityConfigurations:
  strict:
    s3: {mode: SSE-KMS, kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1"}
jobs:
  report:
    type: pythonshell
    script: own/report.py
    role: glue_own
    connections: [warehouse, theirs]
    securityConfiguration: strict
    arguments: {--out: "s3://data-lake/out/"}
  listen:
    type: gluestreaming
    script: s3://data-lake/listen.py
    role: glue_own
    workerType: G.025X
    numberOfWorkers: 1
    maintenanceWindow: Sun:10
    sparkUi: {bucket: data}
  silver:
    layer: silver
    dataset: patient
    script: own/silver.py
    arguments: {--enable-metrics: null}
crawlers:
  landing:
    role: glue_own
    database: catalog
    schedule: cron(0 2 * * ? *)
    recrawl: CRAWL_EVENT_MODE
    securityConfiguration: strict
    configuration: {Version: 1.0, Grouping: {TableGroupingPolicy: CombineCompatibleSchemas}}
    targets:
      s3: [{path: "s3://data-lake/landing/", eventQueue: news, exclusions: ["**.tmp"]}]
      jdbc: [{connection: warehouse, path: clinic/%}]
      dynamodb: [{table: visits}]
workflows:
  second:
    triggers:
      start: {type: on_demand, actions: [{crawler: landing}]}
      after:
        type: conditional
        predicate: {conditions: [{crawler: landing}]}
        actions: [report]
triggers:
  nightly: {type: scheduled, schedule: cron(0 3 * * ? *), actions: [report]}
`;

export const GLUE_FILES = {
  "own/report.py": "print('report')\n",
  "own/silver.py": "print('silver')\n",
} as const;
