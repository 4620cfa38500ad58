import { addressText, type Address, type AnyKind, type Finding, type Live, type Step } from "./types.ts";

/** Something that is ours and is to go: a leftover of an older config, or anything at all when destroying. */
export interface Retiree<C> {
  readonly kind: AnyKind<C>;
  readonly address: Address;
  readonly live: Live;
  /** Address of the declared resource that took over its id under another name. */
  readonly renamed?: string;
}

export interface RetireOptions<C> {
  readonly ctx: C;
  readonly mode: "apply" | "destroy";
  readonly includeData: boolean;
  /** Handles of other things that go as well (the lease object). */
  readonly leaving: readonly string[];
}

interface Reasons {
  readonly foreign?: string;
  readonly data?: string;
}

/** Deletes, and what stays because it holds data or other people's parts. */
export async function retire<C>(
  retirees: readonly Retiree<C>[],
  options: RetireOptions<C>,
): Promise<{ steps: Omit<Step, "after">[]; findings: Finding[] }> {
  const reasons = await allReasons(retirees, options);
  const steps: Omit<Step, "after">[] = [];
  const findings: Finding[] = [];
  for (const retiree of retirees) {
    const { foreign, data } = reasons.get(retiree) ?? {};
    const at = addressText(retiree.address);
    const { kind, address, live, renamed } = retiree;
    const lane = kind.lane ? { lane: kind.lane(address, live.props) } : {};
    const kept = foreign ?? (options.includeData ? undefined : data);
    if (kept === undefined) {
      const because = renamed
        ? `rename: ${renamed} takes its place`
        : options.mode === "apply"
          ? "no longer declared"
          : undefined;
      steps.push({
        action: "delete",
        address,
        attributes: [],
        live,
        ...lane,
        ...(because ? { because } : {}),
        ...(kind.empty && (data !== undefined || options.includeData) ? { empty: true } : {}),
      });
      continue;
    }
    if (renamed) {
      findings.push(renameRefused(renamed, address, kept, foreign !== undefined));
      continue;
    }
    const strip = options.mode === "destroy" && foreign !== undefined && kind.strip !== undefined;
    steps.push({
      action: "keep",
      address,
      attributes: [],
      live,
      ...lane,
      kept,
      because: kept,
      ...(strip ? { strip } : {}),
    });
    findings.push(keptFinding(at, address, kept, foreign !== undefined, options.mode));
  }
  return { steps: options.mode === "destroy" ? takenAlong(steps, retirees, options) : steps, findings };
}

type Retiring = Omit<Step, "after">;

/** Who goes with what is emptied and deleted: nothing is sent for it, and it is gone when that one is. */
function takenAlong<C>(
  steps: readonly Retiring[],
  retirees: readonly Retiree<C>[],
  { ctx }: RetireOptions<C>,
): Retiring[] {
  const kindOf = new Map(retirees.map(({ kind, address }) => [addressText(address), kind]));
  const takers = new Map(
    steps
      .filter(({ action, empty }) => action === "delete" && empty === true)
      .flatMap(({ address, live }) => {
        const at = addressText(address);
        return live ? (kindOf.get(at)?.handles(ctx, address, live.props) ?? []).map((one) => [one, at] as const) : [];
      }),
  );
  return steps.map((step) => {
    const handle = kindOf.get(addressText(step.address))?.goesWith?.(ctx, step.address);
    const taker = handle === undefined ? undefined : takers.get(handle);
    return step.action === "delete" && taker !== undefined ? { ...step, with: taker } : step;
  });
}

/**
 * Asks each kind why it must stay. What is kept is not leaving, so whoever counted on it is asked again (a bucket whose
 * object stays is not empty); the number of rounds is bounded by the number of retirees, for each but the last keeps one more.
 */
async function allReasons<C>(
  retirees: readonly Retiree<C>[],
  options: RetireOptions<C>,
): Promise<ReadonlyMap<Retiree<C>, Reasons>> {
  const handles = new Map(retirees.map((r) => [r, r.kind.handles(options.ctx, r.address, r.live.props)]));
  const needs = new Map(retirees.map((r) => [r, new Set(r.kind.needs(options.ctx, r.address, r.live.props))]));
  const reasons = new Map<Retiree<C>, Reasons>();
  const stays = ({ foreign, data }: Reasons): boolean =>
    foreign !== undefined || (data !== undefined && !options.includeData);
  let ask = [...retirees];
  while (ask.length > 0) {
    const going = retirees.filter((r) => !stays(reasons.get(r) ?? {}));
    const leaving = new Set([...options.leaving, ...going.flatMap((r) => handles.get(r) ?? [])]);
    const asked = ask;
    const answers = await Promise.all(asked.map((r) => reasonsOf(r, options, leaving)));
    asked.forEach((r, i) => reasons.set(r, answers[i] ?? {}));
    const newlyKept = asked.filter((r) => stays(reasons.get(r) ?? {}));
    // An object needs its bucket: when it stays, the bucket's answer changes.
    const touched = new Set(newlyKept.flatMap((r) => [...(needs.get(r) ?? [])]));
    ask = retirees.filter(
      (r) =>
        !stays(reasons.get(r) ?? {}) &&
        r.kind.holdsData &&
        (handles.get(r) ?? []).some((handle) => touched.has(handle)),
    );
  }
  return reasons;
}

async function reasonsOf<C>(
  { kind, address, live }: Retiree<C>,
  { ctx, includeData }: RetireOptions<C>,
  leaving: ReadonlySet<string>,
): Promise<Reasons> {
  const [foreign, data] = await Promise.all([
    kind.carriesForeign?.(ctx, address, live),
    // Where it goes with its data, nobody need know of any.
    includeData ? undefined : kind.holdsData?.(ctx, address, live, leaving),
  ]);
  return { ...(foreign === undefined ? {} : { foreign }), ...(data === undefined ? {} : { data }) };
}

function renameRefused(declared: string, old: Address, kept: string, foreign: boolean): Finding {
  return {
    code: foreign ? "rename_loses_foreign" : "rename_holds_data",
    level: "error",
    at: declared,
    text: `it is another name of ${old.name}, which ${kept}: AWS cannot rename it`,
    fix: `Set \`name: ${old.name}\` to keep it as it is. To move: declare the new one beside the old one, without \`formerly\`; apply; copy what it holds; then take the old one out of the config (it stays until \`--include-data\`).`,
  };
}

function keptFinding(at: string, address: Address, kept: string, foreign: boolean, mode: "apply" | "destroy"): Finding {
  return {
    code: foreign ? "kept_foreign" : "kept_data",
    level: mode === "destroy" ? "note" : "warning",
    at,
    text: `${address.name} ${mode === "destroy" ? "stays" : "is no longer declared and stays"}: ${kept}`,
    fix: foreign
      ? "Remove the other people's parts first, then run this again."
      : "`--include-data` deletes it with what it holds.",
  };
}
