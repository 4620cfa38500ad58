import { partitionOf, type Scope } from "../aws/arn.ts";
import type { NamedSection, TextNames } from "../config/index.ts";
import { triggerId } from "../services/glue/workflow-triggers.ts";
import { sections } from "../services/index.ts";
import { namedEntry } from "../services/names.ts";
import { type Placed, SINGLES, type Single, stepsOf } from "./complete.ts";
import { UNDELIVERED_ID } from "./ids.ts";
import { SINGLE_PLACES } from "./maps.ts";

/** Where an environment lives, once that is known. */
export type Place = Pick<Scope, "account" | "region" | "partition">;

type Read = Parameters<TextNames["lookup"]>[4];
type Path = readonly string[];

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What the config has at a path, as it is written. */
const at = (config: unknown, ...path: Path): unknown =>
  path.reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), config);
const keysAt = (config: unknown, ...path: Path): string[] => {
  const map = at(config, ...path);
  return isMap(map) ? Object.keys(map) : [];
};

const isMade = (config: unknown, single: Single): boolean =>
  (at(config, "pipeline") ?? "fhir") === "fhir" || at(config, single) !== undefined;

/** Keys of a workflow's triggers: its own, or those that follow from the jobs' layers. */
function triggersAt(config: unknown, ...workflow: Path): string[] {
  const own = at(config, ...workflow, "triggers") ?? undefined;
  if (own !== undefined) return keysAt(config, ...workflow, "triggers");
  const jobs = keysAt(config, "jobs").map((id): [string, Placed] => [
    id,
    { layer: at(config, "jobs", id, "layer"), measure: at(config, "jobs", id, "measure") },
  ]);
  return stepsOf(Object.fromEntries(jobs), at(config, ...workflow, "stagger") === true).map(([key]) => key);
}

const triggers = (config: unknown): [string, Path][] => [
  ...(isMade(config, "workflow") ? triggersAt(config, "workflow") : []).map((key): [string, Path] => [
    key,
    ["workflow", "triggers", key],
  ]),
  ...keysAt(config, "workflows").flatMap((id) =>
    triggersAt(config, "workflows", id).map((key): [string, Path] => [
      triggerId(id, key),
      ["workflows", id, "triggers", key],
    ]),
  ),
];

/** The pipeline's own things among the further ones of their section; what the config writes there itself comes first. */
function places(section: string, config: unknown): ReadonlyMap<string, Path> {
  const own = SINGLES.filter((key) => SINGLE_PLACES[key][0] === section && isMade(config, key)).map(
    (key): [string, Path] => [SINGLE_PLACES[key][1], [key]],
  );
  const follows: [string, Path][] =
    section === "queues" && isMade(config, "function") ? [[UNDELIVERED_ID, ["queues", UNDELIVERED_ID]]] : [];
  const written = keysAt(config, section).map((id): [string, Path] => [id, [section, id]]);
  return new Map([...follows, ...own, ...(section === "triggers" ? triggers(config) : written)]);
}

const attributesOf = (section: string): readonly string[] => [
  "name",
  "arn",
  ...(sections[section]?.named?.url ? ["url"] : []),
];

/** Every section whose entries have names, and the single ones by their own keys. */
const NAMED: Readonly<Record<string, NamedSection>> = Object.fromEntries([
  ...Object.entries(sections)
    .filter(([, { named }]) => named)
    .map(([key]): [string, NamedSection] => [
      key,
      { attributes: attributesOf(key), places: (config) => places(key, config) },
    ]),
  ...SINGLES.map((key): [string, NamedSection] => {
    const [section, id] = SINGLE_PLACES[key];
    const own = (config: unknown): ReadonlyMap<string, Path> => new Map(isMade(config, key) ? [[id, [key]]] : []);
    return [key, { attributes: attributesOf(section), places: own, only: id }];
  }),
]);

const isSingle = (key: string): key is Single => (SINGLES as readonly string[]).includes(key);

/** The words of an entry that names and ARNs follow from, where they are texts. */
const naming = (entry: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ["name", "existing", "path"].flatMap((key): [string, string][] => {
      const value = entry[key];
      return typeof value === "string" ? [[key, value]] : [];
    }),
  );

/** Stand in for what the config does not pin, until it is known: as long as real ones are. */
const ASSUMED = { account: "123456789012", region: "us-east-1" };

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
    sections: NAMED,
    lookup: (key, id, attribute, entry, read) => {
      const section = sections[isSingle(key) ? SINGLE_PLACES[key][0] : key];
      if (!section) return undefined;
      const scope: Scope = {
        env,
        project: project(read) ?? "",
        account: account(read),
        region: region(read),
        partition: partition(read),
      };
      const { name, arn } = namedEntry(section, scope, id, naming(entry));
      if (attribute === "url") return section.named?.url?.(scope, name);
      return attribute === "arn" ? arn : name;
    },
  };
}

/** True when a config's texts say something else where the environment lives elsewhere. */
export const dependsOnPlace = (used: ReadonlySet<string>): boolean =>
  [...used].some((one) => one !== "env" && one !== "project");
