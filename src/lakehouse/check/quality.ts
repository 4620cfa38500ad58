import { askedFor, BUILT_IN, concludes, isBuiltIn, SETTINGS } from "../quality.ts";
import { nearest } from "../../config/index.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";
import { sqlProblem } from "./sql.ts";

type Check = LakehouseConfig["quality"][string];

/** Quality checks that could not be made: unknown ones, settings of others, SQL that is no query. */
export function checkQuality(config: LakehouseConfig): Problem[] {
  const written = Object.entries(config.quality);
  return [
    ...written.flatMap(([id, check]) => (isBuiltIn(id) ? ofBuiltIn(id, check) : ofOwn(id, check, config.quality))),
    ...(written.length > 0 ? nobody(config) : []),
  ];
}

const ALL = ["maxShare", "earliest", "maxAgeDays", "factor"] as const;

function ofBuiltIn(id: keyof typeof SETTINGS, check: Check): Problem[] {
  const sql: Problem[] =
    check.sql === undefined
      ? []
      : [
          {
            path: ["quality", id, "sql"],
            message: `\`${id}\` is built in, and has no SQL of its own`,
            suggestion: "Give your check another id.",
          },
        ];
  const foreign = ALL.filter((key) => check[key] !== undefined && !SETTINGS[id].includes(key));
  return [...sql, ...foreign.map((key) => setting(id, key, `\`${id}\` has \`${SETTINGS[id].join("` and `")}\``))];
}

const setting = (id: string, key: string, what: string): Problem => ({
  path: ["quality", id, key],
  message: `the check has no setting \`${key}\`: ${what}`,
});

function ofOwn(id: string, check: Check, all: LakehouseConfig["quality"]): Problem[] {
  if (check.sql === undefined) {
    const near = nearest(id, BUILT_IN);
    return [
      {
        path: ["quality", id],
        message: `there is no built-in check \`${id}\`, and it has no \`sql\``,
        suggestion: near ? `Did you mean \`${near}\`?` : `Say \`sql\`, or name one of ${BUILT_IN.join(", ")}.`,
        on: "key",
        ...(near === undefined || Object.hasOwn(all, near) ? {} : { meant: { key: near } }),
      },
    ];
  }
  const wrong = sqlProblem(check.sql);
  return [
    ...(wrong === undefined ? [] : [{ path: ["quality", id, "sql"], ...wrong }]),
    ...ALL.filter((key) => check[key] !== undefined).map((key) =>
      setting(id, key, "a query says itself which rows fail"),
    ),
  ];
}

/** Checks are concluded by one job: without it nobody makes them. */
function nobody(config: LakehouseConfig): Problem[] {
  const made = Object.keys(askedFor(config)).length > 0;
  if (!made || Object.values(config.jobs).some(concludes)) return [];
  return [
    {
      path: ["quality"],
      because: [["jobs"]],
      message: "no job concludes the checks: the Gold job with `measure: length_of_stay` does",
      suggestion: "Add that job, or take `quality` away.",
    },
  ];
}
