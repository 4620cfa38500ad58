import { expect, test } from "vitest";
import { z } from "zod";
import { reference, referencesIn } from "../../src/services/reference.ts";

const found = (schema: z.ZodType, value: unknown): string[] =>
  referencesIn(schema, value).map(({ section, path, value: text }) => `${path.join(".")}: ${section}/${text}`);

test("references are told in the order of the schema's keys, wherever they stand", () => {
  const schema = z.object({
    role: reference("roles").default(""),
    jobs: z.record(z.string(), z.object({ note: z.string().optional(), role: reference("roles") })),
    either: z.union([z.number(), z.object({ topic: reference("topics") })]).optional(),
    list: z.array(z.object({ bucket: reference("buckets") })).optional(),
    plain: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  });
  const value = {
    plain: { topic: "none", other: 1 },
    list: [{ bucket: "raw" }, { bucket: "gold" }],
    either: { topic: "alerts" },
    jobs: { b: { note: "no", role: "one" }, a: { role: "two" } },
    role: "three",
  };
  expect(found(schema, value)).toEqual([
    "role: roles/three",
    "jobs.b.role: roles/one",
    "jobs.a.role: roles/two",
    "either.topic: topics/alerts",
    "list.0.bucket: buckets/raw",
    "list.1.bucket: buckets/gold",
  ]);
  expect(found(schema, { ...value, either: 3, list: undefined, jobs: {}, role: "" })).toEqual(["role: roles/"]);
});

test("schemas that hold each other lose none", () => {
  const a: z.ZodType = z.object({
    get b(): z.ZodType {
      return b.optional();
    },
    ref: reference("roles").optional(),
  });
  const b: z.ZodType = z.object({
    get a(): z.ZodType {
      return a.optional();
    },
  });
  expect(found(a, { b: { a: { ref: "x", b: { a: { ref: "y" } } } }, ref: "z" })).toEqual([
    "b.a.b.a.ref: roles/y",
    "b.a.ref: roles/x",
    "ref: roles/z",
  ]);
});
