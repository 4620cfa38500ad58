import * as fc from "fast-check";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address } from "../../../src/engine/types.ts";
import { crawler } from "../../../src/services/glue/crawler.ts";
import type { CrawlerProps, CrawlerTargetProps } from "../../../src/services/glue/crawler-props.ts";
import type { KindCase } from "../case.ts";
import { at, foreignTag, makeRole, printable, ROLE } from "./glue.ts";
import { glueClient } from "../../../src/services/glue/client.ts";
import { iamArn } from "../../../src/services/iam/arn.ts";

const NO_TARGETS: CrawlerTargetProps = {
  s3: [],
  jdbc: [],
  mongodb: [],
  dynamodb: [],
  catalog: [],
  delta: [],
  iceberg: [],
  hudi: [],
};

const s3 = (path: string): CrawlerTargetProps["s3"][number] => ({
  path,
  exclusions: [],
  connection: null,
  sampleSize: null,
  eventQueueArn: null,
  deadLetterQueueArn: null,
});

const base = (ctx: AwsContext): CrawlerProps => ({
  description: "before",
  roleArn: iamArn.role(ctx, ROLE),
  database: "kinds_database",
  targets: { ...NO_TARGETS, s3: [s3("s3://kinds-bucket/a/")] },
  schedule: "cron(15 12 * * ? *)",
  classifiers: [],
  tablePrefix: "t_",
  updateBehavior: "UPDATE_IN_DATABASE",
  deleteBehavior: "DEPRECATE_IN_DATABASE",
  recrawl: "CRAWL_EVERYTHING",
  lineage: false,
  lakeFormation: { useCredentials: false, account: null },
  configuration: '{"Version":1,"Grouping":{"TableLevelConfiguration":2}}',
  securityConfiguration: null,
});

const targets: fc.Arbitrary<CrawlerTargetProps> = fc.constantFrom<CrawlerTargetProps>(
  {
    ...NO_TARGETS,
    s3: [s3("s3://kinds-bucket/a/"), { ...s3("s3://kinds-bucket/b/"), sampleSize: 5, exclusions: ["x*"] }],
  },
  { ...NO_TARGETS, dynamodb: [{ table: "kinds_table", scanAll: false, scanRate: 0.5 }] },
  {
    ...NO_TARGETS,
    jdbc: [{ connection: "kinds_connection", path: "db/%", exclusions: ["a"], additionalMetadata: ["COMMENTS"] }],
    mongodb: [{ connection: "kinds_connection", path: "db/c", scanAll: true }],
  },
  {
    ...NO_TARGETS,
    catalog: [
      {
        database: "kinds_database",
        tables: ["a", "b"],
        connection: null,
        eventQueueArn: null,
        deadLetterQueueArn: null,
      },
    ],
  },
  {
    ...NO_TARGETS,
    delta: [{ tables: ["s3://kinds-bucket/d/"], connection: null, writeManifest: false, createNativeTable: true }],
    iceberg: [{ paths: ["s3://kinds-bucket/i/"], connection: null, exclusions: [], maxDepth: 3 }],
    hudi: [{ paths: ["s3://kinds-bucket/h/"], connection: null, exclusions: ["y"], maxDepth: 10 }],
  },
);

const outside =
  (change: object) =>
  async (ctx: AwsContext, { name }: Address): Promise<unknown> =>
    (await ctx.clients.of(glueClient)).updateCrawler({ Name: name, ...change });

const UPDATE = ["glue:UpdateCrawler"] as const;

