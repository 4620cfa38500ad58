import { sections } from "../../src/services/index.ts";

/** An example of each section of the config, as it stands in a file. A test holds them against the schema, all in one. */
const OWN: Readonly<Record<string, string>> = {
  project: "project: metriccare",
  pipeline: "pipeline: fhir",
  tags: "tags:\n  CostCenter: analytics",
  aws: "aws:\n  account: '111122223333'\n  region: eu-central-1",
  buckets: `
buckets:
  lake: {}
  given:
    existing: arn:aws:s3:::hospital-archive # theirs: referred to, never changed
  raw:
    name: \${project}-raw-\${env}
    lifecycle:
      noncurrentDays: 90`,
  scriptsBucket: "scriptsBucket: lake",
  uploads: `
uploads:
  metriccare_etl:
    bucket: lake
    source: glue-scripts/metriccare_etl
    zip: true`,
  databases: `
databases:
  clinic:
    description: Tables of all layers
    locationUri: \${buckets.lake.url}`,
  layers: `
layers:
  bronze: { bucket: lake, prefix: bronze/, database: clinic }
  silver: { bucket: lake, prefix: silver/, database: clinic }
  gold: { bucket: lake, prefix: gold/, database: clinic }`,
  jobs: `
jobs:
  bronze_patient:
    layer: bronze
    dataset: patient
    script: glue-scripts/jobs/bronze.py
  report: # without a layer: no bucket, argument or right follows from it, and the role is given
    type: pythonshell
    script: own/report.py
    role: reporter
    arguments: { --out: "\${buckets.lake.url}reports/" }`,
  workflow: `
workflow:
  maxConcurrentRuns: 1
  stagger: true # without triggers they follow from the jobs' layers`,
  workflows: `
workflows:
  nightly:
    triggers:
      start: { type: scheduled, schedule: cron(0 3 * * ? *), actions: [report] }`,
  triggers: `
triggers:
  weekly: { type: scheduled, schedule: cron(0 4 ? * SUN *), actions: [report] }`,
  crawlers: `
crawlers:
  landing:
    role: reporter
    database: clinic
    targets:
      s3: [{ path: "s3://hospital-archive/landing/" }]`,
  connections: `
connections:
  warehouse:
    properties: { JDBC_CONNECTION_URL: "jdbc:postgresql://db.example.org:5432/clinic", SECRET_ID: warehouse-login }
    network: { subnet: subnet-1, securityGroups: [sg-1], availabilityZone: eu-central-1a }`,
  securityConfigurations: `
securityConfigurations:
  strict:
    s3: { mode: SSE-KMS, kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1" }`,
  function: `
function:
  source: glue-scripts/lambda
  timeout: 300
  batchWindow: 60 # seconds: a burst of files becomes one run
  events: { bucket: raw, prefix: fhir/ }`,
  functions: `
functions:
  tell:
    role: teller
    handler: tell.handler
    source: own/tell
    environment: { TOPIC: "\${topics.ward.arn}" }`,
  ledger: "ledger:\n  billing: on-demand\n  ttl: true\n  ttlDays: 90",
  tables: `
tables:
  visits:
    hashKey: ward
    rangeKey: day
    attributes: { day: N }`,
  permissionsBoundary: "permissionsBoundary: arn:aws:iam::111122223333:policy/hospital-boundary",
  roles: `
roles:
  reporter:
    existing: arn:aws:iam::111122223333:role/given-by-security
  teller:
    managedPolicies: [read_landing, "arn:aws:iam::aws:policy/AmazonSNSReadOnlyAccess"]`,
  policies: `
policies:
  read_landing:
    description: Reads what other hospitals send
    document:
      Version: "2012-10-17"
      Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "\${buckets.lake.arn}/landing/*" }]`,
  logs: "logs:\n  retentionDays: 30",
  logGroups: "logGroups:\n  audit:\n    name: /hospital/audit\n    retentionDays: 365",
  alerts: `
alerts:
  displayName: MetricCare
  subscriptions:
    - { protocol: email, endpoint: data-team@hospital.example }`,
  topics: "topics:\n  ward:\n    subscriptions:\n      - { protocol: sqs, endpoint: news }",
  queues: `
queues:
  news:
    retentionDays: 14
    visibilityTimeout: 360
    redrive: { queue: undelivered, maxReceives: 5 }`,
  rules: `
rules:
  failure:
    jobEvents:
      - states: [FAILED, TIMEOUT]
    targets: [alerts]`,
  reading: "reading:\n  maxLineMegabytes: 60",
  quality:
    "quality:\n  dates:\n    level: error\n    earliest: 1900-01-01\n  stays_without_facility:\n    sql: SELECT * FROM encounter WHERE facility IS NULL",
  measures:
    "measures:\n  asOf: 2023-06-30\n  timeZone: America/Chicago\n  strata: [facility_year, sex, age]\n  ageBands: [18, 65, 80]",
  local: "local:\n  port: 4566",
};

/** Those of the lakehouse's words, and those that stand in the services' folders. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  ...OWN,
  ...Object.fromEntries(Object.entries(sections).flatMap(([key, { example }]) => (example ? [[key, example]] : []))),
};
