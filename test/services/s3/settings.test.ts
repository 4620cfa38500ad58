import { describe, expect, test } from "vitest";
import type { FunctionProps } from "../../../src/services/lambda/props.ts";
import type { QueueProps } from "../../../src/services/sqs/props.ts";
import type { TopicProps } from "../../../src/services/sns/props.ts";
import { bucket } from "../../../src/services/s3/bucket.ts";
import { notification } from "../../../src/services/s3/notification.ts";
import type { BucketProps, NotificationProps, ObjectProps } from "../../../src/services/s3/props.ts";
import type { RoleProps } from "../../../src/services/iam/props.ts";
import { settings } from "../compile/settings.ts";

const { desiredOf, problemsOf } = settings();

describe("what a bucket tells others", () => {
  test("receivers here let it in: function, queue and topic, several entries each with its prefix", async () => {
    const of = await desiredOf(`
queues: {files: {}}
buckets:
  raw:
    eventBridge: true
    notifications:
      to_queue: {queue: files, prefix: in/}
      to_topic: {topic: alerts, events: ["s3:ObjectRemoved:*"]}
      other: {function: "arn:aws:lambda:eu-central-1:111122223333:function:theirs", prefix: out/, suffix: .csv}
`);
    const { entries } = of<NotificationProps>("s3.notification/raw");
    expect(Object.keys(entries)).toEqual(["trigger_glue_workflow", "to_queue", "to_topic", "other"]);
    const raw = "arn:aws:s3:::metriccare-raw-dev-111122223333-eu-central-1";
    for (const [address, action] of [
      ["sqs.queue/files", "sqs:SendMessage"],
      ["sns.topic/alerts", "sns:Publish"],
    ] as const) {
      const { statements } = of<QueueProps | TopicProps>(address);
      expect(statements["Buckets"]).toMatchObject({
        Principal: { Service: "s3.amazonaws.com" },
        Action: action,
        Condition: { ArnEquals: { "aws:SourceArn": [raw] }, StringEquals: { "aws:SourceAccount": "111122223333" } },
      });
    }
    expect(of<BucketProps>("s3.bucket/raw").eventBridge).toBe(true);
    expect(of<BucketProps>("s3.bucket/gold")).not.toHaveProperty("eventBridge");
  });

  test("the function is opened to each bucket that names it", async () => {
    const of = await desiredOf("buckets: {inbox: {notifications: {new: {function: trigger_glue_workflow}}}}\n");
    expect(Object.keys(of<FunctionProps>("lambda.function/trigger_glue_workflow").permissions)).toContain("s3_inbox");
    expect(of<NotificationProps>("s3.notification/inbox").entries["new"]?.targetArn).toContain(":function:");
  });

  test("the pipeline may not wake itself, and receivers must be there", () => {
    const text = problemsOf(`
buckets:
  silver: {notifications: {a: {function: trigger_glue_workflow}}}
  raw: {notifications: {b: {queue: fils}, c: {topic: alert}, d: {function: x}}}
`);
    expect(text).toContain("the pipeline itself writes into `silver`");
    expect(text).toContain("there is no queue `fils`");
    expect(text).toContain("there is no topic `alert`");
    expect(text).toContain("there is no function `x`");
    expect(problemsOf("buckets: {raw: {notifications: {a: {queue: undelivered, topic: alerts}}}}\n")).toContain(
      "says exactly one of `function`, `queue` and `topic`",
    );
  });

  test("pairs that S3 finds ambiguous are known before", () => {
    const address = { kind: "s3.notification", id: "raw", name: "raw" };
    const entry = (prefix: string, targetArn = "arn:aws:sqs:eu-central-1:111122223333:q") => ({
      targetArn,
      events: ["s3:ObjectCreated:*"],
      prefix,
      suffix: "",
    });
    const codes = (entries: NotificationProps["entries"]) =>
      notification.lint?.(address, { bucket: "raw", entries }).map(({ code }) => code);
    expect(codes({ a: entry("fhir/"), b: entry("fhir/x/") })).toEqual(["notification_overlap"]);
    expect(codes({ a: entry("fhir/"), b: entry("csv/") })).toEqual([]);
    expect(codes({ a: entry("", "arn:aws:sns:eu-central-1:111122223333:t.fifo") })).toEqual(["notification_fifo"]);
  });
});

