import type { CrawlerTargets, HudiTarget } from "@aws-sdk/client-glue";
import { orNull } from "../kit.ts";
import type { CrawlerTargetProps, LakeTarget } from "./crawler-props.ts";

const sorted = (list: readonly string[] | undefined): readonly string[] => [...(list ?? [])].sort();

/** Targets have no order: one list is compared with another. */
const inOrder = <T>(list: readonly T[]): readonly T[] =>
  list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Targets in one order, as they are compared. */
export const ordered = (targets: CrawlerTargetProps): CrawlerTargetProps => ({
  s3: inOrder(targets.s3.map((one) => ({ ...one, exclusions: sorted(one.exclusions) }))),
  jdbc: inOrder(
    targets.jdbc.map((one) => ({
      ...one,
      exclusions: sorted(one.exclusions),
      additionalMetadata: sorted(one.additionalMetadata),
    })),
  ),
  mongodb: inOrder(targets.mongodb),
  dynamodb: inOrder(targets.dynamodb),
  catalog: inOrder(targets.catalog.map((one) => ({ ...one, tables: sorted(one.tables) }))),
  delta: inOrder(targets.delta.map((one) => ({ ...one, tables: sorted(one.tables) }))),
  iceberg: inOrder(targets.iceberg.map(lakeInOrder)),
  hudi: inOrder(targets.hudi.map(lakeInOrder)),
});

const lakeInOrder = (one: LakeTarget): LakeTarget => ({
  ...one,
  paths: sorted(one.paths),
  exclusions: sorted(one.exclusions),
});

const lake = (one: HudiTarget): LakeTarget => ({
  paths: one.Paths ?? [],
  connection: orNull(one.ConnectionName),
  exclusions: one.Exclusions ?? [],
  maxDepth: one.MaximumTraversalDepth ?? 10,
});

const queues = (one: {
  EventQueueArn?: string | undefined;
  DlqEventQueueArn?: string | undefined;
}): { eventQueueArn: string | null; deadLetterQueueArn: string | null } => ({
  eventQueueArn: orNull(one.EventQueueArn),
  deadLetterQueueArn: orNull(one.DlqEventQueueArn),
});

/** AWS's answer as it is compared, with what AWS takes for what was not said. */
export const targetsOf = (found: CrawlerTargets): CrawlerTargetProps =>
  ordered({
    s3: (found.S3Targets ?? []).map((one) => ({
      path: one.Path ?? "",
      exclusions: one.Exclusions ?? [],
      connection: orNull(one.ConnectionName),
      sampleSize: one.SampleSize ?? null,
      ...queues(one),
    })),
    jdbc: (found.JdbcTargets ?? []).map((one) => ({
      connection: one.ConnectionName ?? "",
      path: one.Path ?? "",
      exclusions: one.Exclusions ?? [],
      additionalMetadata: one.EnableAdditionalMetadata ?? [],
    })),
    mongodb: (found.MongoDBTargets ?? []).map((one) => ({
      connection: one.ConnectionName ?? "",
      path: one.Path ?? "",
      scanAll: one.ScanAll ?? true,
    })),
    dynamodb: (found.DynamoDBTargets ?? []).map((one) => ({
      table: one.Path ?? "",
      scanAll: one.scanAll ?? true,
      scanRate: one.scanRate ?? null,
    })),
    catalog: (found.CatalogTargets ?? []).map((one) => ({
      database: one.DatabaseName ?? "",
      tables: one.Tables ?? [],
      connection: orNull(one.ConnectionName),
      ...queues(one),
    })),
    delta: (found.DeltaTargets ?? []).map((one) => ({
      tables: one.DeltaTables ?? [],
      connection: orNull(one.ConnectionName),
      writeManifest: one.WriteManifest ?? false,
      createNativeTable: one.CreateNativeDeltaTable ?? false,
    })),
    iceberg: (found.IcebergTargets ?? []).map(lake),
    hudi: (found.HudiTargets ?? []).map(lake),
  });

