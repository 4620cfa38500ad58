import { z } from "zod";
import { acl, type AclGrant, aclSchema } from "./acl.ts";
import { cors, type Cors, corsSchema } from "./cors.ts";
import { inventory, type Inventory, inventorySchema } from "./inventory.ts";
import { logging, type Logging, loggingSchema } from "./logging.ts";
import { analytics, type Analytics, analyticsSchema, metrics, type Metrics, metricsSchema } from "./metrics.ts";
import { objectLock, type ObjectLock, objectLockSchema } from "./object-lock.ts";
import { replication, type Replication, replicationSchema } from "./replication.ts";
import type { Setting } from "./setting.ts";
import {
  accelerate,
  accelerateSchema,
  eventBridge,
  eventBridgeSchema,
  requestPayer,
  requestPayerSchema,
} from "./switches.ts";
import { intelligentTiering, type IntelligentTiering, tieringSchema } from "./tiering.ts";
import { website, type Website, websiteSchema } from "./website.ts";

export { type AclGrant, grantsOf, isPublic } from "./acl.ts";
export type { Replication } from "./replication.ts";

type Entries<T> = Readonly<Record<string, T>>;

/** The optional settings of a bucket, as its kind has them: buckets and roles are named as AWS names them. */
export interface BucketSettings {
  readonly objectLock: ObjectLock;
  readonly acl: readonly AclGrant[];
  readonly cors: Entries<Cors>;
  readonly logging: Logging;
  readonly website: Website;
  readonly replication: Replication;
  readonly accelerate: boolean;
  readonly requestPayer: z.output<typeof requestPayerSchema>;
  readonly eventBridge: boolean;
  readonly intelligentTiering: Entries<IntelligentTiering>;
  readonly inventory: Entries<Inventory>;
  readonly metrics: Entries<Metrics>;
  readonly analytics: Entries<Analytics>;
}
export type SettingName = keyof BucketSettings;

/** One row a setting. Their order is that of the calls: a lock before what may need versions. */
export const SETTINGS: { readonly [K in SettingName]: Setting<BucketSettings[K]> } = {
  objectLock,
  acl,
  cors,
  logging,
  website,
  replication,
  accelerate,
  requestPayer,
  eventBridge,
  intelligentTiering,
  inventory,
  metrics,
  analytics,
};
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** Ids of our entries in lists of a bucket: behind `metriccare-` they are AWS's. */
const key = z.string().regex(/^[A-Za-z0-9_-]{1,50}$/, "1 to 50 letters, digits, _ and -");
const entries = <T extends z.ZodType>(schema: T) => z.record(key, schema).optional();

/** The same as a config says them. */
export const settingsShape = {
  objectLock: objectLockSchema.optional().describe("Object Lock. It cannot be switched off again; needs versioning."),
  acl: aclSchema.optional(),
  cors: entries(corsSchema).describe("CORSRules by an id of your choice; the first that matches decides."),
  logging: loggingSchema.optional().describe("Access log (LoggingEnabled)."),
  website: websiteSchema.optional().describe("WebsiteConfiguration."),
  replication: replicationSchema.optional().describe("ReplicationConfiguration. Needs versioning."),
  accelerate: accelerateSchema.optional(),
  requestPayer: requestPayerSchema.optional(),
  eventBridge: eventBridgeSchema.optional(),
  intelligentTiering: entries(tieringSchema).describe("IntelligentTieringConfigurations by an id of your choice."),
  inventory: entries(inventorySchema).describe("InventoryConfigurations by an id of your choice."),
  metrics: entries(metricsSchema).describe("MetricsConfigurations by an id of your choice."),
  analytics: entries(analyticsSchema).describe("AnalyticsConfigurations by an id of your choice."),
} satisfies { readonly [K in SettingName]: z.ZodType };
