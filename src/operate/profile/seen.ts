/** What is remembered of ids and values: hashes and counts, never the ids themselves. */

/** 53 bits of a text (cyrb53): enough for tens of millions of ids, small enough for a number. */
export function hashOf(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  // 0 marks an empty place.
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0) || 1;
}

/** Ids that are remembered of one kind, at most: 256 MB. What comes later is told as not checked. */
const MOST = 16_000_000;

/** A set of hashes, eight bytes a place. */
export class Ids {
  #table = new Float64Array(1 << 12);
  size = 0;
  /** More came than are remembered. */
  full = false;

  #place(table: Float64Array, hash: number): number {
    const mask = table.length - 1;
    let at = hash % table.length;
    while (table[at] !== 0 && table[at] !== hash) at = (at + 1) & mask;
    return at;
  }

  has = (hash: number): boolean => this.#table[this.#place(this.#table, hash)] === hash;

  /** False when it was there. */
  add(hash: number): boolean {
    const at = this.#place(this.#table, hash);
    if (this.#table[at] === hash) return false;
    if (this.size >= MOST) {
      this.full = true;
      return true;
    }
    this.#table[at] = hash;
    if (++this.size * 2 > this.#table.length) this.#grow();
    return true;
  }

  #grow(): void {
    const more = new Float64Array(this.#table.length * 2);
    for (const hash of this.#table) if (hash !== 0) more[this.#place(more, hash)] = hash;
    this.#table = more;
  }
}

/** References, told apart when all targets have been seen. */
export class References {
  #hashes = new Float64Array(1 << 10);
  #size = 0;
  /** References that name something. */
  count = 0;
  /** Resources without one. */
  missing = 0;
  /** How they are written: `T/id`, a URL, a `urn:uuid`, a search, contained, or an identifier alone. */
  readonly forms = new Map<string, number>();

  add(form: string, id: string | undefined): void {
    this.count++;
    this.forms.set(form, (this.forms.get(form) ?? 0) + 1);
    if (id === undefined || this.#size >= 2 * MOST) return;
    if (this.#size === this.#hashes.length) {
      const more = new Float64Array(this.#size * 2);
      more.set(this.#hashes);
      this.#hashes = more;
    }
    this.#hashes[this.#size++] = hashOf(id);
  }

  resolved(targets: Ids): number {
    let found = 0;
    for (let i = 0; i < this.#size; i++) if (targets.has(this.#hashes[i] ?? 0)) found++;
    return found;
  }
}