describe("what a bucket sends to another one", () => {
  test("logs, lists and analyses: that one's policy lets S3 write", async () => {
    const of = await desiredOf(`
buckets:
  logs: {statements: {Partner: {Effect: Allow, Principal: {AWS: "111122223333"}, Action: "s3:ListBucket"}}}
  raw:
    logging: {bucket: logs, prefix: raw/}
    inventory: {daily: {destination: {bucket: logs}}}
    analytics: {all: {export: {bucket: logs}}}
`);
    const name = "metriccare-logs-dev-111122223333-eu-central-1";
    const { statements } = of<BucketProps>("s3.bucket/logs");
    expect(Object.keys(statements ?? {})).toEqual(["AccessLogs", "Reports", "Partner"]);
    expect(statements?.["AccessLogs"]).toMatchObject({ Principal: { Service: "logging.s3.amazonaws.com" } });
    expect(statements?.["Partner"]?.Resource).toEqual([`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`]);
    const raw = of<BucketProps>("s3.bucket/raw");
    expect(raw.logging).toEqual({ bucket: name, prefix: "raw/" });
    expect(raw.inventory?.["daily"]?.destination.bucket).toBe(`arn:aws:s3:::${name}`);
    expect(bucket.needs({} as never, { kind: "s3.bucket", id: "raw", name: "raw" }, raw)).toEqual([
      `s3://${name}`,
      `arn:aws:s3:::${name}`,
      `arn:aws:s3:::${name}`,
    ]);
  });

  test("copies: the role may read here and write there, and S3 may take it", async () => {
    const of = await desiredOf(`
roles: {copier: {}}
buckets:
  copies: {}
  raw: {replication: {role: copier, rules: {all: {destination: {bucket: copies, replicationTime: true}}}}}
`);
    const { trust, policies } = of<RoleProps>("iam.role/copier");
    expect(JSON.stringify(trust)).toContain("s3.amazonaws.com");
    const text = JSON.stringify(policies);
    expect(text).toContain("s3:GetObjectVersionForReplication");
    expect(text).toContain("arn:aws:s3:::metriccare-copies-dev-111122223333-eu-central-1/*");
    const rule = of<BucketProps>("s3.bucket/raw").replication?.rules["all"];
    expect(rule).toMatchObject({ priority: 1, destination: { replicationTime: true, metrics: true } });
  });

  test("slips, loops and what S3 forbids are known before", () => {
    const text = problemsOf(`
roles: {copier: {}}
buckets:
  logs: {objectLock: {mode: GOVERNANCE, days: 1}, statements: {AccessLogs: {Effect: Deny}}}
  plain: {versioning: false}
  silver: {logging: {bucket: gold}}
  gold: {logging: {bucket: silver}}
  bronze: {logging: {bucket: logs}, inventory: {a: {destination: {bucket: log, encryption: SSE-KMS}}}}
  raw: {replication: {role: copie, rules: {a: {destination: {bucket: plain}}, b: {destination: {bucket: raw}}}}}
`);
    for (const line of [
      "is the Sid of a statement that follows from the config",
      "buckets `silver` and `gold` log into each other",
      "bucket `logs` locks its objects by default",
      "there is no bucket `log`",
      "`encryption: SSE-KMS` and `kmsKeyId` go together",
      "there is no role `copie`",
      "bucket `plain` keeps no versions",
      "is the bucket itself",
    ])
      expect(text).toContain(line);
  });
});

