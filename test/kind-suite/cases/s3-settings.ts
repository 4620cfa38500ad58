import * as fc from "fast-check";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address } from "../../../src/engine/types.ts";
import type { BucketProps } from "../../../src/services/s3/props.ts";
import type { KindCase } from "../case.ts";
import { s3Client } from "../../../src/services/s3/client.ts";

type Settings = Required<
  Pick<
    BucketProps,
    | "acl"
    | "cors"
    | "logging"
    | "website"
    | "replication"
    | "accelerate"
    | "requestPayer"
    | "eventBridge"
    | "intelligentTiering"
    | "inventory"
    | "metrics"
    | "analytics"
    | "statements"
    | "lifecycleRules"
  >
>;
export type SettingsCase = Pick<KindCase<BucketProps>, "vary" | "calls" | "outside" | "optional">;

/** The bucket that logs, lists and copies go to. */
export const otherBucket = (name: string): string => `${name.slice(0, 58)}-to`;
const other = (name: string): string => `arn:aws:s3:::${otherBucket(name)}`;
const role = (ctx: AwsContext): string => `arn:aws:iam::${ctx.account}:role/copies`;
const at = (name: string) => ({ Bucket: name });

const allow = (name: string, action: string) => ({
  Effect: "Allow" as const,
  Principal: { AWS: "arn:aws:iam::111122223333:root" },
  Action: action,
  Resource: `arn:aws:s3:::${name}`,
});

export const baseSettings = (ctx: AwsContext, { name }: Address): Settings => ({
  statements: { Partner: allow(name, "s3:ListBucket") },
  lifecycleRules: {
    archive: {
      enabled: true,
      prefix: "fhir/",
      tags: { Kind: "old" },
      objectSizeGreaterThan: 1024,
      transitions: [
        { days: 30, storageClass: "STANDARD_IA" },
        { days: 90, storageClass: "GLACIER" },
      ],
      noncurrentVersionTransitions: [{ noncurrentDays: 30, storageClass: "STANDARD_IA" }],
      noncurrentVersionExpiration: { noncurrentDays: 365, newerNoncurrentVersions: 3 },
    },
  },
  acl: [{ uri: "http://acs.amazonaws.com/groups/s3/LogDelivery", permission: "READ_ACP" }],
  cors: { web: { methods: ["GET"], origins: ["https://example.org"], headers: ["*"], maxAgeSeconds: 60 } },
  logging: { bucket: otherBucket(name), prefix: "logs/" },
  website: { indexDocument: "index.html", errorDocument: "error.html" },
  replication: {
    role: role(ctx),
    rules: {
      copy: {
        enabled: true,
        priority: 1,
        prefix: "fhir/",
        deleteMarkers: true,
        replicaModifications: false,
        kmsObjects: false,
        destination: {
          bucket: other(name),
          storageClass: "STANDARD_IA",
          ownerOverride: false,
          replicationTime: false,
          metrics: false,
        },
      },
    },
  },
  accelerate: true,
  requestPayer: "Requester",
  eventBridge: true,
  intelligentTiering: { all: { enabled: true, prefix: "fhir/", archiveAccessDays: 90 } },
  inventory: {
    daily: {
      enabled: true,
      includedObjectVersions: "Current",
      frequency: "Daily",
      prefix: "fhir/",
      optionalFields: ["Size", "ETag"],
      destination: { bucket: other(name), format: "CSV", prefix: "lists" },
    },
  },
  metrics: { all: {}, fhir: { prefix: "fhir/" } },
  analytics: { all: { export: { bucket: other(name), prefix: "analysis" } } },
});

