import type { TriggerConfig } from "../../services/glue/section.ts";
import { type Registry, registryOf } from "../registry.ts";
import { tablesOf, type Written } from "../tables.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";
import { actionsOf, checkWorkflow, waitsFor } from "./workflow.ts";

type Tables = Readonly<Record<string, Written>>;

/** The layer whose tables a layer is made from. */
const BELOW = { bronze: undefined, silver: "bronze", gold: "silver" } as const;

/** A job, the place of the action that starts it, and the jobs that write what it reads. */
interface Start {
  readonly path: Problem["path"];
  readonly trigger: string;
  readonly job: string;
  readonly layer: string;
  /** Sources of which none is over before it starts, by table. */
  readonly missing: readonly string[];
  /** Sources that start after it. */
  readonly late: readonly string[];
  /** Whether anything that it reads is over before it starts. */
  readonly someBefore: boolean;
}

/**
 * Triggers whose order contradicts what the jobs read: a Gold job that starts before the Silver jobs whose tables it
 * reads computes its figures from what the run before left. A graph that is wrong in itself is told of there.
 */
export const checkDataFlow = (config: LakehouseConfig, projectDir: string): Problem[] =>
  startsOf(config, projectDir).flatMap((start) => {
    const early = start.someBefore ? start.late : [...new Set([...start.missing, ...start.late])];
    if (early.length === 0) return [];
    const more = early.length > SHOWN ? ", …" : "";
    return [
      {
        path: start.path,
        message: textOf(start, early),
        suggestion: `Start it by a conditional trigger with \`after: [${early.slice(0, SHOWN).join(", ")}${more}]\`.`,
      },
    ];
  });

/** Jobs that wait for a part of what they read: allowed, the next run takes up the rest. */
export const earlyStarts = (config: LakehouseConfig, projectDir: string): { trigger: string; text: string }[] =>
  startsOf(config, projectDir)
    .filter(({ someBefore, missing, late }) => someBefore && late.length === 0 && missing.length > 0)
    .map((start) => ({ trigger: start.trigger, text: textOf(start, start.missing) }));

const SHOWN = 4;

function textOf({ job, layer }: Start, early: readonly string[]): string {
  const more = early.length > SHOWN ? ` and ${early.length - SHOWN} more` : "";
  const names = early.slice(0, SHOWN).map((one) => `\`${one}\``);
  const [writes, them] = early.length === 1 ? ["writes", "it"] : ["write", "them"];
  return `\`${job}\` reads what ${names.join(", ")}${more} ${writes} and does not wait for ${them}: its table would stand on an older ${layer.charAt(0).toUpperCase()}${layer.slice(1)}`;
}

function startsOf(config: LakehouseConfig, projectDir: string): Start[] {
  if (checkWorkflow(config).length > 0) return [];
  const tables = tablesOf(config, projectDir);
  const registry = registryOf(config, projectDir);
  const after = surelyAfter(config);
  return Object.entries(config.workflow.triggers).flatMap(([trigger, one]) =>
    actionsOf(one).flatMap((job, i): Start[] => {
      const layer = below(tables[job]);
      if (layer === undefined) return [];
      const isBefore = (source: string): boolean => after.get(job)?.has(source) === true;
      const bySource = sourcesOf(job, layer, { tables, all: [...after.keys()], registry });
      return [
        {
          path: ["workflow", "triggers", trigger, "actions", i],
          trigger,
          job,
          layer,
          // Several jobs may write one table: one that is over is enough, the others may have their own reasons.
          missing: bySource.filter((writers) => !writers.some(isBefore)).flat(),
          late: bySource.flat().filter((source) => after.get(source)?.has(job)),
          someBefore: bySource.flat().some(isBefore),
        },
      ];
    }),
  );
}

const below = (own: Written | undefined): "bronze" | "silver" | undefined => own && BELOW[own.layer];

/** Writers of each table that a job reads. What a job of one's own reads is not known: something of the layer below. */
function sourcesOf(
  job: string,
  layer: string,
  { tables, all, registry }: { tables: Tables; all: readonly string[]; registry: Registry },
): (readonly string[])[] {
  const writers = all.filter((one) => tables[one]?.layer === layer);
  const own = tables[job];
  const measure = [...registry.measures.values()].find(({ table }) => table === own?.table);
  const reads = layer === "silver" ? measure?.datasets : own?.table;
  if (reads === undefined) return [writers];
  return [reads].flat().map((table) => writers.filter((one) => tables[one]?.table === table));
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
