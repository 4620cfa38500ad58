import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import type { CrawlerProps, CrawlerTargetProps, LakeTarget } from "./crawler-props.ts";
import type { CrawlerConfig } from "./crawler-section.ts";
import { ordered } from "./crawler-targets.ts";
import { securedTag } from "./declare-security-configuration.ts";

type Targets = CrawlerConfig["targets"];

/** What references mean: ids of the config, and names or ARNs of what is not ours. */
interface Refer {
  readonly connection: (reference: string | undefined) => string | null;
  readonly queues: (one: { eventQueue?: string | undefined; deadLetterQueue?: string | undefined }) => {
    eventQueueArn: string | null;
    deadLetterQueueArn: string | null;
  };
}

function refer(build: Pick<Build, "named">): Refer {
  const queue = (reference: string | undefined): string | null =>
    reference === undefined ? null : build.named("queues", reference).arn;
  return {
    connection: (reference) => (reference === undefined ? null : build.named("connections", reference).name),
    queues: ({ eventQueue, deadLetterQueue }) => ({
      eventQueueArn: queue(eventQueue),
      deadLetterQueueArn: queue(deadLetterQueue),
    }),
  };
}

const lake =
  ({ connection }: Refer) =>
  (one: Targets["hudi"][number]): LakeTarget => ({ ...one, connection: connection(one.connection) });

/** Targets as they are compared. */
export function crawlerTargets(build: Pick<Build, "named">, targets: Targets): CrawlerTargetProps {
  const to = refer(build);
  const named = (reference: string): string => build.named("connections", reference).name;
  return ordered({
    s3: targets.s3.map(({ path, exclusions, connection, sampleSize, ...queues }) => ({
      path,
      exclusions,
      connection: to.connection(connection),
      sampleSize: sampleSize ?? null,
      ...to.queues(queues),
    })),
    jdbc: targets.jdbc.map((one) => ({ ...one, connection: named(one.connection) })),
    mongodb: targets.mongodb.map((one) => ({ ...one, connection: named(one.connection) })),
    dynamodb: targets.dynamodb.map(({ table, scanAll, scanRate }) => ({
      table: build.named("tables", table).name,
      scanAll,
      scanRate: scanRate ?? null,
    })),
    catalog: targets.catalog.map(({ database, tables, connection, ...queues }) => ({
      database: build.named("databases", database).name,
      tables,
      connection: to.connection(connection),
      ...to.queues(queues),
    })),
    delta: targets.delta.map((one) => ({ ...one, connection: to.connection(one.connection) })),
    iceberg: targets.iceberg.map(lake(to)),
    hudi: targets.hudi.map(lake(to)),
  });
}

/** A crawler. */
export const declareCrawler = (build: Build, id: string, one: CrawlerConfig): Desired =>
  resource<CrawlerProps>(
    { kind: "glue.crawler", id, name: build.named("crawlers", id).name },
    {
      description: one.description,
      roleArn: build.named("roles", one.role).arn,
      database: one.database === undefined ? null : build.named("databases", one.database).name,
      targets: crawlerTargets(build, one.targets),
      schedule: one.schedule ?? null,
      classifiers: one.classifiers.map((name) => build.named("classifiers", name).name),
      tablePrefix: one.tablePrefix,
      updateBehavior: one.schemaChangePolicy.update,
      deleteBehavior: one.schemaChangePolicy.delete,
      recrawl: one.recrawl,
      lineage: one.lineage,
      lakeFormation: { useCredentials: one.lakeFormation.useCredentials, account: one.lakeFormation.account ?? null },
      configuration: one.configuration === undefined ? null : JSON.stringify(one.configuration),
      securityConfiguration:
        one.securityConfiguration === undefined
          ? null
          : build.named("securityConfigurations", one.securityConfiguration).name,
    },
    build.tags({ ...one.tags, ...securedTag(build, one.securityConfiguration) }),
  );
