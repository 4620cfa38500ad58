import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a hospital adds to the shipped lakehouse: more of each kind, and things that were there before. */
export const FURTHER = `
permissionsBoundary: arn:aws:iam::123456789012:policy/hospital_boundary
buckets:
  landing: {existing: hospital-landing}
roles:
  given: {existing: arn:aws:iam::123456789012:role/hospital/given}
  side:
    description: Jobs beside the pipeline
    policies:
      read_landing:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: s3:GetObject, Resource: "\${buckets.landing.arn}/*"}]
  notify: {}
  start: {}
  crawl: {}
  idle:
    services: [glue.amazonaws.com]
    managedPolicies: [read_landing, listing]
    policies:
      one: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: s3:ListBucket, Resource: "\${buckets.landing.arn}"}]}
      two: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: "\${queues.inbox.arn}"}]}
policies:
  read_landing:
    path: /hospital/
    description: Reads what lands
    document:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Action: s3:GetObject, Resource: "\${buckets.landing.arn}/*"}]
  listing:
    document: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: s3:ListBucket, Resource: "\${buckets.landing.arn}"}]}
jobs:
  extract:
    role: side
    script: own/extract.py
    arguments: {--out: "\${buckets.gold.url}extract/", --env: "\${env}"}
  load:
    role: side
    script: own/load.py
    arguments: {--queue: "\${queues.inbox.url}", --metrics: null}
  tidy: {type: pythonshell, role: given, script: own/tidy.py, maxCapacity: 0.0625}
workflows:
  side:
    description: Beside the pipeline
    triggers:
      begin: {type: on_demand, actions: [extract]}
      then: {type: conditional, after: [extract], actions: [load]}
  heard:
    triggers:
      begin: {type: event, batchSize: 1, actions: [tidy]}
functions:
  notify:
    role: notify
    handler: notify.handler
    source: own/notify
    environment: {ENV: "\${env}", TOPIC: "\${topics.side.arn}", TABLE: "\${tables.visits.name}", STAGE: "$\${env}"}
    events: {bucket: landing, prefix: in/}
    onFailure: {queue: inbox}
    publish: true
    aliases:
      live: {description: What the clinic calls}
      next: {version: $LATEST}
    permissions:
      gate: {principal: apigateway.amazonaws.com, sourceArn: "arn:aws:execute-api:us-east-1:123456789012:a1/*"}
      guest: {principal: "210987654321", alias: live}
    vpc: {subnets: [subnet-0123456789abcdef0], securityGroups: [sg-0123456789abcdef0]}
  theirs: {existing: arn:aws:lambda:us-east-1:123456789012:function:hospital-audit}
eventSources:
  work: {function: notify, queue: work, batchSize: 5, reportFailures: true, filters: [{body: {kind: [new]}}]}
  visits: {function: notify, table: visits, startingPosition: LATEST, maxRetryAttempts: 3, onFailure: {queue: dead}}
tables:
  visits: {stream: NEW_IMAGE, hashKey: patient, rangeKey: at, attributes: {at: N}, billing: on-demand}
  register: {existing: hospital-register}
topics:
  side:
    displayName: "Side \${env}"
    subscriptions:
      - {protocol: sqs, endpoint: inbox}
      - {protocol: lambda, endpoint: theirs}
  news: {existing: arn:aws:sns:us-east-1:123456789012:hospital-news}
queues:
  inbox: {redrive: {queue: dead}}
  work: {visibilityTimeout: 360}
  dead: {retentionDays: 14}
  hospital: {existing: arn:aws:sqs:us-east-1:123456789012:hospital-queue}
databases:
  found: {}
crawlers:
  gold_files:
    role: crawl
    database: found
    targets: {s3: [{path: "\${buckets.gold.url}"}]}
rules:
  further:
    schedule: rate(1 day)
    targets: [notify, {topic: side}, inbox, {workflow: heard, roleArn: start}]
  outside:
    schedule: rate(1 day)
    targets: [theirs, news, hospital]
`;

/** Its scripts and code. */
export const FILES = {
  "own/extract.py": "print('extract')\n",
  "own/load.py": "print('load')\n",
  "own/tidy.py": "print('tidy')\n",
  "own/notify/notify.py": "def handler(event, context):\n    return None\n",
};

export function putFiles(dir: string, files: Readonly<Record<string, string>> = FILES): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}
