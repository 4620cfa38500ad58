import type { FindingCode } from "../codes/index.ts";
import { buildGraph, findCycle, type Graph } from "./graph.ts";
import { mintHandle, references, unminted, waits } from "./minted.ts";
import { liveKey } from "./observe.ts";
import { addressText, type AnyKind, type Desired, type Finding } from "./types.ts";

interface KnownInput<C> {
  readonly ctx: C;
  readonly kinds: readonly AnyKind<C>[];
  readonly desired: readonly Desired[];
}

const error = (code: FindingCode, at: string, text: string, fix: string): Finding => ({
  code,
  level: "error",
  at,
  text,
  fix,
});

/** What resources tell by themselves, without any call: who needs whom, and mistakes. Each is worked out once, when somebody asks. */
export class Known<C> {
  readonly #kinds: ReadonlyMap<string, AnyKind<C>>;
  #graph: Graph | undefined;
  #twice: readonly Finding[] | undefined;
  #findings: readonly Finding[] | undefined;

  constructor(readonly input: KnownInput<C>) {
    this.#kinds = new Map(input.kinds.map((kind) => [kind.name, kind]));
  }

  /** Who needs whom among the declared resources, by address text. */
  get graph(): Graph {
    this.#graph ??= desiredGraph(this.input.ctx, this.#kinds, this.input.desired);
    return this.#graph;
  }

  /** Two of one address or name, and unknown kinds: not even what is to go may be so. */
  get twice(): readonly Finding[] {
    this.#twice ??= twice(this.#kinds, this.input.desired);
    return this.#twice;
  }

  /** Those, and what keeps an apply from making them: lint, values that nobody mints, cycles. */
  get findings(): readonly Finding[] {
    this.#findings ??= [...this.twice, ...this.#lint(), ...unminted(this.#kinds, this.input.desired), ...this.#cycle()];
    return this.#findings;
  }

  #lint(): Finding[] {
    return this.input.desired.flatMap(({ address, props, content }) => {
      const kind = this.#kinds.get(address.kind);
      if (!kind) return [];
      const missing = !content && kind.sends?.(props);
      return [
        ...(missing
          ? [error("content_missing", addressText(address), "nobody says where its bytes come from", BUG)]
          : []),
        // What waits for a minted value is looked at when it is known.
        ...(waits(props) ? [] : (kind.lint?.(address, props) ?? [])),
      ];
    });
  }

  #cycle(): Finding[] {
    const cycle = findCycle(this.graph);
    if (!cycle) return [];
    const [at = "config"] = cycle;
    return [
      error(
        "cycle",
        at,
        `these need each other in a circle: ${[...cycle, cycle[0]].join(" -> ")}`,
        "Take one of these references out of the config.",
      ),
    ];
  }
}

const BUG = "This is a bug: please report it.";

function twice<C>(kinds: ReadonlyMap<string, AnyKind<C>>, desired: readonly Desired[]): Finding[] {
  const findings: Finding[] = [];
  const texts = new Set<string>();
  const names = new Map<string, string>();
  for (const { address } of desired) {
    const at = addressText(address);
    if (!kinds.has(address.kind))
      findings.push(error("unknown_kind", at, `no such kind of resource: ${address.kind}`, BUG));
    if (texts.has(at))
      findings.push(error("duplicate_address", at, "is declared twice", "Give one of the two another id."));
    const other = names.get(liveKey(address));
    if (other !== undefined && other !== at)
      findings.push(
        error(
          "duplicate_name",
          at,
          `has the same name in AWS as ${other}: ${address.name}`,
          "Give one of the two another `name`.",
        ),
      );
    texts.add(at);
    names.set(liveKey(address), at);
  }
  return findings;
}

function desiredGraph<C>(ctx: C, kinds: ReadonlyMap<string, AnyKind<C>>, desired: readonly Desired[]): Graph {
  return buildGraph(
    desired.map(({ address, props }) => {
      const kind = kinds.get(address.kind);
      return {
        key: addressText(address),
        handles: [...(kind?.handles(ctx, address, props) ?? []), mintHandle(addressText(address))],
        needs: [...(kind?.needs(ctx, address, props) ?? []), ...references(props).map(({ of }) => mintHandle(of))],
      };
    }),
  );
}
