import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { iamTerraform } from "../../../src/services/iam/terraform.ts";
import { lakehouseSchema } from "../../../src/lakehouse/index.ts";
import { problemsOf } from "./arguments.ts";

/** Arguments by resource, as the provider's documentation (6.x) has them: what it only computes is left out. */
const provider = JSON.parse(readFileSync(resolve(import.meta.dirname, "iam.json"), "utf8")) as Record<string, string[]>;

describe("IAM's resources in Terraform's AWS provider", () => {
  it.each(iamTerraform.map((one) => [one.resource, one] as const))("%s: every argument has its place", (name, one) =>
    expect(problemsOf(lakehouseSchema, one, provider[name] ?? [])).toEqual([]),
  );
});
