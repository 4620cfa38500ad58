import type { Clock } from "../../../clock/index.ts";

/** A pair of keys of the account's root. */
export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What belongs to an access key that the emulator has minted. */
export interface Secret {
  readonly secretAccessKey: string;
  /** Temporary credentials are nothing without it. */
  readonly sessionToken?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
}

/** Asks whoever mints for the secret of a key; undefined when there is no such key. */
export type SecretOf = (accessKeyId: string) => Promise<Secret | undefined>;

export interface Found extends Secret {
  readonly root: boolean;
}

/** A key that was deleted or made inactive past the front is refused after this. */
const KEPT_MS = 5_000;
const MOST_KEPT = 1_000;

/** The secrets that signatures are held against: the project folder's own, and those minted inside, asked for when first met. */
export class KeyRing {
  readonly #root: KeyPair;
  readonly #ask: SecretOf;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { secret: Promise<Secret | undefined>; at: number }>();

  constructor(root: KeyPair, ask: SecretOf, clock: Clock) {
    this.#root = root;
    this.#ask = ask;
    this.#clock = clock;
  }

  /** The secret of a key that is known here. */
  async find(accessKeyId: string): Promise<Found | undefined> {
    if (accessKeyId === this.#root.accessKeyId)
      return { root: true, secretAccessKey: this.#root.secretAccessKey, sessionToken: undefined };
    // The emulator takes these for its root and asks for no proof.
    if (!/^A[A-Z0-9]{15,127}$/.test(accessKeyId)) return undefined;
    const secret = await this.#secret(accessKeyId);
    return secret && { ...secret, root: false };
  }

  /** Forgets what was learnt: IAM was written to. */
  forget(): void {
    this.#kept.clear();
  }

  async #secret(accessKeyId: string): Promise<Secret | undefined> {
    const now = this.#clock.now();
    const kept = this.#kept.get(accessKeyId);
    if (kept && now - kept.at < KEPT_MS) return kept.secret;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    const entry = { secret: this.#ask(accessKeyId), at: now };
    this.#kept.set(accessKeyId, entry);
    const drop = (): void => {
      if (this.#kept.get(accessKeyId) === entry) this.#kept.delete(accessKeyId);
    };
    // A refusal is not remembered: the key may be minted a moment later.
    entry.secret.then((secret) => secret ?? drop(), drop);
    return entry.secret;
  }
}
