import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";

type Further = LakehouseConfig["functions"][string];

/** Code comes from a folder, a bucket or an image. */
const hasCode = ({ source, s3Bucket, image }: Further): boolean =>
  source !== undefined || s3Bucket !== undefined || image !== undefined;

/** What a further function of ours cannot be made without. */
export const checkFunctions = (config: LakehouseConfig): Problem[] =>
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
