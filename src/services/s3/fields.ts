import type { ServiceCoverage } from "../coverage.ts";
import { coverage as bucket } from "./bucket.ts";
import { coverage as rule } from "./lifecycle.ts";
import { coverage as notification } from "./notification.ts";
import { coverage as object } from "./object-coverage.ts";
import { coverage as grant } from "./settings/acl.ts";
import { coverage as cors } from "./settings/cors.ts";
import { coverage as inventory } from "./settings/inventory.ts";
import { coverage as logging } from "./settings/logging.ts";
import { coverage as metrics } from "./settings/metrics.ts";
import { coverage as lock } from "./settings/object-lock.ts";
import { coverage as replication } from "./settings/replication.ts";
import { coverage as tiering } from "./settings/tiering.ts";
import { coverage as website } from "./settings/website.ts";

/** The drawers of everything that S3 tells of buckets and objects. */
export const s3Fields: ServiceCoverage["fields"] = {
  GetBucketVersioningOutput: bucket.versioning,
  ServerSideEncryptionRule: bucket.encryption,
  PublicAccessBlockConfiguration: bucket.publicAccess,
  LifecycleRule: rule,
  NotificationConfiguration: notification.configuration,
  LambdaFunctionConfiguration: notification.function,
  QueueConfiguration: notification.queue,
  TopicConfiguration: notification.topic,
  HeadObjectOutput: object,
  Grant: grant,
  CORSRule: cors,
  InventoryConfiguration: inventory.configuration,
  InventoryS3BucketDestination: inventory.destination,
  LoggingEnabled: logging,
  MetricsConfiguration: metrics.metrics,
  AnalyticsConfiguration: metrics.analytics,
  AnalyticsS3BucketDestination: metrics.export,
  ObjectLockConfiguration: lock.configuration,
  DefaultRetention: lock.retention,
  ReplicationConfiguration: replication.configuration,
  ReplicationRule: replication.rule,
  Destination: replication.destination,
  IntelligentTieringConfiguration: tiering,
  WebsiteConfiguration: website,
};
