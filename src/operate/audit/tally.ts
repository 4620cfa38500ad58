import type { AuditFinding, Repair } from "./events.ts";

/** Findings in counts, by what mends them; those that are mended one by one are kept, when they are to be mended. */
export class Tally {
  total = 0;
  /** Errors that nothing has taken care of. */
  errors = 0;
  mended = 0;
  readonly #of = new Map<Repair, { count: number; errors: number }>();
  readonly #kept = new Map<Repair, AuditFinding[]>();
  readonly #keep: boolean;

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  /** Takes findings down as they are told. */
  *tell(found: Iterable<AuditFinding>): Generator<AuditFinding> {
    for (const one of found) {
      const error = one.level === "error" ? 1 : 0;
      this.total++;
      this.errors += error;
      if (one.repair) {
        const before = this.#of.get(one.repair) ?? { count: 0, errors: 0 };
        this.#of.set(one.repair, { count: before.count + 1, errors: before.errors + error });
        if (this.#keep && ONE_BY_ONE.has(one.repair)) this.#keepOne(one.repair, one);
      }
      yield one;
    }
  }

  #keepOne(repair: Repair, one: AuditFinding): void {
    const kept = this.#kept.get(repair);
    if (kept) kept.push(one);
    else this.#kept.set(repair, [one]);
  }

  count(repair: Repair): number {
    return this.#of.get(repair)?.count ?? 0;
  }

  kept(repair: Repair): readonly AuditFinding[] {
    return this.#kept.get(repair) ?? [];
  }

  /** All that this repair is for has been taken care of. */
  done(repair: Repair): void {
    const { count, errors } = this.#of.get(repair) ?? { count: 0, errors: 0 };
    this.mended += count;
    this.errors -= errors;
  }

  doneOne(finding: AuditFinding): void {
    this.mended++;
    if (finding.level === "error") this.errors--;
  }
}

const ONE_BY_ONE: ReadonlySet<Repair> = new Set(["restore", "reprocess"]);
