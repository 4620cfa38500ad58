import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists, AwsError, invalidInput, notFound } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { Wire } from "../wire.ts";
import { checkRole } from "./job-rules.ts";
import { taggedOnly } from "./jobs.ts";
import { operation, type Operations } from "./operation.ts";
import { type CrawlerDef, glueArn, type GlueState, nowOf, putTags } from "./state.ts";
import { checkSchedule } from "./trigger-rules.ts";

type Settings = Omit<Wire<Sdk.UpdateCrawlerRequest>, "Name">;

/** AWS answers with the role's name and path, whatever it was given. */
const roleName = (role: string): string => role.replace(/^arn:[^:]+:iam::\d{12}:role\//, "");

/** What the settings say that AWS takes: a text that is empty takes away, what is not there stays. */
function defined(old: Partial<CrawlerDef>, { Schedule, Role, ...settings }: Settings): Partial<CrawlerDef> {
  const texts = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, value === "" ? undefined : value]),
  );
  return {
    ...old,
    ...texts,
    ...(Role === undefined ? {} : { Role: roleName(Role) }),
    ...(Schedule === undefined
      ? {}
      : { Schedule: Schedule === "" ? undefined : { ScheduleExpression: Schedule, State: "SCHEDULED" as const } }),
  };
}

/** Crawlers: kept and shown. A crawl says at once that there is nobody here who crawls. */
export function crawlerOperations(state: GlueState): Operations {
  const known = (name = ""): CrawlerDef => {
    const found = state.crawlers.get(name);
    if (!found) throw notFound(`Crawler with name ${name} does not exist`);
    return found;
  };

  const check = (settings: Settings): void => {
    if (settings.Role !== undefined) checkRole(state, settings.Role);
    if (settings.Schedule) checkSchedule(settings.Schedule);
    const targets = Object.values(settings.Targets ?? {}).flat();
    if (settings.Targets && targets.length === 0) throw invalidInput("At least one target must be specified.");
    for (const { Path = "" } of settings.Targets?.S3Targets ?? [])
      if (!Path.startsWith("s3://")) throw invalidInput(`The path ${Path} is not a valid S3 path.`);
    if (settings.Configuration) checkConfiguration(settings.Configuration);
  };

  const create = ({ Name = "", Tags, ...settings }: Wire<Sdk.CreateCrawlerRequest>): object => {
    if (state.crawlers.has(Name)) throw alreadyExists(`Crawler with name ${Name} already exists`);
    check(settings);
    return state.store.transact(() => {
      const now = nowOf(state);
      const fresh = { State: "READY", CrawlElapsedTime: 0, CreationTime: now, LastUpdated: now, Version: 1 } as const;
      state.crawlers.set(Name, { ...defaults, ...defined({}, settings), ...fresh, Name });
      putTags(state, `crawler/${Name}`, Tags);
      return {};
    });
  };

  const names = (tags: Record<string, string> | undefined): string[] =>
    taggedOnly(
      state,
      "crawler",
      [...state.crawlers.values()].map((one) => one.Name),
      tags,
    );

  return {
    CreateCrawler: operation(create),
    UpdateCrawler: operation(({ Name, ...settings }: Wire<Sdk.UpdateCrawlerRequest>) => {
      const old = known(Name);
      check(settings);
      const changes = { Version: (old.Version ?? 1) + 1, LastUpdated: nowOf(state), Name: old.Name };
      state.crawlers.set(old.Name, { ...defined(old, settings), ...changes });
      return {};
    }),
    DeleteCrawler: operation(({ Name }: Wire<Sdk.DeleteCrawlerRequest>) => {
      const crawler = known(Name);
      return state.store.transact(() => {
        state.crawlers.delete(crawler.Name);
        state.tags.delete(glueArn(state, `crawler/${crawler.Name}`));
        return {};
      });
    }),
    StartCrawler: operation(({ Name }: Wire<Sdk.StartCrawlerRequest>) => {
      crawl(state, known(Name));
      return {};
    }),
    StopCrawler: operation(({ Name }: Wire<Sdk.StopCrawlerRequest>) => {
      throw new AwsError("CrawlerNotRunningException", `Crawler with name ${known(Name).Name} isn't running`);
    }),
    GetCrawler: operation(({ Name }: Wire<Sdk.GetCrawlerRequest>) => ({ Crawler: known(Name) })),
    GetCrawlers: operation((input: Wire<Sdk.GetCrawlersRequest>) => {
      const page = pageOf(state.crawlers.values(), (one) => one.Name, input, 100);
      return { Crawlers: page.items, NextToken: page.nextToken };
    }),
    BatchGetCrawlers: operation(({ CrawlerNames = [] }: Wire<Sdk.BatchGetCrawlersRequest>) => ({
      Crawlers: CrawlerNames.flatMap((name) => state.crawlers.get(name) ?? []),
      CrawlersNotFound: CrawlerNames.filter((name) => !state.crawlers.has(name)),
    })),
    ListCrawlers: operation((input: Wire<Sdk.ListCrawlersRequest>) => {
      const page = pageOf(names(input.Tags), (name) => name, input, 100);
      return { CrawlerNames: page.items, NextToken: page.nextToken };
    }),
  };
}

const defaults = {
  Classifiers: [],
  RecrawlPolicy: { RecrawlBehavior: "CRAWL_EVERYTHING" },
  SchemaChangePolicy: { UpdateBehavior: "UPDATE_IN_DATABASE", DeleteBehavior: "DEPRECATE_IN_DATABASE" },
  LineageConfiguration: { CrawlerLineageSettings: "DISABLE" },
} satisfies Partial<CrawlerDef>;

function checkConfiguration(text: string): void {
  try {
    if (typeof (JSON.parse(text) as { Version?: unknown }).Version === "number") return;
  } catch {
    // falls through to the refusal below
  }
  throw invalidInput("The crawler configuration is invalid.");
}

/** What a crawl here comes to; emulators that say SUCCEEDED and did nothing cost people days. */
export const NO_CRAWLS = "The embedded AWS does not crawl: no data was looked at, and no table was made.";

/** A crawl that has failed by the time it is asked for. */
export function crawl(state: GlueState, crawler: CrawlerDef): void {
  state.crawlers.set(crawler.Name, {
    ...crawler,
    LastCrawl: {
      Status: "FAILED",
      ErrorMessage: NO_CRAWLS,
      LogGroup: "/aws-glue/crawlers",
      LogStream: crawler.Name,
      StartTime: nowOf(state),
    },
  });
}
