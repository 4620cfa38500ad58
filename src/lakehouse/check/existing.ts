import type { Scope } from "../../aws/arn.ts";
import { sections } from "../../services/index.ts";
import { mapsOf } from "../maps.ts";
import type { LakehouseConfig } from "../schema.ts";
import { scopeOf } from "../scope.ts";
import { referencesOf } from "../uses.ts";
import type { Problem } from "./problem.ts";
import { ELSEWHERE } from "./references.ts";

/** Service and kind of what an ARN names: `lambda:function`, `sqs`. */
const kindOf = (arn: string): string => {
  const [, , service = "", , , ...rest] = arn.split(":");
  const [kind = ""] = rest.join(":").split(/[:/]/);
  return rest.join(":").length > kind.length ? `${service}:${kind}` : service;
};

/** An ARN of another kind of thing would be called, or handed on, as what it is not. */
export function checkExisting(config: LakehouseConfig, env: string): Problem[] {
  const scope = scopeOf(config, env);
  return Object.entries(mapsOf(config)).flatMap(([key, map]) =>
    Object.entries(map).flatMap(([id, { existing }]) =>
      existing === undefined ? [] : ofOtherKind(scope, key, existing, [key, id, "existing"], "its name"),
    ),
  );
}

/** The same of references: an ARN names what is not ours, and still has to be of the kind that is asked for. */
export function checkArns(config: LakehouseConfig, env: string): Problem[] {
  const scope = scopeOf(config, env);
  return referencesOf(config)
    .filter(({ path: [top = ""] }) => !ELSEWHERE.has(String(top)) && (top !== "function" || hasFunction(config)))
    .flatMap(({ section, path, value, byName }) =>
      ofOtherKind(scope, section, value, path, byName ? "its id or name" : "its id"),
    );
}

const hasFunction = ({ made }: LakehouseConfig): boolean => made.includes("function");

function ofOtherKind(scope: Scope, key: string, arn: string, path: Problem["path"], by: string): Problem[] {
  const section = sections[key];
  const form = section?.named?.arn(scope, "name", {});
  if (form === undefined || !arn.startsWith("arn:") || kindOf(arn) === kindOf(form)) return [];
  // Some things have no ARN in AWS: their name is all there is.
  const or = form.startsWith("arn:") ? `, or by an ARN such as ${form}` : "";
  return [{ path, message: `${arn} is no ${section?.one ?? key}`, suggestion: `Name one by ${by}${or}.` }];
}
