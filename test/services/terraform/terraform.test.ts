import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { lakehouseSchema } from "../../../src/lakehouse/index.ts";
import { services } from "../../../src/services/index.ts";
import { leadsSomewhere, problemsOf } from "./arguments.ts";

/** Arguments by resource, as the provider's own schema has them: scripts/terraform.mjs writes them down. */
const provider = z
  .object({ version: z.string().regex(/^6\./), resources: z.record(z.string(), z.array(z.string())) })
  .parse(JSON.parse(readFileSync(resolve(import.meta.dirname, "provider.json"), "utf8"))).resources;
const told = services.flatMap(({ name, coverage }) =>
  coverage.terraform.map((one) => [name, one.resource, one] as const),
);

describe("what Terraform's AWS provider lets a user set", () => {
  it.each(told)("%s: every argument of %s has its place", (_service, resource, one) =>
    expect(problemsOf(lakehouseSchema, one, provider[resource] ?? [])).toEqual([]),
  );

  it("is told of every resource that is written down, and of no other", () =>
    expect(told.map(([, resource]) => resource).toSorted()).toEqual(Object.keys(provider).toSorted()));

  it("is listed by every service", () =>
    expect(services.filter(({ coverage }) => coverage.terraform.length === 0).map(({ name }) => name)).toEqual([]));

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
