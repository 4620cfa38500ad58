import type { Scope } from "../aws/arn.ts";
import { addressText, type Desired, type Tags } from "../engine/types.ts";
import type { Build, Caller } from "./build.ts";
import { type Plain, sections, services } from "./index.ts";
import { entriesOf, formerNames, lookup } from "./names.ts";
import type { Entry, Section, Sections } from "./service.ts";
import type { Sources } from "./sources.ts";

export interface Declared {
  readonly build: Build;
  readonly desired: readonly Desired[];
}

/** Entries that are ours to make. */
const ours = (all: Sections): Sections =>
  Object.fromEntries(
    Object.entries(all).map(([key, map]) => [
      key,
      Object.fromEntries(Object.entries(map).filter(([, entry]) => entry.existing === undefined)),
    ]),
  );

/** Gives each resource the names that it had before. Few entries tell of any: those alone are looked up. */
function former(all: Sections, scope: Scope): (desired: Desired) => Desired {
  const told = new Map(
    Object.entries(sections).flatMap(([key, section]) =>
      entriesOf(key, section, all)
        .filter(({ entry }) => entry.formerly !== undefined)
        .map(({ id, entry }): [string, { section: Section; entry: Entry }] => [
          addressText({ kind: section.kind, id }),
          { section, entry },
        ]),
    ),
  );
  return (desired) => {
    const { address } = desired;
    const found = told.get(addressText(address));
    const formerly = found ? formerNames(found.section, scope, found.entry, address.name) : [];
    return formerly.length > 0 ? { ...desired, formerly } : desired;
  };
}

/** The resources of a plain config. */
export async function declare(plain: Plain, scope: Scope, sources: Sources, tags: Tags): Promise<Declared> {
  // Folds see maps of entries, whatever these say beside the common words.
  const all: Sections = plain;
  const own = ours(all);
  const { named, has } = lookup(sections, all, scope);
  // What is not ours may call ours: a bucket that exists tells a function of new objects once its owner says so, and S3 takes that
  // only of a bucket that the function lets in.
  const calls = services.flatMap((one) => one.calls?.(all, { named, has, scope }) ?? []);
  const build: Build = {
    scope,
    sources,
    named,
    has,
    callers: (section, id): readonly Caller[] => calls.filter((one) => one.section === section && one.id === id),
    tags: (one) => ({ ...tags, ...one }),
  };
  const desired = await Promise.all(services.map((one) => one.declare(own, build)));
  return { build, desired: desired.flat().map(former(all, scope)) };
}
