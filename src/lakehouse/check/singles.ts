import { SINGLE_PLACES } from "../maps.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";

/** An entry with the id of what the pipeline has one of would stand in its place, and what its own section says would be lost. */
export const checkSingles = (config: LakehouseConfig): Problem[] =>
  config.made.flatMap((key) => {
    const [section, id] = SINGLE_PLACES[key];
    const entries: object = config[section];
    return Object.hasOwn(entries, id)
      ? [
          {
            path: [section, id],
            because: [["pipeline"]],
            message: `\`${id}\` is what \`${key}\` makes`,
            suggestion: `Say it in \`${key}\`, or choose another id.`,
          },
        ]
      : [];
  });
