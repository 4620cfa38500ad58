import type { Registry } from "../lakehouse/registry.ts";
import { whyOf } from "../operate/measures/why.ts";
import { whyLines } from "../ui/why.ts";
import type { Cli } from "./cli.ts";
import type { measures } from "./declared/pipeline.ts";
import type { OptionsOf } from "./declared/kit.ts";
import { EXIT, usage } from "./errors.ts";
import type { Session } from "./session.ts";
import { layersOf } from "./targets.ts";

type Options = OptionsOf<typeof measures>;

/** What `--why` cannot be together with. */
export function checkWhy({ why = [], ...more }: Options): void {
  if (more.publishable)
    throw usage(
      "usage",
      "--why tells of single persons",
      "Leave --publishable or --why away: nothing of it may be published.",
    );
  const other = (["explain", "measure", "cohort", "facility", "period", "by", "out"] as const).find(
    (name) => more[name] !== undefined,
  );
  if (other !== undefined)
    throw usage("usage", `--why tells of single stays: it takes no --${other}`, `Leave --${other} away.`);
  if (more.format !== undefined && more.format !== "table" && more.format !== "json")
    throw usage("usage", `--why is text or JSON, no ${more.format}`, "Use --json.");
  if (why.some((one) => /^(?:Patient|Condition)\//.test(one)))
    throw usage(
      "usage",
      "--why takes the ids of encounters and stays",
      "Give an Encounter's id; a stay has the id of its first encounter.",
    );
}

/** Why single encounters count as they do. The ids are in the answer and nowhere else. */
export async function explainStays(
  cli: Cli,
  session: Session,
  { why: asked = [], fresh, format }: Options,
  registry: Registry,
): Promise<number> {
  const ids = [...new Set(asked.map((one) => one.replace(/^Encounter\//, "")))];
  const jobs = Object.fromEntries(Object.entries(session.outputs.jobs).map(([key, { name }]) => [key, name]));
  // With `pipeline: none` there may be none.
  const { workflow }: { readonly workflow?: { readonly name: string } } = session.outputs;
  const run = { workflow: workflow?.name ?? "", jobs };
  const found = await whyOf({ ctx: session.aws, layers: layersOf(session), run }, ids);
  for (const [at, one] of found.entries()) {
    cli.term.emit(one);
    // Beside the JSON no id is said once more: what people read is on stderr then, and kept by who runs scripts.
    if (cli.term.json) continue;
    if (format === "json") cli.term.line(JSON.stringify(one));
    else for (const line of [...(at > 0 ? [""] : []), ...whyLines(one, registry)]) cli.term.line(line);
  }
  if (!fresh || found.every(({ stale }) => stale === false)) return EXIT.ok;
  cli.term.note(`Not fresh: ${found[0]?.stale_because ?? "nothing says what it stands on"}`);
  return EXIT.failed;
}
