import { slipOf } from "../../config/index.ts";
import { sections } from "../../services/index.ts";
import { uploadKey } from "../../services/s3/keys.ts";
import { isOwnScript } from "../expand.ts";
import { before, usedLayers } from "../layers.ts";
import { mapsOf } from "../maps.ts";
import { DERIVED_POLICY } from "../roles.ts";
import type { LakehouseConfig } from "../schema.ts";
import { LAYERS } from "../sections.ts";
import { passedRoles, referencesOf } from "../uses.ts";
import type { Problem } from "./problem.ts";
import { missing, missingByDefault } from "./reference.ts";

/** References between sections that lead nowhere. */
export function checkReferences(config: LakehouseConfig): Problem[] {
  return [
    ...checkLayers(config),
    ...checkAll(config),
    ...(config.made.includes("function") ? checkFunction(config) : []),
    ...checkUploadKeys(config),
    ...checkRoles(config),
  ];
}

/** References that are looked at where their graph is, or that only matter when somebody uses them. */
export const ELSEWHERE: ReadonlySet<string> = new Set(["layers", "workflow", "workflows", "triggers", "scriptsBucket"]);

/** What is neither the id of an entry nor an ARN. */
function checkAll(config: LakehouseConfig): Problem[] {
  const maps = mapsOf(config);
  return referencesOf(config).flatMap(({ section, path, value, byName }): Problem[] => {
    const [top = ""] = path;
    if (ELSEWHERE.has(String(top)) || (top === "function" && !config.made.includes("function"))) return [];
    // What is missing by default is missing in its section.
    const job = top === "jobs" && section === "roles" ? config.jobs[String(path[1])] : undefined;
    if (job && value === "") return [];
    const byLayer = job?.layer !== undefined && value === `glue_${job.layer}`;
    // Which kind an ARN is of, `checkArns` looks at; what has no name in AWS has no ARN either.
    if (value.startsWith("arn:") && (byName || sections[section]?.named)) return [];
    if (byName) return slip(path, section, value, maps[section] ?? {});
    const of = [sections[section]?.one ?? section, value, maps[section] ?? {}, section] as const;
    return byLayer ? missingByDefault(path.slice(0, 2), ...of, path) : missing(path, ...of);
  });
}

/** A name that is nearly an id, of a section where what is not ours could have an id of its own. */
const slip = (
  path: Problem["path"],
  key: string,
  value: string,
  entries: Readonly<Record<string, unknown>>,
): Problem[] =>
  sections[key]?.mayExist && slipOf(value, Object.keys(entries)) !== undefined
    ? missing(path, sections[key].one, value, entries, key).map((problem) => ({
        ...problem,
        suggestion: `${problem.suggestion} One that is not ours gets an id in \`${key}\`, with \`existing\`.`,
      }))
    : [];

/** Buckets and databases of the layers that jobs work for, and of the layer below; the bucket of their scripts. */
function checkLayers(config: LakehouseConfig): Problem[] {
  const used = usedLayers(config);
  const needed = LAYERS.filter((layer) => used.includes(layer) || used.some((one) => before(one).includes(layer)));
  const layers = needed.flatMap((layer) => {
    const { bucket, database } = config.layers[layer];
    const lies = (word: "bucket" | "database", id: string, section: "buckets" | "databases"): Problem[] =>
      id === layer
        ? missingByDefault(userOf(config, layer), word, id, config[section], section, ["layers", layer])
        : missing(["layers", layer, word], word, id, config[section], section);
    return [...lies("bucket", bucket, "buckets"), ...lies("database", database, "databases")];
  });
  const own = Object.values(config.jobs).some((job) => job.layer !== undefined || isOwnScript(job.script));
  const { buckets, scriptsBucket } = config;
  const scripts = (): Problem[] =>
    scriptsBucket === "scripts"
      ? missingByDefault(anyJob(config), "bucket", scriptsBucket, buckets, "buckets", ["scriptsBucket"])
      : missing(["scriptsBucket"], "bucket", scriptsBucket, buckets, "buckets");
  return [
    ...layers,
    ...checkPrefixes(config, needed),
    ...(own ? scripts().map(sayWhich(config)) : []),
    ...checkJobRoles(config),
  ];
}

/** Jobs that have neither a layer nor a role: they may have all that they are in common, and then it is one mistake. */
function checkJobRoles({ jobs }: LakehouseConfig): Problem[] {
  const [id, ...more] = Object.keys(jobs).filter((one) => jobs[one]?.role === "");
  if (id === undefined) return [];
  const others = more.length > 0 ? ` (so do ${more.map((one) => `\`${one}\``).join(", ")})` : "";
  return [
    {
      path: ["jobs", id],
      because: [["jobs", id, "layer"]],
      message: `a job without \`layer\` needs \`role\`${others}`,
      suggestion: "Name one of `roles`, or the ARN of a role that is not ours.",
    },
  ];
}

const anyJob = ({ jobs }: LakehouseConfig): Problem["seenAt"] => {
  const [first] = Object.keys(jobs);
  return first === undefined ? undefined : ["jobs", first];
};

/** Who needs a layer: the first job that works for it, or for the one above. */
function userOf({ jobs }: LakehouseConfig, layer: (typeof LAYERS)[number]): Problem["seenAt"] {
  const uses = Object.keys(jobs).filter((id) => {
    const own = jobs[id]?.layer;
    return own !== undefined && (own === layer || before(own).includes(layer));
  });
  return uses[0] === undefined ? undefined : ["jobs", uses[0], "layer"];
}

