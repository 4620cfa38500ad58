import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { glueTerraform } from "../../../src/services/glue/terraform.ts";
import { lakehouseSchema } from "../../../src/lakehouse/index.ts";
import { leadsSomewhere, problemsOf } from "./arguments.ts";

/** Arguments by resource, as the provider's own schema (6.x) has them: what it only computes is left out. */
const provider = JSON.parse(readFileSync(resolve(import.meta.dirname, "glue.json"), "utf8")) as Record<
  string,
  string[]
>;

describe("Glue's resources in Terraform's AWS provider", () => {
  it.each(glueTerraform.map((one) => [one.resource, one] as const))("%s: every argument has its place", (name, one) =>
    expect(problemsOf(lakehouseSchema, one, provider[name] ?? [])).toEqual([]),
  );

  it("tells a place that is none, and a reason that is none", () => {
    expect(leadsSomewhere(lakehouseSchema, "workflow.name")).toBe(true);
    expect(leadsSomewhere(lakehouseSchema, "workflow.nam")).toBe(false);
    expect(
      problemsOf(
        lakehouseSchema,
        {
          resource: "aws_x",
          section: "workflow",
          arguments: { a: "nowhere", b: { ignored: "we do not have that yet, later" }, c: "name" },
        },
        ["a", "b", "d"],
      ),
    ).toEqual([
      "aws_x.d: nobody says where",
      "aws_x.c: the provider has no such argument",
      "aws_x.a: the config has no workflow.nowhere",
      "aws_x.b: no reason",
    ]);
  });
});
