import type { Emulator } from "../emulator.ts";
import { AwsError } from "../errors.ts";

export type Tags = Record<string, string>;
export interface Tagged {
  readonly arn: string;
  readonly tags: Tags;
}

/** One service whose resources can be found by tag. Reads go through the service's own API: it is right where tag search is not. */
export interface TagSource {
  readonly service: string;
  /** Kept by this process: read afresh each time, nothing to cache. */
  readonly own?: boolean;
  /** `service:type` as ResourceTypeFilters name it. */
  readonly types: string[];
  /** Of an ARN, its type; undefined when the ARN is not of this service. */
  typeOf(arn: string): string | undefined;
  list(): Promise<Tagged[]>;
  tag(arn: string, tags: Tags): Promise<void>;
  untag(arn: string, keys: string[]): Promise<void>;
}

export interface Place {
  readonly emulator: Emulator;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
}

/** `arn:aws:sns:us-east-1:123456789012:topic` in parts; the resource keeps its colons. */
export function partsOf(arn: string): { service: string; resource: string } {
  const parts = arn.split(":");
  return { service: parts[2] ?? "", resource: parts.slice(5).join(":") };
}

/** What vanished between the list and the look at its tags is not there: no error. Everything else is one. */
export async function present<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof AwsError && (error.status === 404 || /NotFound|NoSuch|NonExistent/.test(error.code)))
      return undefined;
    throw error;
  }
}

/** Reads the tags of every ARN at once. */
export async function withTags(arns: string[], read: (arn: string) => Promise<Tags>): Promise<Tagged[]> {
  const found = await Promise.all(arns.map(async (arn) => ({ arn, tags: await present(read(arn)) })));
  return found.flatMap(({ arn, tags }) => (tags ? [{ arn, tags }] : []));
}

/** Follows a token until the last page. */
export async function pages<T>(
  read: (token: string | undefined) => Promise<{ items: T[]; next?: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const page = await read(token);
    all.push(...page.items);
    token = page.next || undefined;
  } while (token);
  return all;
}

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** `[{Key, Value}]`, whatever the two are called. */
export function fromPairs(value: unknown, key = "Key", val = "Value"): Tags {
  const pairs = listOf(value) as Record<string, unknown>[];
  return Object.fromEntries(pairs.map((pair) => [textOf(pair[key]), textOf(pair[val])]));
}

export const toPairs = (tags: Tags, key = "Key", value = "Value"): Record<string, string>[] =>
  Object.entries(tags).map(([k, v]) => ({ [key]: k, [value]: v }));
