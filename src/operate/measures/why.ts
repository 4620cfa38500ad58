import type { AwsContext } from "../../aws/context.ts";
import { isDenied } from "../../services/faults.ts";
import { inTable } from "../hudi/find.ts";
import { command } from "../next.ts";
import { OperateProblem } from "../problem.ts";
import type { RunTarget } from "../runs/events.ts";
import { OWN } from "../../lakehouse/registry.ts";
import { KEPT, type Kept, readKept } from "./kept.ts";
import { absentBucket, madeBy } from "./read.ts";
import { elsewhere, type Layers, standingOfKept } from "./standing.ts";
import { type InSilver, told, type Why } from "./story.ts";

interface Place {
  readonly ctx: AwsContext;
  readonly layers: Layers;
  readonly run: Pick<RunTarget, "jobs" | "workflow">;
}

/** Why each of these encounters (a stay's id is that of its first one) counts as it does. */
export async function whyOf(place: Place, ids: readonly string[]): Promise<Why[]> {
  try {
    return await answered(place, ids);
  } catch (error) {
    if (!isDenied(error)) throw error;
    throw new OperateProblem(
      "why_denied",
      "What is kept of stays, or Silver's encounters, may not be read: --why is a right of its own",
      `${command(place.ctx, "iam-policy operator --why")} prints a policy with it`,
    );
  }
}

async function answered({ ctx, layers, run }: Place, ids: readonly string[]): Promise<Why[]> {
  const { silver, registry = OWN } = layers;
  const kept = await readKept(ctx, silver, ids).catch(absentBucket(ctx, silver));
  if (!kept)
    throw new OperateProblem(
      "nothing_kept",
      `The jobs keep no stays yet: s3://${silver}/${KEPT}/ is not there`,
      await madeBy(ctx, run.workflow),
    );
  const all = new Set([...ids, ...[...kept.persons.values()].flatMap(({ encounters }) => encounters.map(idOf))]);
  const said = await encountersOf(ctx, silver, all, kept);
  const unknown = ids.filter((id) => !kept.persons.has(id) && !said.has(id));
  const gone = unknown.length > 0 ? await deletedOf(ctx, silver, unknown) : new Set<string>();
  refuseUnknown(unknown.filter((id) => !gone.has(id)).length, ids.length);
  const { because, ...standing } = await standingOfKept(ctx, layers, run, kept);
  const stands = { ...standing, ...(because.length > 0 ? { stale_because: because.join("; ") } : {}) };
  const basis = {
    inpatient_classes: listOf(kept.parameters["inpatient_classes"]),
    planned_priorities: listOf(kept.parameters["planned_priorities"]),
    elsewhere: await elsewhere(ctx, layers, kept),
    ...stands,
  };
  return ids.map((id) => ({ encounter: id, ...told(id, { kept, said, gone, registry }), ...basis }));
}

const listOf = (said: unknown): string[] => (Array.isArray(said) ? said.map(String) : []);
const idOf = ({ id }: { readonly id: string }): string => id;

/** Never the id: errors are logged. */
function refuseUnknown(unknown: number, asked: number): void {
  if (unknown === 0) return;
  throw new OperateProblem(
    "unknown_encounter",
    asked === 1 ? "Silver has no encounter of this id" : `Silver has no encounter of ${unknown} of these ${asked} ids`,
    "Give an Encounter's id, as `where Encounter/<id>` takes it, which also tells what Bronze has of it; a stay has the id of its first encounter",
  );
}

async function encountersOf(
  ctx: AwsContext,
  silver: string,
  ids: ReadonlySet<string>,
  kept: Kept,
): Promise<ReadonlyMap<string, InSilver>> {
  const rows = await inTable(ctx, `s3://${silver}/encounter/`, (table) =>
    table.rows(["id"], ({ id }) => ids.has(String(id))),
  );
  const since = kept.silver["encounter"] ?? "";
  return new Map(
    (rows ?? []).map((row) => [String(row["id"]), { row, newer: String(row["_hoodie_commit_time"]) > since }]),
  );
}

/** Those that a feed has deleted. */
async function deletedOf(ctx: AwsContext, silver: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await inTable(ctx, `s3://${silver}/encounter_deleted/`, (table) =>
    table.rows(["id"], ({ id }) => ids.includes(String(id))),
  );
  return new Set((rows ?? []).map(({ id }) => String(id)));
}