export const crawlerCase: KindCase<CrawlerProps> = {
  kind: crawler,
  address: at("glue.crawler"),
  prepare: async (ctx) => void (await makeRole(ctx)),
  props: (ctx) =>
    fc
      .record({
        description: printable,
        roleArn: fc.constant(iamArn.role(ctx, ROLE)),
        database: fc.constantFrom("kinds_database", "kinds_other"),
        targets,
        schedule: fc.constantFrom(null, "cron(0 6 * * ? *)"),
        classifiers: fc.constantFrom([], ["kinds_classifier"]),
        tablePrefix: fc.constantFrom("", "p_"),
        updateBehavior: fc.constantFrom("LOG", "UPDATE_IN_DATABASE"),
        deleteBehavior: fc.constantFrom("LOG", "DELETE_FROM_DATABASE"),
        recrawl: fc.constantFrom("CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY"),
        lineage: fc.boolean(),
        lakeFormation: fc.constantFrom(
          { useCredentials: false, account: null },
          { useCredentials: true, account: "123456789012" },
        ),
        configuration: fc.constantFrom(null, '{"Version":1.0}'),
        securityConfiguration: fc.constantFrom(null, "kinds_security"),
      })
      // Of new folders alone nothing is changed: AWS takes it with LOG alone.
      .map((props) =>
        props.recrawl === "CRAWL_EVERYTHING" ? props : { ...props, updateBehavior: "LOG", deleteBehavior: "LOG" },
      ),
  base,
  fixed: [],
  vary: {
    description: (props) => ({ ...props, description: "" }),
    roleArn: (props) => ({ ...props, roleArn: `${props.roleArn}_2` }),
    database: (props) => ({ ...props, database: "kinds_other" }),
    targets: (props) => ({ ...props, targets: { ...NO_TARGETS, s3: [s3("s3://kinds-bucket/b/")] } }),
    schedule: (props) => ({ ...props, schedule: null }),
    classifiers: (props) => ({ ...props, classifiers: ["kinds_classifier"] }),
    tablePrefix: (props) => ({ ...props, tablePrefix: "" }),
    updateBehavior: (props) => ({ ...props, updateBehavior: "LOG" }),
    deleteBehavior: (props) => ({ ...props, deleteBehavior: "LOG" }),
    recrawl: (props) => ({ ...props, recrawl: "CRAWL_NEW_FOLDERS_ONLY" }),
    lineage: (props) => ({ ...props, lineage: true }),
    lakeFormation: (props) => ({ ...props, lakeFormation: { useCredentials: true, account: null } }),
    configuration: (props) => ({ ...props, configuration: null }),
    securityConfiguration: (props) => ({ ...props, securityConfiguration: "kinds_security" }),
  },
  calls: Object.fromEntries(
    Object.keys(base({ partition: "aws", account: "1" } as AwsContext)).map((key) => [key, UPDATE]),
  ),
  outside: {
    description: outside({ Description: "theirs" }),
    roleArn: outside({ Role: `${ROLE}_2` }),
    database: outside({ DatabaseName: "theirs" }),
    targets: outside({ Targets: { S3Targets: [{ Path: "s3://theirs/" }] } }),
    schedule: outside({ Schedule: "cron(0 1 * * ? *)" }),
    classifiers: outside({ Classifiers: ["theirs"] }),
    tablePrefix: outside({ TablePrefix: "theirs_" }),
    updateBehavior: outside({ SchemaChangePolicy: { UpdateBehavior: "LOG", DeleteBehavior: "DEPRECATE_IN_DATABASE" } }),
    deleteBehavior: outside({ SchemaChangePolicy: { UpdateBehavior: "UPDATE_IN_DATABASE", DeleteBehavior: "LOG" } }),
    recrawl: outside({ RecrawlPolicy: { RecrawlBehavior: "CRAWL_NEW_FOLDERS_ONLY" } }),
    lineage: outside({ LineageConfiguration: { CrawlerLineageSettings: "ENABLE" } }),
    lakeFormation: outside({ LakeFormationConfiguration: { UseLakeFormationCredentials: true } }),
    configuration: outside({ Configuration: '{"Version":1.0}' }),
    securityConfiguration: outside({ CrawlerSecurityConfiguration: "theirs" }),
  },
  foreignTag: foreignTag("crawler"),
};
