import type { AnalyticsConfiguration, AnalyticsS3BucketDestination, MetricsConfiguration } from "@aws-sdk/client-s3";
import { z } from "zod";
import { reference } from "../../reference.ts";
import { type Coverage, ignored } from "../../coverage.ts";
import { chosenShape, fromFilter, toFilter } from "./filter.ts";
import { listed } from "./setting.ts";

/** Request metrics in CloudWatch, of all objects or of some. */
export const metricsSchema = z.strictObject({
  ...chosenShape,
  accessPoint: z
    .string()
    .regex(/^arn:[^:]+:s3:[^:]*:\d{12}:accesspoint\/.+$/, "the ARN of an access point")
    .optional()
    .describe("AccessPointArn: requests that come through it."),
});
export type Metrics = z.output<typeof metricsSchema>;

export const coverage = {
  metrics: { Id: "identity", Filter: "managed" } satisfies Coverage<MetricsConfiguration>,
  analytics: {
    Id: "identity",
    Filter: "managed",
    StorageClassAnalysis: "managed",
  } satisfies Coverage<AnalyticsConfiguration>,
  export: {
    Format: ignored("CSV is the only one that AWS has"),
    BucketAccountId: "managed",
    Bucket: "managed",
    Prefix: "managed",
  } satisfies Coverage<AnalyticsS3BucketDestination>,
};

function metricsFrom({ Filter }: MetricsConfiguration): Metrics {
  const point = Filter?.AccessPointArn ?? Filter?.And?.AccessPointArn;
  return { ...fromFilter(Filter), ...(point === undefined ? {} : { accessPoint: point }) };
}

function metricsFilter({ accessPoint, ...chosen }: Metrics): MetricsConfiguration["Filter"] | undefined {
  const filter = toFilter(chosen);
  if (accessPoint === undefined) return filter;
  if (filter === undefined) return { AccessPointArn: accessPoint };
  const { prefix, tags = {} } = chosen;
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    And: { AccessPointArn: accessPoint, ...(prefix ? { Prefix: prefix } : {}), ...(Tags.length > 0 ? { Tags } : {}) },
  };
}

export const metrics = listed<Metrics, MetricsConfiguration>({
  actions: ["s3:GetMetricsConfiguration", "s3:PutMetricsConfiguration"],
  list: async (s3, input) => {
    const page = await s3.listBucketMetricsConfigurations(input);
    return { all: page.MetricsConfigurationList, next: page.NextContinuationToken };
  },
  id: ({ Id }) => Id,
  from: metricsFrom,
  put: (s3, at, wanted) => {
    const Filter = metricsFilter(wanted);
    return s3.putBucketMetricsConfiguration({
      ...at,
      MetricsConfiguration: { Id: at.Id, ...(Filter ? { Filter } : {}) },
    });
  },
  remove: (s3, at) => s3.deleteBucketMetricsConfiguration(at),
});

/** What is read how often, as advice for storage classes. */
export const analyticsSchema = z.strictObject({
  ...chosenShape,
  export: z
    .strictObject({
      bucket: reference("buckets", { byName: true }).describe(
        "Bucket: id of a bucket here, or name or ARN of another one.",
      ),
      prefix: z.string().min(1).optional().describe("Prefix: beginning of the keys of the report."),
      account: z
        .string()
        .regex(/^\d{12}$/, "an account has twelve digits (put them in quotes)")
        .optional()
        .describe("BucketAccountId: account of that bucket."),
    })
    .optional()
    .describe("StorageClassAnalysis.DataExport: daily CSV files."),
});
export type Analytics = z.output<typeof analyticsSchema>;

function analyticsFrom({ Filter, StorageClassAnalysis }: AnalyticsConfiguration): Analytics {
  const to = StorageClassAnalysis?.DataExport?.Destination?.S3BucketDestination;
  return {
    ...fromFilter(Filter),
    ...(to
      ? {
          export: {
            bucket: to.Bucket ?? "",
            ...(to.Prefix ? { prefix: to.Prefix } : {}),
            ...(to.BucketAccountId ? { account: to.BucketAccountId } : {}),
          },
        }
      : {}),
  };
}

const exportTo = ({ bucket, prefix, account }: NonNullable<Analytics["export"]>): AnalyticsS3BucketDestination => ({
  Format: "CSV",
  Bucket: bucket,
  ...(prefix ? { Prefix: prefix } : {}),
  ...(account ? { BucketAccountId: account } : {}),
});

function analyticsTo(Id: string, wanted: Analytics): AnalyticsConfiguration {
  const filter = toFilter(wanted);
  return {
    Id,
    ...(filter ? { Filter: filter } : {}),
    StorageClassAnalysis: wanted.export
      ? { DataExport: { OutputSchemaVersion: "V_1", Destination: { S3BucketDestination: exportTo(wanted.export) } } }
      : {},
  };
}

export const analytics = listed<Analytics, AnalyticsConfiguration>({
  actions: ["s3:GetAnalyticsConfiguration", "s3:PutAnalyticsConfiguration"],
  needs: (all) => Object.values(all).flatMap((one) => (one.export ? [one.export.bucket] : [])),
  list: async (s3, input) => {
    const page = await s3.listBucketAnalyticsConfigurations(input);
    return { all: page.AnalyticsConfigurationList, next: page.NextContinuationToken };
  },
  id: ({ Id }) => Id,
  from: analyticsFrom,
  put: (s3, at, wanted) =>
    s3.putBucketAnalyticsConfiguration({ ...at, AnalyticsConfiguration: analyticsTo(at.Id, wanted) }),
  remove: (s3, at) => s3.deleteBucketAnalyticsConfiguration(at),
});
