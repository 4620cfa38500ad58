import type { Scope } from "../aws/arn.ts";
import type { AwsContext } from "../aws/context.ts";
import { APPLIED_TAG, OWNER_TAG } from "../aws/marks.ts";
import { wasApplied } from "../engine/fingerprint.ts";
import type { Address, Call, Live, Sent, Tags, Wanted } from "../engine/types.ts";

/** Small parts that all kinds share. No kind loops, sleeps or retries: calls are yielded, the engine sends them. */

/** AWS's code of an error, without the `Exception` that only some protocols put behind it. */
export function errorCode(error: unknown): string {
  const name = typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
  return name.replace(/Exception$/, "");
}

/** The answer, or undefined when the error has one of `codes`; every other error (denied above all) is thrown on. */
export async function unless<T>(codes: readonly string[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (codes.includes(errorCode(error))) return undefined;
    throw error;
  }
}

/** One call; `more` adds what must be waited for. */
export const call = (name: string, send: () => Promise<unknown>, more: Partial<Call> = {}): Call => ({
  name,
  send,
  ...more,
});

/** `some` together with the first of `rest`; the others of `rest` one after the other. */
export function* beside(some: readonly Call[], rest: Iterable<Call>): Iterable<Sent> {
  const [first, ...others] = rest;
  const together = first ? [...some, first] : some;
  if (together.length > 0) yield together;
  // Not `yield*`: a list takes no error that the engine throws in.
  for (const one of others) yield one;
}

/** A call for which "not there" is as good as done. */
export const forget = (
  name: string,
  codes: readonly string[],
  send: () => Promise<unknown>,
  more: Partial<Call> = {},
): Call => call(name, () => unless(codes, send()), more);

/** Reads all addresses side by side; those that `read` answers with undefined are absent from the map. */
export async function readEach<P extends object>(
  wanted: readonly Wanted<P>[],
  read: (wanted: Wanted<P>) => Promise<Live<P> | undefined>,
): Promise<ReadonlyMap<string, Live<P>>> {
  const found = await Promise.all(wanted.map(async (address) => [address.name, await read(address)] as const));
  return new Map(found.flatMap(([name, live]) => (live ? [[name, live] as const] : [])));
}

/** Where a thing's tags are: under its ARN in a search, and by a call of its own. */
export interface TagPlace {
  readonly arn: string;
  /** Undefined where there is nothing that could have tags: then it has gone meanwhile. */
  readonly own: () => Promise<Tags | undefined>;
}

/**
 * Something that was found, with its tags: those of the search where that may do and names it, else its own. Those are asked
 * for when it was found, and beside it under the lease alone: of what another apply makes between two answers the one would say
 * that it is there and the other that it has no tags, and it would be a stranger's.
 */
export async function tagged<T, P extends object>(
  ctx: Pick<AwsContext, "tagsOf">,
  { name, searched, alone }: Wanted,
  found: Promise<T | undefined> | T | undefined,
  { arn, own }: TagPlace,
  props: (found: T, tags: Tags) => P | Promise<P>,
): Promise<Live<P> | undefined> {
  const early = alone && !searched ? own() : undefined;
  // An error of theirs is told where they are waited for.
  early?.catch(() => undefined);
  const thing = await found;
  if (thing === undefined) return undefined;
  const told = searched ? await ctx.tagsOf(arn) : undefined;
  const tags = told ?? (await (early ?? own()));
  if (tags === undefined) return undefined;
  return {
    name,
    tags,
    ...given("owner", tags[OWNER_TAG]),
    ...(told ? { searched: true } : {}),
    props: await props(thing, tags),
  };
}

/**
 * Reads an optional setting: when the config names it, or when the last apply did and it is to be taken back. Undefined
 * without a call otherwise. A setting that the config names waits for no tags.
 */
export async function ifWanted<P extends object, T>(
  { props }: Wanted<P>,
  key: keyof P & string,
  tags: Promise<Tags> | Tags,
  read: () => Promise<T>,
): Promise<T | undefined> {
  return props?.[key] !== undefined || wasApplied((await tags)[APPLIED_TAG], key) ? read() : undefined;
}

/** The config's key behind a name in AWS, or the name itself where it was chosen otherwise. */
export function idOf(scope: Pick<Scope, "project" | "env">, name: string): string {
  for (const [start, end] of [
    [`${scope.project}_`, `_${scope.env}`],
    [`${scope.project}-`, `-${scope.env}-`],
  ] as const) {
    const at = end.endsWith("-") ? name.indexOf(end, start.length) : name.endsWith(end) ? name.length - end.length : -1;
    if (name.startsWith(start) && at > start.length) return name.slice(start.length, at);
  }
  return name;
}

/** Addresses of what tag search found: the ARNs `arn:<partition>:<service>:<region>:<account>:<prefix><name>`. */
export async function taggedAddresses(
  ctx: AwsContext,
  kind: string,
  service: string,
  prefix: string,
): Promise<readonly Address[]> {
  const names = (await ctx.tagged()).flatMap((text) => {
    const [, , of, , , ...rest] = text.split(":");
    const name = rest.join(":");
    return of === service && name.startsWith(prefix) ? [name.slice(prefix.length)] : [];
  });
  return [...new Set(names)].map((name) => ({ kind, id: idOf(ctx, name), name }));
}

/** All pages of a listing. `next` gives the token for the page after, undefined at the end. */
export async function pages<Page, Token>(
  get: (token: Token | undefined) => Promise<Page>,
  next: (page: Page) => Token | undefined,
): Promise<Page[]> {
  const all: Page[] = [];
  let token: Token | undefined;
  do {
    const page = await get(token);
    all.push(page);
    token = next(page);
  } while (token !== undefined);
  return all;
}

/** What to add or change, and what to remove, on the way from one map to another. */
export function mapDelta<T>(
  live: Readonly<Record<string, T>>,
  desired: Readonly<Record<string, T>>,
  same: (a: T, b: T) => boolean,
): { readonly put: readonly (readonly [string, T])[]; readonly drop: readonly string[] } {
  return {
    put: Object.entries(desired).filter(([key, value]) => {
      const present = live[key];
      return present === undefined || !same(present, value);
    }),
    drop: Object.keys(live).filter((key) => !Object.hasOwn(desired, key)),
  };
}

/** Adds and removes tags without touching other people's. */
export function mergeTags(
  live: Readonly<Record<string, string>>,
  set: Readonly<Record<string, string>>,
  remove: readonly string[],
): Record<string, string> {
  const kept = Object.entries(live).filter(([key]) => !remove.includes(key));
  return { ...Object.fromEntries(kept), ...set };
}

/** An entry for a spread: none where there is no value. */
export const given = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  // A key of a type parameter: the compiler sees a text.
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };

/** AWS answers some lists with empty texts for "none". */
export const orNull = (text: string | undefined): string | null => (text === undefined || text === "" ? null : text);

/** Deep equality of JSON values, and of lists whose order has no meaning. */
export { setEqual as sameSet } from "../aws/canonical.ts";
export { sameValue as sameJson } from "../engine/diff.ts";
