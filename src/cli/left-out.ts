import { type Accounting, readAccounting } from "../operate/measures/accounting.ts";
import { configKeyOf, type LeftOut, mostlyLeftOut } from "../operate/measures/newcomers.ts";
import { type Registry, registryOf } from "../lakehouse/registry.ts";
import { isAbsent, isDenied } from "../services/faults.ts";
import { leftOutText } from "../ui/accounting.ts";
import type { Session } from "./session.ts";
import { layerPlace } from "./targets.ts";

/** Where Gold's accounting stands; undefined where there is none, or none that may be read: nobody waits for that. */
export async function accountingOf(session: Session): Promise<Accounting | undefined> {
  if (session.outputs.buckets[session.config.layers.gold.bucket] === undefined) return undefined;
  try {
    const registry = registryOf(session.config, session.project.dir);
    return await readAccounting(session.aws, layerPlace(session, "gold"), registry);
  } catch (error) {
    if (isAbsent(error) || isDenied(error)) return undefined;
    throw error;
  }
}

/** A key of `measures`, with its place where it stands in the config. */
function shown({ loaded }: Session, key: string): string {
  if (loaded.source.entries?.get("measures")?.entries?.has(key) !== true) return `measures.${key}`;
  const { file, line, column } = loaded.place({ path: ["measures", key], message: "" });
  return `measures.${key} (${file}:${line}:${column})`;
}

const keysOf = ({ left }: LeftOut): string[] => [...new Set(left.flatMap(({ rule }) => configKeyOf(rule) ?? []))];

/** What an ingest brought and the measures left out, in words; nothing where most of it counts. */
export function leftOutTexts(
  session: Session,
  before: Accounting | undefined,
  after: Accounting | undefined,
): string[] {
  if (!after) return [];
  const registry: Registry = registryOf(session.config, session.project.dir);
  return mostlyLeftOut(before?.rows ?? [], after.rows).map((one) =>
    leftOutText(
      one,
      registry,
      after.asOf,
      keysOf(one).map((key) => shown(session, key)),
    ),
  );
}
