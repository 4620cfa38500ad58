import { differences } from "./decide.ts";
import { type Beyond, liveKey } from "./observe.ts";
import {
  type Address,
  addressText,
  type AnyKind,
  type Desired,
  type Finding,
  isGuarded,
  type Live,
  type Marks,
} from "./types.ts";

interface Guarding<C> {
  readonly ctx: C;
  readonly marks: Marks;
  statement?(address: Address): string;
}

/** Somebody else keeps this for us: it stays as it is, and a difference is told. Undefined for all other things. */
export function keptByOthers<C>(
  { ctx, marks }: Guarding<C>,
  kind: AnyKind<C>,
  desired: Desired,
  live: Live | undefined,
): readonly Finding[] | undefined {
  if (!isGuarded(kind, desired.address) || !live || live.owner !== undefined) return undefined;
  const props = differences(kind, desired, live, marks).filter(({ path }) => !path.startsWith("tags."));
  return props.length === 0
    ? []
    : [{ ...kind.guarded(ctx, desired.address, "differs"), level: "note", attributes: props }];
}

/** Addresses whose reading is denied, and what is told of it. */
export function outOfReach<C>(
  input: Guarding<C>,
  kinds: ReadonlyMap<string, AnyKind<C>>,
  beyond: readonly Beyond[],
): { readonly unread: ReadonlySet<string>; readonly findings: readonly Finding[] } {
  const findings = beyond.flatMap(({ address, declared }) => {
    const kind = kinds.get(address.kind);
    return isGuarded(kind, address) && declared ? [kind.guarded(input.ctx, address, "read")] : [];
  });
  const leftovers = beyond.filter(({ address }) => !isGuarded(kinds.get(address.kind), address));
  const byKind = new Map<string, Beyond[]>();
  for (const one of leftovers) byKind.set(one.address.kind, [...(byKind.get(one.address.kind) ?? []), one]);
  return {
    unread: new Set(beyond.map(({ address }) => liveKey(address))),
    findings: [...findings, ...[...byKind.values()].map((all) => leftoverFinding(input, all))],
  };
}

/** Names that one finding tells; of more their number. */
const SHOWN = 3;

function leftoverFinding<C>({ statement }: Guarding<C>, all: readonly Beyond[]): Finding {
  const [first] = all;
  if (!first) throw new Error("a finding about nothing");
  const names = all.slice(0, SHOWN).map(({ address }) => address.name);
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "";
  const add = statement ? all.slice(0, SHOWN).map(({ address }) => statement(address)) : [];
  return {
    code: "leftover_out_of_reach",
    level: "warning",
    at: addressText(first.address),
    text: `${names.join(", ")}${more} may be ours and no longer declared, and your rights do not reach it: ${first.text}`,
    fix: `Nothing is done about it. To have it looked at and removed, add to your policy: ${add.join(" ") || "the right that is named"}`,
  };
}
