import { type Address, addressText, type Finding } from "../../engine/types.ts";
import type { CrawlerProps } from "./crawler-props.ts";
import { namedBy } from "./crawler-targets.ts";
import { cronProblem } from "./cron.ts";

type Draft = Omit<Finding, "at">;

const form = (text: string, fix: string): Draft => ({ code: "crawler_form", level: "error", text, fix });

function lintTargets({ targets, database }: CrawlerProps): Draft[] {
  const kinds = Object.values(targets).filter((list) => list.length > 0);
  const { paths } = namedBy(targets);
  const others = kinds.length > (targets.catalog.length > 0 ? 1 : 0);
  return [
    ...(kinds.length === 0 ? [form("looks at nothing", "Add a target: s3, jdbc, dynamodb, catalog, …")] : []),
    ...paths
      .filter((path) => !/^s3:\/\/[^/]+/.test(path))
      .map((path) => form(`${path} is no place in S3`, "A path is s3://<bucket>/<folder>/.")),
    // AWS: "Catalog targets cannot be mixed with other target types."
    ...(targets.catalog.length > 0 && others
      ? [form("AWS takes tables of the catalog as targets only by themselves", "Make two crawlers.")]
      : []),
    ...(database === null && others ? [form("writes into no database", "Add database.")] : []),
  ];
}

/** What goes together. Source: Glue, "Crawler properties" and "Accelerating crawls using Amazon S3 event notifications". */
function lintPolicies({ targets, recrawl, updateBehavior, deleteBehavior }: CrawlerProps): Draft[] {
  const drafts: Draft[] = [];
  if (targets.catalog.length > 0 && deleteBehavior === "DEPRECATE_IN_DATABASE")
    drafts.push(
      form(
        "a crawler of catalog tables marks none as deprecated",
        "Set schemaChangePolicy.delete to LOG or DELETE_FROM_DATABASE.",
      ),
    );
  if (recrawl === "CRAWL_NEW_FOLDERS_ONLY" && (updateBehavior !== "LOG" || deleteBehavior !== "LOG"))
    drafts.push(
      form(
        "a crawler of new folders alone changes and deletes nothing that is there",
        "Set schemaChangePolicy.update and .delete to LOG.",
      ),
    );
  const silent = [...targets.s3, ...targets.catalog].filter(({ eventQueueArn }) => eventQueueArn === null);
  if (recrawl === "CRAWL_EVENT_MODE" && silent.length > 0)
    drafts.push(form("crawls what events tell, and a target has no queue", "Add eventQueue to each target."));
  return drafts;
}

function lintConfiguration({ configuration }: CrawlerProps): Draft[] {
  if (configuration === null) return [];
  try {
    const value: unknown = JSON.parse(configuration);
    if (typeof value === "object" && value !== null && "Version" in value) return [];
  } catch {
    return [form("its configuration is no JSON", "Write it as a map.")];
  }
  return [form("its configuration has no Version", "Add `Version: 1.0`: AWS asks for it.")];
}

/** What can be known to be wrong with a crawler before anything is sent. */
export function lintCrawler(address: Address, props: CrawlerProps): readonly Finding[] {
  const schedule = props.schedule === null ? undefined : cronProblem(props.schedule);
  return [
    ...lintTargets(props),
    ...lintPolicies(props),
    ...lintConfiguration(props),
    ...(schedule ? [form(schedule, "Correct the schedule.")] : []),
  ].map((draft) => ({ at: addressText(address), ...draft }));
}