/** Of several buckets none is the scripts' by itself: the key that says which one is. */
const sayWhich =
  ({ buckets, scriptsBucket }: LakehouseConfig) =>
  (problem: Problem): Problem => {
    const [first] = Object.keys(buckets);
    if (scriptsBucket !== "scripts" || first === undefined || problem.suggestion?.startsWith("Did")) return problem;
    return { ...problem, suggestion: `Say which one scripts lie in: \`scriptsBucket: ${first}\`.` };
  };

/** Layers that share a bucket keep apart by their prefixes. */
function checkPrefixes({ layers }: LakehouseConfig, used: readonly (typeof LAYERS)[number][]): Problem[] {
  return used.flatMap((layer, i) =>
    used
      .slice(0, i)
      .filter((other) => {
        const [a, b] = [layers[layer], layers[other]];
        return a.bucket === b.bucket && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix));
      })
      .map((other) => ({
        path: ["layers", layer, "prefix"],
        message: `lies in bucket \`${layers[layer].bucket}\` inside of ${other} (\`${layers[other].prefix}\`), or around it`,
        suggestion: `Give each its own, such as ${layer}/ and ${other}/.`,
      })),
  );
}

function checkFunction(config: LakehouseConfig): Problem[] {
  const { function: fn } = config;
  return [
    ...checkLoop(config),
    ...checkWindow(config),
    ...(fn.s3ObjectVersion !== undefined && (fn.s3Bucket === undefined || fn.s3Key === undefined)
      ? [
          {
            path: ["function", "s3ObjectVersion"],
            message: "needs s3Bucket and s3Key, the object that it is a version of",
            suggestion: "Without s3Key, apply uploads `source` and takes what it has uploaded.",
          },
        ]
      : []),
    ...(fn.s3Key !== undefined && fn.s3Bucket === undefined
      ? [{ path: ["function", "s3Key"], message: "needs s3Bucket, the bucket that holds this key" }]
      : []),
  ];
}

/** What the function needs beside the waiting: to record the file before, and to start the run after. */
const BESIDE_SECONDS = 20;

/** One call of the function waits for the burst to end. */
function checkWindow(config: LakehouseConfig): Problem[] {
  const { batchWindow, timeout } = config.function;
  if (batchWindow === 0 || batchWindow + BESIDE_SECONDS <= timeout) return [];
  return [
    {
      path: ["function", "batchWindow"],
      because: [["function", "timeout"]],
      message: `a call of the function waits that long, and is ended after ${timeout} seconds (timeout)`,
      suggestion: `Choose a timeout of ${batchWindow + BESIDE_SECONDS} or more, or a batchWindow of at most ${Math.max(timeout - BESIDE_SECONDS, 0)}.`,
    },
  ];
}

/** New objects in these buckets are the pipeline's own: a function that starts it from there never comes to rest. */
export function writesInto(config: LakehouseConfig, bucket: string, prefix: string): boolean {
  const written = usedLayers(config)
    .map((layer) => config.layers[layer])
    .filter((place) => place.bucket === bucket);
  const meets = written.some((place) => place.prefix.startsWith(prefix) || prefix.startsWith(place.prefix));
  return meets || (bucket === config.scriptsBucket && prefix === "");
}

function checkLoop(config: LakehouseConfig): Problem[] {
  const { bucket, prefix } = config.function.events;
  if (!writesInto(config, bucket, prefix)) return [];
  return [
    {
      path: ["function", "events", "bucket"],
      message: `the pipeline itself writes into \`${bucket}\`, so each run would start the next for ever`,
      suggestion: "Name the bucket that files arrive in, such as `raw`.",
    },
  ];
}

/** Two uploads under one key would overwrite each other at every apply. */
function checkUploadKeys(config: LakehouseConfig): Problem[] {
  const seen = new Map<string, string>();
  return Object.entries(config.uploads).flatMap(([id, upload]) => {
    const place = `${upload.bucket}/${uploadKey(upload)}`;
    const first = seen.get(place);
    seen.set(place, id);
    return first === undefined
      ? []
      : [{ path: ["uploads", id], message: `has the same bucket and key as upload \`${first}\` (${place})` }];
  });
}

function checkRoles(config: LakehouseConfig): Problem[] {
  const taken = Object.entries(config.roles)
    // In a plain config everything is written out, that policy too.
    .filter(([, role]) => config.pipeline !== "none" && Object.hasOwn(role.policies, DERIVED_POLICY))
    .map(([id]) => ({
      path: ["roles", id, "policies", DERIVED_POLICY],
      message: "is the name of the policy that follows from the config",
      suggestion: "Choose another name; both then apply.",
    }));
  const used = passedRoles(config);
  const idle = Object.keys(config.roles)
    .filter((id) => !used.has(id) && !isTaken(config.roles[id]))
    .map((id) => ({
      path: ["roles", id],
      because: [[]], // any place may name a role
      message: "no job and no function uses this role, so nobody could assume it",
      suggestion: "Remove it, name it in a job's `role`, or say which `services` take it on.",
    }));
  const both = Object.entries(config.roles)
    .filter(([, { trust, services }]) => trust !== undefined && services.length > 0)
    .map(([id]) => ({
      path: ["roles", id, "services"],
      message: "`trust` says who takes the role on: `services` would have no effect",
      suggestion: "Keep one of the two.",
    }));
  return [...taken, ...idle, ...both];
}

/** Somebody outside of the config takes it on, or it is not ours. */
const isTaken = (role: LakehouseConfig["roles"][string] | undefined): boolean =>
  role !== undefined && (role.services.length > 0 || role.trust !== undefined || role.existing !== undefined);

/** What more than one check sees is told once. */
export const distinct = (problems: readonly Problem[]): Problem[] => [
  ...new Map(
    // The first of them stays.
    problems.toReversed().map((problem) => [JSON.stringify([problem.path, problem.message]), problem]),
  ).values(),
];