/** Whoever leaves a name out does not name it: AWS refuses empty ones. */
const optional = <K extends string>(key: K, value: string | null): { [name in K]?: string } =>
  value === null ? {} : ({ [key]: value } as { [name in K]?: string });

const queuesTo = (one: { eventQueueArn: string | null; deadLetterQueueArn: string | null }) => ({
  ...optional("EventQueueArn", one.eventQueueArn),
  ...optional("DlqEventQueueArn", one.deadLetterQueueArn),
});

const lakeTo = (one: LakeTarget): HudiTarget => ({
  Paths: [...one.paths],
  ...optional("ConnectionName", one.connection),
  Exclusions: [...one.exclusions],
  MaximumTraversalDepth: one.maxDepth,
});

/** The same as AWS takes it. Kinds without a target are not named. */
export function targetsTo(targets: CrawlerTargetProps): CrawlerTargets {
  const all: CrawlerTargets = {
    S3Targets: targets.s3.map((one) => ({
      Path: one.path,
      Exclusions: [...one.exclusions],
      ...optional("ConnectionName", one.connection),
      ...(one.sampleSize === null ? {} : { SampleSize: one.sampleSize }),
      ...queuesTo(one),
    })),
    JdbcTargets: targets.jdbc.map((one) => ({
      ConnectionName: one.connection,
      Path: one.path,
      Exclusions: [...one.exclusions],
      // Texts of the config's own list; the SDK's type is an open one.
      EnableAdditionalMetadata: [...one.additionalMetadata] as "COMMENTS"[],
    })),
    MongoDBTargets: targets.mongodb.map((one) => ({
      ConnectionName: one.connection,
      Path: one.path,
      ScanAll: one.scanAll,
    })),
    DynamoDBTargets: targets.dynamodb.map((one) => ({
      Path: one.table,
      scanAll: one.scanAll,
      ...(one.scanRate === null ? {} : { scanRate: one.scanRate }),
    })),
    CatalogTargets: targets.catalog.map((one) => ({
      DatabaseName: one.database,
      Tables: [...one.tables],
      ...optional("ConnectionName", one.connection),
      ...queuesTo(one),
    })),
    DeltaTargets: targets.delta.map((one) => ({
      DeltaTables: [...one.tables],
      ...optional("ConnectionName", one.connection),
      WriteManifest: one.writeManifest,
      CreateNativeDeltaTable: one.createNativeTable,
    })),
    IcebergTargets: targets.iceberg.map(lakeTo),
    HudiTargets: targets.hudi.map(lakeTo),
  };
  return Object.fromEntries(Object.entries(all).filter(([, list]) => Array.isArray(list) && list.length > 0));
}

/** Handles of what the targets name: buckets, connections, tables of DynamoDB, queues, databases. */
export function namedBy(targets: CrawlerTargetProps): {
  readonly paths: readonly string[];
  readonly connections: readonly string[];
  readonly queues: readonly string[];
  readonly databases: readonly string[];
  readonly tables: readonly string[];
} {
  const { s3, jdbc, mongodb, dynamodb, catalog, delta, iceberg, hudi } = targets;
  const connected = [...s3, ...jdbc, ...mongodb, ...catalog, ...delta, ...iceberg, ...hudi];
  return {
    paths: [
      ...s3.map(({ path }) => path),
      ...delta.flatMap(({ tables }) => tables),
      ...[...iceberg, ...hudi].flatMap(({ paths }) => paths),
    ],
    connections: [...new Set(connected.flatMap(({ connection }) => connection ?? []))],
    queues: [...s3, ...catalog].flatMap(({ eventQueueArn, deadLetterQueueArn }) => [
      ...(eventQueueArn === null ? [] : [eventQueueArn]),
      ...(deadLetterQueueArn === null ? [] : [deadLetterQueueArn]),
    ]),
    databases: catalog.map(({ database }) => database),
    tables: dynamodb.map(({ table }) => table),
  };
}
