import { sections } from "../../services/index.ts";
import { mapsOf } from "../maps.ts";
import type { LakehouseConfig } from "../schema.ts";
import { scopeOf } from "../scope.ts";
import type { Problem } from "./problem.ts";

/** Service and kind of what an ARN names: `lambda:function`, `sqs`. */
const kindOf = (arn: string): string => {
  const [, , service = "", , , ...rest] = arn.split(":");
  const [kind = ""] = rest.join(":").split(/[:/]/);
  return rest.join(":").length > kind.length ? `${service}:${kind}` : service;
};

/** An ARN of another kind of thing would be called, or handed on, as what it is not. */
export function checkExisting(config: LakehouseConfig, env: string): Problem[] {
  const scope = scopeOf(config, env);
  return Object.entries(mapsOf(config)).flatMap(([key, map]) => {
    const section = sections[key];
    const form = section?.named?.arn(scope, "name", {});
    return Object.entries(map).flatMap(([id, { existing }]): Problem[] => {
      if (form === undefined || !existing?.startsWith("arn:") || kindOf(existing) === kindOf(form)) return [];
      return [
        {
          path: [key, id, "existing"],
          message: `${existing} is no ${section?.one ?? key}`,
          suggestion: `Name one by its name, or by an ARN such as ${form}.`,
        },
      ];
    });
  });
}
