import type { Scope } from "../aws/arn.ts";
import { leaveFirst, turn } from "../clock/index.ts";
import type { Loaded, Project } from "../config/index.ts";
import type { Compiled, LakehouseConfig, ScriptsChecked } from "../lakehouse/index.ts";
import { clientLoads } from "../services/index.ts";

/** The config as it lives in the place that it names by itself. */
export interface Pinned {
  readonly loaded: Loaded<LakehouseConfig>;
  readonly scope: Scope;
}

interface Wished {
  readonly project: Project;
  /** All services will be asked: their clients are loaded, and resources named. */
  readonly everywhere: boolean;
  /** The config whose scripts are to be looked at. */
  readonly scripts: LakehouseConfig | undefined;
  readonly pinned?: Pinned | undefined;
}

/** What a command will want next, and no answer of AWS's changes. */
export interface Ahead {
  /** What Python says of the scripts. */
  readonly scripts?: Promise<ScriptsChecked>;
  /** The resources where the config is pinned to. */
  readonly compiled?: Promise<Compiled>;
}

/** Whoever waits for it hears of a failure; where the command fails before, nobody does. */
function quiet<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/**
 * Does the work of a start while AWS is asked who we are. It begins when the question is on its way (`sent`), and comes in
 * pieces, so that the question is not kept waiting by it.
 */
export async function doAhead({ project, everywhere, scripts, pinned }: Wished, sent: Promise<void>): Promise<Ahead> {
  await sent;
  await leaveFirst();
  for (const load of everywhere ? clientLoads : []) {
    // One that cannot be loaded is told to whoever asks for it.
    await load().catch(() => undefined);
    await turn();
  }
  const { checkScripts, compile } = await import("../lakehouse/index.ts");
  const looked = scripts ? { scripts: quiet(checkScripts(scripts, project.dir)) } : {};
  if (!everywhere || !pinned) return looked;
  await turn();
  return { ...looked, compiled: quiet(compile(pinned.loaded.value, pinned.scope, project.dir)) };
}
