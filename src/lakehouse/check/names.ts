import { sections } from "../../services/index.ts";
import { entriesOf, namedEntry } from "../../services/names.ts";
import type { NameLimit } from "../../services/service.ts";
import { withRulesSpread } from "../job-events.ts";
import { mapsOf, writtenPath } from "../maps.ts";
import type { LakehouseConfig } from "../schema.ts";
import { scopeOf } from "../scope.ts";
import type { Problem } from "./problem.ts";

function wrong(limit: NameLimit, name: string): string | undefined {
  if (name.length > limit.max) return `the name ${name} has ${name.length} characters; AWS takes ${limit.max}`;
  if (name.length < (limit.min ?? 1))
    return `the name ${name} is shorter than the ${limit.min} characters that AWS wants`;
  return limit.form.test(name) ? undefined : `the name ${name} may hold only ${limit.words}`;
}

/** Names as they will be in AWS: their characters, lengths, and no two alike. Where the account is not pinned, one of twelve digits is assumed. */
export function checkNames(config: LakehouseConfig, env: string): Problem[] {
  const scope = scopeOf(config, env);
  const all = mapsOf(withRulesSpread(config, scope));
  return Object.entries(sections).flatMap(([key, section]) => {
    if (!section.named) return [];
    const { limit } = section.named;
    const seen = new Map<string, Problem["path"]>();
    const told = new Set<string>();
    return entriesOf(key, section, all).flatMap(({ id, path, entry }): Problem[] => {
      if (entry.existing !== undefined) return [];
      const { name } = namedEntry(section, scope, id, entry);
      const own = writtenPath(config, path);
      const at = entry.name === undefined ? own : [...own, "name"];
      const first = seen.get(name);
      seen.set(name, own);
      const message = wrong(limit, name);
      // Parts of one rule have one place.
      const again = own !== path && told.has(own.join("."));
      if (message !== undefined) told.add(own.join("."));
      return [
        ...(message === undefined || again ? [] : [{ path: at, message }]),
        ...(first === undefined ? [] : [{ path: at, message: `the name ${name} is taken by ${first.join(".")}` }]),
      ];
    });
  });
}
