import type { Crawler, CreateCrawlerRequest } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import type { Call, Kind } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, orNull, sameJson, taggedAddresses, unless } from "../kit.ts";
import { lintCrawler } from "./crawler-lint.ts";
import type { CrawlerProps } from "./crawler-props.ts";
import { namedBy, targetsOf, targetsTo } from "./crawler-targets.ts";
import { ABSENT, readTagged, retagGlue, roleArn } from "./tags.ts";
import { glueClient } from "./client.ts";
import { glueArn } from "./arn.ts";
import { dynamodbArn } from "../dynamodb/arn.ts";

export const crawlerCoverage = {
  Name: "identity",
  Role: "managed",
  Targets: "managed",
  DatabaseName: "managed",
  Description: "managed",
  Classifiers: "managed",
  RecrawlPolicy: "managed",
  SchemaChangePolicy: "managed",
  LineageConfiguration: "managed",
  State: "server",
  TablePrefix: "managed",
  Schedule: "managed",
  CrawlElapsedTime: "server",
  CreationTime: "server",
  LastUpdated: "server",
  LastCrawl: "server",
  Version: "server",
  Configuration: "managed",
  CrawlerSecurityConfiguration: "managed",
  LakeFormationConfiguration: "managed",
  CatalogId: ignored("a catalog of another account bears no tags of ours: the mark of ownership could not be set"),
} as const satisfies Coverage<Crawler>;

const propsOf = (ctx: AwsContext, crawler: Crawler): CrawlerProps => ({
  description: crawler.Description ?? "",
  roleArn: roleArn(ctx, crawler.Role ?? ""),
  database: orNull(crawler.DatabaseName),
  targets: targetsOf(crawler.Targets ?? {}),
  schedule: orNull(crawler.Schedule?.ScheduleExpression),
  classifiers: crawler.Classifiers ?? [],
  tablePrefix: crawler.TablePrefix ?? "",
  updateBehavior: crawler.SchemaChangePolicy?.UpdateBehavior ?? "UPDATE_IN_DATABASE",
  deleteBehavior: crawler.SchemaChangePolicy?.DeleteBehavior ?? "DEPRECATE_IN_DATABASE",
  recrawl: crawler.RecrawlPolicy?.RecrawlBehavior ?? "CRAWL_EVERYTHING",
  lineage: crawler.LineageConfiguration?.CrawlerLineageSettings === "ENABLE",
  lakeFormation: {
    useCredentials: crawler.LakeFormationConfiguration?.UseLakeFormationCredentials ?? false,
    account: orNull(crawler.LakeFormationConfiguration?.AccountId),
  },
  configuration: orNull(crawler.Configuration),
  securityConfiguration: orNull(crawler.CrawlerSecurityConfiguration),
});