/** Single changes of each, and what somebody at the console would do. */
export const settingsCase: SettingsCase = {
  vary: {
    statements: (props, _ctx, { name }) => ({
      ...props,
      statements: { Partner: allow(name, "s3:ListBucketVersions"), Other: allow(name, "s3:ListBucket") },
    }),
    lifecycleRules: (props) => ({
      ...props,
      lifecycleRules: {
        tmp: { enabled: true, prefix: "scratch/", expiration: { days: 3 }, abortMultipartDays: 2 },
        late: { enabled: false, tags: { Kind: "x" }, expiration: { date: "2031-01-31" } },
        markers: { enabled: true, expiration: { expiredObjectDeleteMarker: true } },
      },
    }),
    acl: (props) => ({
      ...props,
      acl: [
        { uri: "http://acs.amazonaws.com/groups/s3/LogDelivery", permission: "READ_ACP" },
        { uri: "http://acs.amazonaws.com/groups/s3/LogDelivery", permission: "WRITE" },
      ],
    }),
    cors: (props) => ({
      ...props,
      cors: {
        app: { methods: ["GET", "PUT"], origins: ["https://app.example.org"], exposeHeaders: ["ETag"] },
        web: { methods: ["HEAD"], origins: ["*"] },
      },
    }),
    logging: (props) => ({ ...props, logging: { bucket: props.logging?.bucket ?? "", prefix: "elsewhere/" } }),
    website: (props) => ({
      ...props,
      website: {
        indexDocument: "start.html",
        routingRules: [
          {
            condition: { keyPrefixEquals: "docs/" },
            redirect: { replaceKeyPrefixWith: "documents/", httpRedirectCode: "302" },
          },
        ],
      },
    }),
    replication: (props) => ({
      ...props,
      replication: {
        role: props.replication?.role ?? "",
        rules: {
          ...props.replication?.rules,
          second: {
            enabled: false,
            priority: 2,
            prefix: "x/",
            tags: { Copy: "yes" },
            deleteMarkers: false,
            replicaModifications: false,
            kmsObjects: false,
            destination: {
              bucket: props.replication?.rules["copy"]?.destination.bucket ?? "",
              ownerOverride: false,
              replicationTime: false,
              metrics: false,
            },
          },
        },
      },
    }),
    accelerate: (props) => ({ ...props, accelerate: false }),
    requestPayer: (props) => ({ ...props, requestPayer: "BucketOwner" }),
    eventBridge: (props) => ({ ...props, eventBridge: false }),
    intelligentTiering: (props) => ({
      ...props,
      intelligentTiering: {
        deep: {
          enabled: false,
          prefix: "a",
          tags: { A: "1", B: "2" },
          archiveAccessDays: 91,
          deepArchiveAccessDays: 200,
        },
      },
    }),
    inventory: (props) => ({
      ...props,
      inventory: {
        weekly: {
          enabled: true,
          includedObjectVersions: "All",
          frequency: "Weekly",
          destination: {
            bucket: props.inventory?.["daily"]?.destination.bucket ?? "",
            format: "Parquet",
            encryption: "SSE-S3",
          },
        },
      },
    }),
    metrics: (props) => ({ ...props, metrics: { all: {}, tagged: { prefix: "a/", tags: { A: "1" } } } }),
    analytics: (props) => ({ ...props, analytics: { fhir: { tags: { A: "1" } } } }),
  },
  calls: {
    statements: ["s3:PutBucketPolicy"],
    lifecycleRules: ["s3:PutLifecycleConfiguration"],
    acl: ["s3:PutBucketAcl"],
    cors: ["s3:PutBucketCORS"],
    logging: ["s3:PutBucketLogging"],
    website: ["s3:PutBucketWebsite"],
    replication: ["s3:PutReplicationConfiguration"],
    accelerate: ["s3:PutAccelerateConfiguration"],
    requestPayer: ["s3:PutBucketRequestPayment"],
    eventBridge: ["s3:PutBucketNotification"],
    intelligentTiering: ["s3:PutIntelligentTieringConfiguration"],
    inventory: ["s3:PutInventoryConfiguration"],
    metrics: ["s3:PutMetricsConfiguration"],
    analytics: ["s3:PutAnalyticsConfiguration"],
  },
  optional: [
    "statements",
    "lifecycleRules",
    "acl",
    "cors",
    "logging",
    "website",
    "replication",
    "accelerate",
    "requestPayer",
    "eventBridge",
    "intelligentTiering",
    "inventory",
    "metrics",
    "analytics",
  ],
  outside: {
    statements: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deleteBucketPolicy(at(name)),
    lifecycleRules: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deleteBucketLifecycle(at(name)),
    acl: async (ctx, { name }) => (await ctx.clients.of(s3Client)).putBucketAcl({ ...at(name), ACL: "private" }),
    cors: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deleteBucketCors(at(name)),
    logging: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).putBucketLogging({ ...at(name), BucketLoggingStatus: {} }),
    website: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deleteBucketWebsite(at(name)),
    replication: async (ctx, { name }) => (await ctx.clients.of(s3Client)).deleteBucketReplication(at(name)),
    accelerate: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).putBucketAccelerateConfiguration({
        ...at(name),
        AccelerateConfiguration: { Status: "Suspended" },
      }),
    requestPayer: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).putBucketRequestPayment({
        ...at(name),
        RequestPaymentConfiguration: { Payer: "BucketOwner" },
      }),
    eventBridge: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).putBucketNotificationConfiguration({
        ...at(name),
        NotificationConfiguration: {},
      }),
    intelligentTiering: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).deleteBucketIntelligentTieringConfiguration({
        ...at(name),
        Id: "metriccare-all",
      }),
    inventory: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).deleteBucketInventoryConfiguration({ ...at(name), Id: "metriccare-daily" }),
    metrics: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).deleteBucketMetricsConfiguration({ ...at(name), Id: "metriccare-all" }),
    analytics: async (ctx, { name }) =>
      (await ctx.clients.of(s3Client)).deleteBucketAnalyticsConfiguration({ ...at(name), Id: "metriccare-all" }),
  },
};

/** Random settings: none, the base's, or another one of each. */
export const randomSettings = (ctx: AwsContext, address: Address): fc.Arbitrary<Partial<Settings>> => {
  const base = baseSettings(ctx, address);
  return fc
    .subarray(Object.keys(base))
    .map((keys) => Object.fromEntries(keys.map((key) => [key, base[key as keyof Settings]])));
};
