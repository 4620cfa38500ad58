import type { Problem } from "./problem.ts";
import type { LakehouseConfig } from "../schema.ts";

/** A former id that is still declared would be made and removed at once; two cannot take one's place. */
export function checkFormerly(config: LakehouseConfig): Problem[] {
  const sections: [readonly string[], Readonly<Record<string, { formerly?: string | undefined }>>][] = [
    [["buckets"], config.buckets],
    [["databases"], config.databases],
    [["jobs"], config.jobs],
    [["workflow", "triggers"], config.workflow.triggers],
    [["roles"], config.roles],
    [["rules"], config.rules],
    [["queues"], config.queues],
  ];
  return sections.flatMap(([path, section]) => {
    const seen = new Map<string, string>();
    return Object.entries(section).flatMap(([id, { formerly }]): Problem[] => {
      if (formerly === undefined) return [];
      const at = [...path, id, "formerly"];
      const other = seen.get(formerly);
      seen.set(formerly, id);
      if (Object.hasOwn(section, formerly))
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
