import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { schedulerTerraform } from "../../../src/services/scheduler/terraform.ts";
import { lakehouseSchema } from "../../../src/lakehouse/index.ts";
import { problemsOf } from "./arguments.ts";

/** Arguments by resource, as the provider's own schema (6.x) has them: what it only computes is left out. */
const provider = JSON.parse(readFileSync(resolve(import.meta.dirname, "scheduler.json"), "utf8")) as Record<
  string,
  string[]
>;

describe("Scheduler's resources in Terraform's AWS provider", () => {
  it.each(schedulerTerraform.map((one) => [one.resource, one] as const))(
    "%s: every argument has its place",
    (name, one) => expect(problemsOf(lakehouseSchema, one, provider[name] ?? [])).toEqual([]),
  );
});
