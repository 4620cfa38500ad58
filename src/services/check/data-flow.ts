import type { TriggerConfig } from "../glue/section.ts";
import { GOLD_READS, isGoldTable, tablesOf, type Written } from "../glue/tables.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";
import { actionsOf, checkWorkflow, waitsFor } from "./workflow.ts";

type Tables = Readonly<Record<string, Written>>;

/** The layer whose tables a layer is made from. */
const BELOW = { bronze: undefined, silver: "bronze", gold: "silver" } as const;

/**
 * Triggers whose order contradicts what the jobs read: a Gold job that starts before the Silver jobs whose tables it
 * reads computes its figures from what the run before left. A graph that is wrong in itself is told of there.
 */
export function checkDataFlow(config: LakehouseConfig, projectDir: string): Problem[] {
  if (checkWorkflow(config).length > 0) return [];
  const tables = tablesOf(config, projectDir);
  const after = surelyAfter(config);
  return Object.entries(config.workflow.triggers).flatMap(([id, trigger]) =>
    actionsOf(trigger).flatMap((job, i): Problem[] => {
      const early = startsBefore(job, tables, after);
      return early.length === 0 ? [] : [problem(["workflow", "triggers", id, "actions", i], job, early, tables)];
    }),
  );
}

const SHOWN = 4;

function problem(path: Problem["path"], job: string, early: readonly string[], tables: Tables): Problem {
  const more = early.length > SHOWN ? ` and ${early.length - SHOWN} more` : "";
  const names = `${early
    .slice(0, SHOWN)
    .map((one) => `\`${one}\``)
    .join(", ")}${more}`;
  const layer = tables[early[0] ?? ""]?.layer ?? "";
  const [writes, them] = early.length === 1 ? ["writes", "it"] : ["write", "them"];
  return {
    path,
    message: `\`${job}\` reads what ${names} ${writes} and does not wait for ${them}: its table would stand on an older ${layer.charAt(0).toUpperCase()}${layer.slice(1)}`,
    suggestion: `Start it by a conditional trigger with \`after: [${early.slice(0, SHOWN).join(", ")}${more ? ", …" : ""}]\`.`,
  };
}

/** Jobs of the workflow that write what this one reads, of which none is over before it starts, or that start after it. */
function startsBefore(job: string, tables: Tables, after: After): readonly string[] {
  const own = tables[job];
  const below = own && BELOW[own.layer];
  if (!below) return [];
  const writers = [...after.keys()].filter((one) => tables[one]?.layer === below);
  const isLate = (one: string): boolean => after.get(one)?.has(job) === true;
  // Several jobs may write one table: one that is over is enough, the others may have their own reasons.
  const missing = (of: readonly string[]): readonly string[] =>
    of.some((one) => after.get(job)?.has(one)) ? of.filter(isLate) : of;
  const reads = own.layer === "gold" ? (isGoldTable(own.table) ? GOLD_READS[own.table] : undefined) : own.table;
  // What a job of one's own reads is not known: it reads something of the layer below.
  if (reads === undefined) return missing(writers);
  return [reads].flat().flatMap((table) => missing(writers.filter((one) => tables[one]?.table === table)));
}

type After = ReadonlyMap<string, ReadonlySet<string>>;

/** For each job of the workflow the jobs that are over whenever it starts. */
function surelyAfter({ workflow }: LakehouseConfig): After {
  const triggers = Object.values(workflow.triggers);
  const found = new Map<string, ReadonlySet<string>>();
  const of = (job: string): ReadonlySet<string> => {
    const known = found.get(job);
    if (known) return known;
    // The graph has no cycle; this guards against one all the same.
    found.set(job, new Set());
    const starts = triggers.filter((trigger) => actionsOf(trigger).includes(job)).map((trigger) => before(trigger, of));
    const all = common(starts);
    found.set(job, all);
    return all;
  };
  for (const trigger of triggers) for (const job of actionsOf(trigger)) of(job);
  return found;
}

/** What is over when a trigger fires: with ANY only what every one of its conditions brings along. */
function before(trigger: TriggerConfig, of: (job: string) => ReadonlySet<string>): ReadonlySet<string> {
  const each = waitsFor(trigger).map((job) => new Set([job, ...of(job)]));
  return trigger.predicate?.logical === "ANY" ? common(each) : new Set(each.flatMap((one) => [...one]));
}

function common(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const [first, ...rest] = sets;
  return new Set([...(first ?? [])].filter((one) => rest.every((other) => other.has(one))));
}
