import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";
import { missing } from "./reference.ts";

type Further = LakehouseConfig["functions"][string];

/** Code comes from a folder, a bucket or an image. */
const hasCode = ({ source, s3Bucket, image }: Further): boolean =>
  source !== undefined || s3Bucket !== undefined || image !== undefined;

type Words = Pick<Further, "aliases" | "permissions" | "publish" | "snapStart">;

/** Aliases name versions that somebody publishes, and rights at an alias one that is there. */
function checkAliases(
  path: readonly string[],
  { aliases = {}, permissions = {}, publish, snapStart }: Words,
): Problem[] {
  const ofAliases = Object.entries(aliases).flatMap(([name, { version, provisionedConcurrency }]): Problem[] => [
    ...(version === "newest" && publish !== true
      ? [
          {
            path: [...path, "aliases", name],
            message: "names the newest version, and the function publishes none",
            suggestion: "Say `publish: true`, the number of a version, or $LATEST.",
          },
        ]
      : []),
    ...(provisionedConcurrency !== undefined && (version === "$LATEST" || snapStart === true)
      ? [
          {
            path: [...path, "aliases", name, "provisionedConcurrency"],
            message:
              version === "$LATEST"
                ? "Lambda keeps published versions warm alone"
                : "SnapStart and it exclude each other",
          },
        ]
      : []),
  ]);
  const ofPermissions = Object.entries(permissions).flatMap(([id, { alias }]) =>
    alias === undefined ? [] : missing([...path, "permissions", id, "alias"], "alias", alias, aliases),
  );
  return [...ofAliases, ...ofPermissions];
}

/** What a further function of ours cannot be made without, and what no function can be. */
export const checkFunctions = (config: LakehouseConfig): Problem[] => [
  ...(config.made.includes("function") ? checkAliases(["function"], config.function) : []),
  ...Object.entries(config.functions).flatMap(([id, one]) => checkAliases(["functions", id], one)),
  ...checkFurther(config),
];

const checkFurther = (config: LakehouseConfig): Problem[] =>
  Object.entries(config.functions)
    .filter(([, { existing }]) => existing === undefined)
    .flatMap(([id, one]) => [
      ...(one.role === undefined
        ? [
            {
              path: ["functions", id],
              message: "a function needs `role`",
              suggestion: "Name one of `roles`, or the ARN of a role that is not ours.",
            },
          ]
        : []),
      ...(hasCode(one)
        ? []
        : [
            {
              path: ["functions", id],
              message: "a function needs code",
              suggestion: "Say `source` (a folder), `s3Bucket`, `image`, or `existing` for one that is not ours.",
            },
          ]),
    ]);
