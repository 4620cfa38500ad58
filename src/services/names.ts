import { nameOf, type Scope } from "../aws/arn.ts";
import type { Named } from "./build.ts";
import type { Entry, Placed, Section, Sections } from "./service.ts";

/** Entries of a section with their places in the config. */
export const entriesOf = (key: string, section: Section, all: Sections): readonly Placed[] =>
  section.within?.(all) ?? Object.entries(all[key] ?? {}).map(([id, entry]) => ({ id, path: [key, id], entry }));

/** The name in an ARN: what stands last, but for a function's qualifier. */
export function nameInArn(arn: string): string {
  const parts = arn.split(":").slice(5).join(":").split(/[:/]/);
  return (parts[0] === "function" ? parts[1] : parts.at(-1)) ?? arn;
}

const isArn = (text: string): boolean => text.startsWith("arn:");

function referred(section: Section, scope: Scope, reference: string, entry: Entry): Named {
  const { arn, kept = (name: string) => name } = section.named ?? { arn: (_: Scope, name: string) => name };
  if (isArn(reference)) return { name: kept(nameInArn(reference)), arn: reference };
  const name = kept(reference);
  return { name, arn: arn(scope, name, entry) };
}

/** Name and ARN of an entry. All of it is computed: nothing here asks AWS. */
export function namedEntry(section: Section, scope: Scope, id: string, entry: Entry): Named {
  const own = entry.existing ?? entry.name ?? (section.named?.of ?? nameOf)(scope, id);
  return referred(section, scope, own, entry);
}

/** Names in AWS that an entry had before, where the config tells of one. */
export function formerNames(section: Section, scope: Scope, entry: Entry, now: string): string[] {
  if (entry.formerly === undefined || !section.named) return [];
  const { kept = (name: string) => name, formerly } = section.named;
  const all = formerly?.(scope, entry.formerly) ?? [nameOf(scope, entry.formerly), entry.formerly];
  return all.map(kept).filter((name) => name !== now);
}

export interface Lookup {
  /** An id of the section, an ARN, or a name. */
  readonly named: (section: string, reference: string) => Named;
  readonly has: (section: string, reference: string) => boolean;
  /** What the config says of an id; undefined for what is none. */
  readonly entry: (section: string, reference: string) => Entry | undefined;
}

/** What references mean in a config. */
export function lookup(sections: Readonly<Record<string, Section>>, all: Sections, scope: Scope): Lookup {
  const known = (key: string): Section => {
    const section = sections[key];
    if (!section) throw new Error(`there is no section ${key}`);
    return section;
  };
  const entries = new Map<string, ReadonlyMap<string, Entry>>();
  const of = (key: string): ReadonlyMap<string, Entry> => {
    const found = entries.get(key) ?? new Map(entriesOf(key, known(key), all).map(({ id, entry }) => [id, entry]));
    entries.set(key, found);
    return found;
  };
  return {
    has: (key, reference) => of(key).has(reference),
    entry: (key, reference) => of(key).get(reference),
    named: (key, reference) => {
      const entry = of(key).get(reference);
      return entry ? namedEntry(known(key), scope, reference, entry) : referred(known(key), scope, reference, {});
    },
  };
}
