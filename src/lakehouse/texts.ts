import { arn, bucketNameOf, nameOf, partitionOf, queueUrl, type Scope } from "../aws/arn.ts";
import type { NamedSection, TextNames } from "../config/index.ts";
import { UNDELIVERED_ID } from "./ids.ts";
import { FUNCTION_ID, LEDGER_ID, TOPIC_ID, WORKFLOW_ID } from "./naming.ts";

/** Where an environment lives, once that is known. */
export type Place = Pick<Scope, "account" | "region" | "partition">;

type Entry = Parameters<TextNames["lookup"]>[3];
type Read = Parameters<TextNames["lookup"]>[4];

interface Section extends NamedSection {
  readonly arn: (scope: Scope, name: string, entry: Entry) => string;
  readonly name?: (scope: Scope, id: string) => string;
  readonly url?: (scope: Scope, name: string) => string;
  /** Every name is in lower case. */
  readonly lower?: true;
}

const NAMED = ["name", "arn"] as const;
const WITH_URL = [...NAMED, "url"] as const;

/** A section of further ones, and the pipeline's own thing of that kind, which stands under a key of its own. */
const many = (own: string, at: string, section: string): Pick<NamedSection, "ids" | "at"> => ({
  ids: [own],
  at: (id) => (id === own ? [at] : [section, id]),
});
const single = (only: string, at: string): Pick<NamedSection, "only" | "at"> => ({ only, at: () => [at] });

const workflow = { attributes: NAMED, arn: (s: Scope, name: string) => arn.glue(s, "workflow", name) };
const fn = { attributes: NAMED, arn: (s: Scope, name: string) => arn.function(s, name) };
const table = { attributes: NAMED, arn: (s: Scope, name: string) => arn.table(s, name) };
const topic = { attributes: NAMED, arn: (s: Scope, name: string) => arn.topic(s, name) };

const SECTIONS: Readonly<Record<string, Section>> = {
  buckets: {
    attributes: WITH_URL,
    name: bucketNameOf,
    arn: arn.bucket,
    url: (_scope, name) => `s3://${name}/`,
  },
  databases: { attributes: NAMED, arn: (s, name) => arn.glue(s, "database", name), lower: true },
  jobs: { attributes: NAMED, arn: (s, name) => arn.glue(s, "job", name) },
  roles: {
    attributes: NAMED,
    arn: (s, name, { path }) => arn.role(s, `${typeof path === "string" ? path.slice(1) : ""}${name}`),
  },
  rules: { attributes: NAMED, arn: arn.rule },
  queues: { attributes: WITH_URL, ids: [UNDELIVERED_ID], arn: arn.queue, url: queueUrl },
  triggers: {
    attributes: NAMED,
    at: (id) => ["workflow", "triggers", id],
    arn: (s, name) => arn.glue(s, "trigger", name),
  },
  workflows: { ...workflow, ...many(WORKFLOW_ID, "workflow", "workflows") },
  functions: { ...fn, ...many(FUNCTION_ID, "function", "functions") },
  tables: { ...table, ...many(LEDGER_ID, "ledger", "tables") },
  topics: { ...topic, ...many(TOPIC_ID, "alerts", "topics") },
  workflow: { ...workflow, ...single(WORKFLOW_ID, "workflow") },
  function: { ...fn, ...single(FUNCTION_ID, "function") },
  ledger: { ...table, ...single(LEDGER_ID, "ledger") },
  alerts: { ...topic, ...single(TOPIC_ID, "alerts") },
};

/** Stand in for what the config does not pin, until it is known: as long as real ones are. */
const ASSUMED = { account: "123456789012", region: "us-east-1" };

/** The name in an ARN: what stands behind its type. */
const nameIn = (of: string): string =>
  of
    .split(":")
    .slice(5)
    .join(":")
    .replace(/^(?:function|table|database|job|workflow|trigger|rule)[:/]/, "")
    .replace(/^role\/(?:.*\/)?/, "");

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** What `${…}` stands for in an environment. Before it is known where that lives, what the config pins and `ASSUMED`. */
export function textNames(env: string, place?: Place): TextNames {
  const account = (read: Read): string => {
    const pinned = read(["aws", "account"]);
    return place?.account ?? pinned ?? ASSUMED.account;
  };
  const region = (read: Read): string => {
    const pinned = read(["aws", "region"]);
    return place?.region ?? pinned ?? ASSUMED.region;
  };
  const partition = (read: Read): string => place?.partition ?? partitionOf(region(read));
  const project = (read: Read): string | undefined => read(["project"]);
  return {
    words: { env: () => env, project, account, region, partition },
    sections: SECTIONS,
    lookup: (section, id, attribute, entry, read) => {
      const known = SECTIONS[section];
      if (!known) return undefined;
      const scope: Scope = {
        env,
        project: project(read) ?? "",
        account: account(read),
        region: region(read),
        partition: partition(read),
      };
      const existing = text(entry.existing);
      const whole = existing?.startsWith("arn:") === true ? existing : undefined;
      const chosen = (whole && nameIn(whole)) ?? existing ?? text(entry.name) ?? (known.name ?? nameOf)(scope, id);
      const name = known.lower ? chosen.toLowerCase() : chosen;
      if (attribute === "name") return name;
      return attribute === "url" ? known.url?.(scope, name) : (whole ?? known.arn(scope, name, entry));
    },
  };
}

/** True when a config's texts say something else where the environment lives elsewhere. */
export const dependsOnPlace = (used: ReadonlySet<string>): boolean =>
  [...used].some((one) => one !== "env" && one !== "project");
