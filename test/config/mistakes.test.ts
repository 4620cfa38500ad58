import { expect, it } from "vitest";
import { z } from "zod";
import type { Draft } from "../../src/config/index.ts";
import { mistakesOf } from "../../src/config/mistakes.ts";
import { problemText } from "../../src/config/problem.ts";
import { parseYaml } from "../../src/config/source.ts";

const schema = z.strictObject({
  roles: z.record(z.string(), z.strictObject({ name: z.string().optional() })).default({}),
  jobs: z
    .record(z.string(), z.strictObject({ role: z.string(), size: z.enum(["small", "large"]).default("small") }))
    .default({}),
  first: z.string().optional(),
});
type Config = z.output<typeof schema>;

/** Roles that jobs name, jobs that `first` names, and roles that nobody uses. */
function crossCheck({ roles, jobs, first }: Config): Draft[] {
  const used = Object.values(jobs).map(({ role }) => role);
  const lacks = (path: Draft["path"], one: string, of: object, key: string): Draft[] =>
    Object.hasOwn(of, one)
      ? []
      : [
          {
            path,
            message: `no ${key} ${one}`,
            lacks: [key, one],
            seenAt: [key],
            ...(Object.keys(of)[0] ? { meant: { value: Object.keys(of)[0] ?? "", instead: one } } : {}),
          },
        ];
  return [
    ...Object.entries(jobs).flatMap(([id, { role }]) => lacks(["jobs", id, "role"], role, roles, "roles")),
    ...(first === undefined ? [] : lacks(["first"], first, jobs, "jobs")),
    ...Object.keys(roles)
      .filter((id) => !used.includes(id))
      .map((id): Draft => ({ path: ["roles", id], on: "key", message: "nobody uses it", because: [["jobs"]] })),
  ];
}

const mistakes = (text: string): string[] => {
  const { root, problems } = parseYaml("c.yaml", text);
  expect(problems).toEqual([]);
  const tell = (one: typeof root) => ({ root: one, problems: [] });
  return mistakesOf(root, { schema, crossCheck, tell }).map(problemText);
};

it("reads a misspelt section as what was meant: what stands in it is there, and its own mistakes are told", () => {
  expect(mistakes("roles: {a: {}}\njbos:\n  x: {role: a, szie: large}\nfirst: x\n")).toEqual([
    "c.yaml:2:1 jbos: unknown key. Did you mean `jobs`?",
    "c.yaml:3:16 jobs.x.szie: unknown key. Did you mean `size`?",
  ]);
});

it("reads a misspelt word and a misspelt reference so, and tells nothing that follows from them", () => {
  expect(mistakes("roles: {abc: {}}\njobs:\n  x: {role: abd, size: larg}\n")).toEqual([
    "c.yaml:3:13 jobs.x.role: no roles abd.",
    'c.yaml:3:24 jobs.x.size: expected one of small, large, got "larg". Did you mean `large`?',
  ]);
});

it("tells once, at the first place, what several name and nobody has", () => {
  expect(mistakes("jobs:\n  x: {role: a}\n  y: {role: a}\n")).toEqual([
    "c.yaml:2:13 jobs.x.role: no roles a (2 places name it).",
  ]);
});

it("takes out what nobody can read, and what that would have answered is no mistake", () => {
  expect(mistakes("roles: {a: {}, b: {}}\njobs:\n  x: {role: [a]}\n  y: {role: b}\nfirst: x\n")).toEqual([
    "c.yaml:3:13 jobs.x.role: expected text, got a list.",
  ]);
  expect(mistakes("roles: {a: {}}\njobs: 5\nfirst: x\n")).toEqual(["c.yaml:2:7 jobs: expected a map, got 5."]);
});

it("keeps apart two mistakes that have nothing to do with each other", () => {
  expect(mistakes("roles: {a: {}, b: {}}\njobs:\n  x: {role: a}\nfrist: y\nfirst: z\n")).toHaveLength(3);
});

it("points at the section where nothing is written that could be pointed at", () => {
  const { root } = parseYaml("c.yaml", "roles: {}\njobs: {}\n");
  const draft: Draft = { path: ["first"], message: "no jobs x", lacks: ["jobs"], seenAt: ["jobs"] };
  const told = mistakesOf(root, {
    schema,
    crossCheck: () => [draft],
    tell: (one) => ({ root: one, problems: [] }),
  });
  expect(told).toMatchObject([{ line: 2, column: 1, path: "first" }]);
});