describe("what S3 would refuse of a bucket", () => {
  const plain: BucketProps = {
    versioning: true,
    encryption: "AES256",
    kmsKey: null,
    bucketKey: false,
    publicAccess: {
      blockPublicAcls: true,
      ignorePublicAcls: true,
      blockPublicPolicy: true,
      restrictPublicBuckets: true,
    },
    ownership: "BucketOwnerEnforced",
    tlsOnly: true,
    noncurrentDays: null,
    abortMultipartDays: null,
    expireDays: {},
  };
  const texts = (more: Partial<BucketProps>, name = "raw"): string =>
    (bucket.lint?.({ kind: "s3.bucket", id: "raw", name }, { ...plain, ...more }) ?? [])
      .map(({ code, text }) => `${code} ${text}`)
      .join("\n");
  const rule = (one: object): Partial<BucketProps> => ({
    lifecycleRules: { r: { enabled: true, ...one } },
  });

  test.each([
    [rule({ transitions: [{ days: 29, storageClass: "STANDARD_IA" }] }), "after 30 days at the earliest, not after 29"],
    [
      rule({
        transitions: [
          { days: 30, storageClass: "STANDARD_IA" },
          { days: 59, storageClass: "GLACIER" },
        ],
      }),
      "come 30 days after those to STANDARD_IA",
    ],
    [
      rule({
        transitions: [
          { days: 1, storageClass: "GLACIER" },
          { days: 90, storageClass: "STANDARD_IA" },
        ],
      }),
      "do not go from GLACIER to STANDARD_IA",
    ],
    [
      rule({
        transitions: [
          { days: 30, storageClass: "ONEZONE_IA" },
          { days: 90, storageClass: "GLACIER_IR" },
        ],
      }),
      "do not go from ONEZONE_IA to GLACIER_IR",
    ],
    [
      rule({
        noncurrentVersionTransitions: [{ noncurrentDays: 1, storageClass: "GLACIER" }],
        noncurrentVersionExpiration: { noncurrentDays: 1 },
      }),
      "noncurrentVersionExpiration after 1 days comes no later than the last transition",
    ],
    [
      rule({ transitions: [{ date: "2031-01-01", storageClass: "GLACIER" }], expiration: { days: 3 } }),
      "counts days here and names a date there",
    ],
    [rule({ tags: { a: "b" }, abortMultipartDays: 3 }), "unfinished uploads have no tags"],
    [
      rule({ objectSizeGreaterThan: 5, objectSizeLessThan: 5, expiration: { days: 1 } }),
      "larger than 5 and smaller than 5 bytes",
    ],
    [{ versioning: false, objectLock: {} }, "bucket_lock_versioning Object Lock needs versions"],
    [
      { acl: [{ uri: "http://acs.amazonaws.com/groups/global/AllUsers", permission: "READ" as const }] },
      "bucket_acl_public",
    ],
    [{ acl: [{ id: "x", permission: "READ" as const }] }, "allows no ACLs"],
    [{ logging: { bucket: "raw", prefix: "" } }, "bucket_logs_itself"],
  ])("%j", (more, text) => expect(texts(more)).toContain(text));

  test("nothing of what is right", () => {
    expect(
      texts({
        ...rule({
          transitions: [
            { days: 30, storageClass: "STANDARD_IA" },
            { days: 60, storageClass: "GLACIER" },
            { days: 150, storageClass: "DEEP_ARCHIVE" },
          ],
          expiration: { days: 151 },
        }),
        objectLock: { mode: "GOVERNANCE", days: 1 },
      }),
    ).toBe("");
    expect(texts({ accelerate: true }, "a.b")).toContain("accelerates no bucket with a dot");
  });
});

test("an upload says all that an object can be told", async () => {
  const of = await desiredOf(`
uploads:
  page:
    source: glue-scripts/value-sets/hai.csv
    cacheControl: no-store
    contentEncoding: gzip
    metadata: {origin: clinic}
    storageClass: STANDARD_IA
    kmsKeyId: alias/x
    serverSideEncryption: aws:kms
    websiteRedirect: /else
    objectLock: {mode: GOVERNANCE, retainUntil: "2031-01-01T00:00:00Z"}
`);
  const { bucket: _b, key: _k, sha256: _s, size: _n, contentType: _t, ...settings } = of<ObjectProps>("s3.object/page");
  expect(settings).toEqual({
    cacheControl: "no-store",
    contentEncoding: "gzip",
    metadata: { origin: "clinic" },
    storageClass: "STANDARD_IA",
    kmsKey: "alias/x",
    serverSideEncryption: "aws:kms",
    websiteRedirect: "/else",
    objectLock: { mode: "GOVERNANCE", retainUntil: "2031-01-01T00:00:00Z" },
  });
});
