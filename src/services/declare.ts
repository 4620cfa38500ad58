import type { Scope } from "../aws/arn.ts";
import type { Desired, Tags } from "../engine/types.ts";
import type { Build, Caller } from "./build.ts";
import { type Plain, sections, services } from "./index.ts";
import { entriesOf, formerNames, lookup } from "./names.ts";
import type { Sections } from "./service.ts";
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

/** Names that each resource had before, by kind and id. */
function former(all: Sections, scope: Scope, desired: Desired): Desired {
  const { kind, id, name } = desired.address;
  for (const [key, section] of Object.entries(sections)) {
    if (section.kind !== kind) continue;
    const placed = entriesOf(key, section, all).find((one) => one.id === id);
    const formerly = placed ? formerNames(section, scope, placed.entry, name) : [];
    if (formerly.length > 0) return { ...desired, formerly };
  }
  return desired;
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
  return { build, desired: desired.flat().map((one) => former(all, scope, one)) };
}