const parsed = (text: unknown): unknown => {
  if (typeof text !== "string") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** What AWS writes into a crawler of catalog tables by itself. Source: Terraform's documentation of `catalog_target`. */
const OF_CATALOG = { Version: 1, Grouping: { TableGroupingPolicy: "CombineCompatibleSchemas" } };

/** By meaning; a config that says nothing is content with what AWS writes itself. */
const sameConfiguration = (live: unknown, desired: unknown): boolean =>
  sameJson(parsed(live), parsed(desired)) || (desired === null && sameJson(parsed(live), OF_CATALOG));

/** The whole definition: empty texts take away what is there, what is not named stays. */
const definition = (name: string, props: CrawlerProps): Omit<CreateCrawlerRequest, "Tags"> => ({
  Name: name,
  Role: props.roleArn,
  Targets: targetsTo(props.targets),
  DatabaseName: props.database ?? undefined,
  Description: props.description,
  Schedule: props.schedule ?? "",
  Classifiers: [...props.classifiers],
  TablePrefix: props.tablePrefix,
  // Texts of the config's own lists; the SDK's types are open ones.
  SchemaChangePolicy: {
    UpdateBehavior: props.updateBehavior as "LOG",
    DeleteBehavior: props.deleteBehavior as "LOG",
  },
  RecrawlPolicy: { RecrawlBehavior: props.recrawl as "CRAWL_EVERYTHING" },
  LineageConfiguration: { CrawlerLineageSettings: props.lineage ? "ENABLE" : "DISABLE" },
  LakeFormationConfiguration: {
    UseLakeFormationCredentials: props.lakeFormation.useCredentials,
    ...(props.lakeFormation.account === null ? {} : { AccountId: props.lakeFormation.account }),
  },
  Configuration: props.configuration ?? "",
  CrawlerSecurityConfiguration: props.securityConfiguration ?? "",
});

/** A creation names only what there is: AWS takes an empty schedule for one that is wrong. */
const fresh = (name: string, props: CrawlerProps): Omit<CreateCrawlerRequest, "Tags"> => {
  const { Schedule, Configuration, CrawlerSecurityConfiguration, LakeFormationConfiguration, ...rest } = definition(
    name,
    props,
  );
  const { useCredentials, account } = props.lakeFormation;
  return {
    ...rest,
    ...(Schedule ? { Schedule } : {}),
    ...(Configuration ? { Configuration } : {}),
    ...(CrawlerSecurityConfiguration ? { CrawlerSecurityConfiguration } : {}),
    ...(useCredentials || account !== null ? { LakeFormationConfiguration } : {}),
  };
};

const stateOf = async (ctx: AwsContext, name: string): Promise<string | undefined> =>
  (await unless(ABSENT, (await ctx.clients.of(glueClient)).getCrawler({ Name: name })))?.Crawler?.State;

/** AWS stops a crawl within minutes. Source of the budget: half an hour is what a crawl may take to give up its tables. */
const stop = (ctx: AwsContext, name: string): Call =>
  forget(
    "glue:StopCrawler",
    [...ABSENT, "CrawlerNotRunning", "CrawlerStopping"],
    async () => (await ctx.clients.of(glueClient)).stopCrawler({ Name: name }),
    {
      readyWithinMs: 30 * 60_000,
      ready: async () => {
        const state = await stateOf(ctx, name);
        return state === undefined || state === "READY" ? true : `crawler is ${state}`;
      },
    },
  );

/** The bucket and the folder that a path names. */
const bucketsOf = (paths: readonly string[]): string[] => [
  ...new Set(paths.flatMap((path) => [path, path.split("/").slice(0, 3).join("/")])),
];

/** A crawler: it looks at data and writes tables for it into the catalog. */
export const crawler: Kind<CrawlerProps, AwsContext> = {
  name: "glue.crawler",
  fields: { configuration: { equal: sameConfiguration } },
  handles: (ctx, { name }) => [glueArn.of(ctx, "crawler", name), `glue.crawler:${name}`],
  needs: (ctx, _address, props) => {
    const named = namedBy(props.targets);
    return [
      props.roleArn,
      ...[...named.databases, ...(props.database === null ? [] : [props.database])].map(
        (name) => `glue.database:${name}`,
      ),
      ...named.connections.map((name) => `glue.connection:${name}`),
      ...props.classifiers.map((name) => `glue.classifier:${name}`),
      ...(props.securityConfiguration === null ? [] : [`glue.securityConfiguration:${props.securityConfiguration}`]),
      ...bucketsOf(named.paths),
      ...named.queues,
      ...named.tables.map((name) => dynamodbArn.table(ctx, name)),
    ];
  },
  read: (ctx, wanted) =>
    readTagged(
      ctx,
      "crawler",
      wanted,
      async (CrawlerNames) =>
        (await (await ctx.clients.of(glueClient)).batchGetCrawlers({ CrawlerNames })).Crawlers ?? [],
      (found) => found.Name,
      (found) => propsOf(ctx, found),
    ),
  owned: (ctx) => taggedAddresses(ctx, "glue.crawler", "glue", "crawler/"),
  *create(ctx, { address, props, tags }) {
    yield call(
      "glue:CreateCrawler",
      async () =>
        (await ctx.clients.of(glueClient)).createCrawler({ ...fresh(address.name, props), Tags: { ...tags } }),
      { creates: true },
    );
  },
  *update(ctx, { address, props, changed }) {
    if (changed.size === 0) return;
    yield call("glue:UpdateCrawler", async () =>
      (await ctx.clients.of(glueClient)).updateCrawler(definition(address.name, props)),
    );
  },
  // AWS deletes no crawler that runs.
  async *delete(ctx, { name }) {
    if ((await stateOf(ctx, name)) === "RUNNING") yield stop(ctx, name);
    yield forget("glue:DeleteCrawler", ABSENT, async () =>
      (await ctx.clients.of(glueClient)).deleteCrawler({ Name: name }),
    );
  },
  retag: (ctx, { name }, _live, set, remove) => retagGlue(ctx, "crawler", name, set, remove),
  lint: lintCrawler,
  permissions: {
    read: ["glue:BatchGetCrawlers", "glue:GetCrawler", "glue:GetTags"],
    create: ["glue:CreateCrawler", "glue:TagResource", "iam:PassRole"],
    update: ["glue:UpdateCrawler", "glue:TagResource", "glue:UntagResource", "iam:PassRole"],
    delete: ["glue:GetCrawler", "glue:StopCrawler", "glue:DeleteCrawler"],
  },
};
