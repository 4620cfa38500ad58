import type { S3 } from "@aws-sdk/client-s3";
import type { Call } from "../../../engine/types.ts";
import { call, mapDelta, sameJson, unless } from "../../kit.ts";

export type { S3 } from "@aws-sdk/client-s3";

/** Bucket and owner: a bucket of another account with our name is refused, not changed. */
export interface Place {
  readonly Bucket: string;
  readonly ExpectedBucketOwner: string;
}

/** Where a setting is sent to. */
export interface Target {
  readonly s3: () => Promise<S3>;
  readonly at: Place;
}

/**
 * One optional setting of a bucket: a part that a config may leave out, and that then costs no call. Everything that reads
 * or writes buckets is a fold over the table of them (index.ts).
 */
export interface Setting<T> {
  /** What is set; undefined where nothing of ours is. */
  read(s3: S3, at: Place): Promise<T | undefined>;
  /** From `live` to `wanted`; without `wanted` back to what AWS has by default. */
  calls(target: Target, wanted: T | undefined, live: T | undefined): Iterable<Call>;
  /** IAM's words. */
  readonly permissions: { readonly read: readonly string[]; readonly write: readonly string[] };
  /** Compares by meaning where JSON does not do. */
  readonly equal?: (live: unknown, wanted: unknown) => boolean;
  /** What a new bucket has without a call. */
  readonly unset?: T;
  /** Handles of what must be there first. */
  readonly needs?: (wanted: T) => readonly string[];
}

interface Whole<T> extends Omit<Setting<T>, "read" | "calls" | "permissions"> {
  /** Names of the reading and of the writing action. */
  readonly actions: readonly [read: string, write: string];
  /** Name of the action that takes it away, where that is another one. */
  readonly removing?: string;
  /** Rights beside these that writing needs. */
  readonly also?: readonly string[];
  /** Codes with which S3 says that it was never set. */
  readonly absent?: readonly string[];
  readonly get: (s3: S3, at: Place) => Promise<T | undefined>;
  readonly put: (s3: S3, at: Place, wanted: T) => Promise<unknown>;
  readonly remove: (s3: S3, at: Place) => Promise<unknown>;
}

/** A setting that one call reads and one call writes. */
export function whole<T>(one: Whole<T>): Setting<T> {
  const { actions, removing, also = [], absent = [], get, put, remove, ...rest } = one;
  const [read, write] = actions;
  return {
    ...rest,
    permissions: { read: [read], write: [write, ...(removing ? [removing] : []), ...also] },
    read: (s3, at) => unless(absent, get(s3, at)),
    *calls({ s3, at }, wanted) {
      yield wanted === undefined
        ? call(removing ?? write, async () => remove(await s3(), at))
        : call(write, async () => put(await s3(), at, wanted));
    },
  };
}

/** Our entries of a list that others write into as well: their ids begin like this. */
const OURS = "metriccare-";
export const ourId = (key: string): string => `${OURS}${key}`;
export const keyOfId = (id: string | undefined): string | undefined =>
  id?.startsWith(OURS) ? id.slice(OURS.length) : undefined;

/** Entries of a list by our key; those of other people are left out. */
export function ourEntries<A, T>(
  all: readonly A[] | undefined,
  id: (one: A) => string | undefined,
  from: (one: A) => T,
): Record<string, T> {
  return Object.fromEntries(
    (all ?? []).flatMap((one) => {
      const key = keyOfId(id(one));
      return key === undefined ? [] : [[key, from(one)] as const];
    }),
  );
}

/** Nothing of ours is nothing. */
export const orUndefined = <T extends object>(map: T): T | undefined => (Object.keys(map).length > 0 ? map : undefined);

type Entries<T> = Readonly<Record<string, T>>;

interface Listed<T, A> {
  readonly actions: readonly [read: string, write: string];
  readonly list: (
    s3: S3,
    input: Place & { ContinuationToken?: string },
  ) => Promise<{ readonly all: readonly A[] | undefined; readonly next: string | undefined }>;
  readonly id: (one: A) => string | undefined;
  readonly from: (one: A) => T;
  readonly put: (s3: S3, at: Place & { Id: string }, wanted: T) => Promise<unknown>;
  readonly remove: (s3: S3, at: Place & { Id: string }) => Promise<unknown>;
  readonly needs?: (wanted: Entries<T>) => readonly string[];
  /** Compares two of them by meaning. Default: as JSON. */
  readonly same?: (a: T, b: T) => boolean;
}

async function allOf<T, A>({ list }: Listed<T, A>, s3: S3, at: Place): Promise<A[]> {
  const found: A[] = [];
  for (let token: string | undefined; ;) {
    const { all, next } = await list(s3, { ...at, ...(token ? { ContinuationToken: token } : {}) });
    found.push(...(all ?? []));
    if (next === undefined) return found;
    token = next;
  }
}

/** A setting of several configurations, each with an id and calls of its own. */
export function listed<T, A>(one: Listed<T, A>): Setting<Entries<T>> {
  const { same = sameJson, needs, actions } = one;
  const [read, write] = actions;
  return {
    permissions: { read: [read], write: [write] },
    ...(needs ? { needs } : {}),
    equal: (live, wanted) => {
      const { put, drop } = mapDelta((live ?? {}) as Entries<T>, (wanted ?? {}) as Entries<T>, same);
      return put.length === 0 && drop.length === 0;
    },
    read: async (s3, at) => orUndefined(ourEntries(await allOf(one, s3, at), one.id, one.from)),
    *calls({ s3, at }, wanted = {}, live = {}) {
      const { put, drop } = mapDelta(live, wanted, same);
      for (const [key, value] of put)
        yield call(write, async () => one.put(await s3(), { ...at, Id: ourId(key) }, value));
      for (const key of drop) yield call(write, async () => one.remove(await s3(), { ...at, Id: ourId(key) }));
    },
  };
}
