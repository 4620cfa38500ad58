import type { AwsContext } from "../../aws/context.ts";
import type { Registry } from "../../lakehouse/registry.ts";
import type { AuditFinding } from "../audit/events.ts";
import { parametersOf } from "../measures/parameters.ts";
import { progressOf } from "../hudi/progress.ts";
import { isAbsent } from "../problem.ts";

/** What a Gold table was computed with, and by which run, as its newest commit says. */
export interface Basis {
  readonly as_of: string | null;
  readonly time_zone: string | null;
  readonly computed_at: string | null;
  /** A short name of the rules as they were. */
  readonly rules: string | null;
  readonly run_id: string | null;
}

/** What the figures of a table stand on. */
export interface Stand extends Basis {
  readonly table: string;
  readonly measures: readonly string[];
  /** Why they are no longer what the applied config and Silver would give; empty where they are. */
  readonly stale: readonly string[];
}

async function basisOf(ctx: AwsContext, gold: string, table: string): Promise<Basis | undefined> {
  const found = await progressOf(ctx, `s3://${gold}/${table}/`);
  if (!found) return undefined;
  const [parameters, computed, rules, run] = await Promise.all(
    ["parameters", "computed_at", "rules", "run_id"].map((name) => found.said(name)),
  );
  const said = parametersOf(parameters) ?? {};
  return {
    as_of: said["as_of"] ?? null,
    time_zone: said["time_zone"] ?? null,
    computed_at: computed ?? null,
    rules: rules ?? null,
    run_id: run === undefined || run === "" ? null : run,
  };
}

/** By table; a table that is not there has none. */
export async function readBases(
  ctx: AwsContext,
  gold: string,
  { measures }: Registry,
): Promise<Readonly<Record<string, Basis>>> {
  const read = await Promise.all(
    [...measures.values()].map(async ({ table }) => {
      const basis = await basisOf(ctx, gold, table).catch((error: unknown) => {
        if (isAbsent(error)) return undefined;
        throw error;
      });
      return basis ? [[table, basis] as const] : [];
    }),
  );
  return Object.fromEntries(read.flat());
}

/** What each table stands on, with the figures that are shown of it and what the audit finds of it. */
export function standsOf(
  bases: Readonly<Record<string, Basis>>,
  written: Readonly<Record<string, string>>,
  findings: readonly AuditFinding[],
  { measures }: Registry,
): Stand[] {
  return [...measures.values()].flatMap(({ table, figures }) => {
    const basis = bases[table];
    if (!basis) return [];
    const stale = findings.filter(
      ({ key, code }) => key === `gold/${table}` && (code === "behind" || code === "other_parameters"),
    );
    return {
      table,
      measures: Object.keys(figures),
      ...basis,
      computed_at: basis.computed_at ?? written[table] ?? null,
      stale: stale.map(({ text }) => text),
    };
  });
}
