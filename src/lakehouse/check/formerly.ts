import { sections } from "../../services/index.ts";
import { entriesOf } from "../../services/names.ts";
import { mapsOf, writtenPath } from "../maps.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";

/** A former id that is still declared would be made and removed at once; two cannot take one's place. */
export function checkFormerly(config: LakehouseConfig): Problem[] {
  const all = mapsOf(config);
  return Object.entries(sections).flatMap(([key, section]) => {
    const seen = new Map<string, string>();
    const placed = entriesOf(key, section, all);
    return placed.flatMap(({ id, path, entry: { formerly } }): Problem[] => {
      if (formerly === undefined) return [];
      const own = writtenPath(config, path);
      const at = [...own, "formerly"];
      const other = seen.get(formerly);
      seen.set(formerly, id);
      // What there is one of has no id in the config: its word may be the name that it had.
      if (own === path && placed.some((one) => one.id === formerly))
        return [
          {
            path: at,
            message: formerly === id ? "is its own id" : `\`${formerly}\` is still declared`,
            suggestion: "`formerly` names what this one takes the place of.",
          },
        ];
      return other === undefined ? [] : [{ path: at, message: `\`${other}\` takes its place already` }];
    });
  });
}
