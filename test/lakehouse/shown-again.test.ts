import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { addressText } from "../../src/engine/types.ts";
import { advice, compile } from "../../src/lakehouse/index.ts";
import { inProcess } from "../harness/in-process.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

/** What `config show` prints, with `--expanded` or without, is a config that says the same again. */
let remove = (): void => undefined;
afterEach(() => remove());

function lone(base: string, dev = ""): string {
  const made = project({ "one.py": "print(1)\n" });
  remove = made.remove;
  put(made.dir, base, dev);
  return made.dir;
}

function put(dir: string, base: string, dev = ""): void {
  writeFileSync(join(dir, "config/lakehouse.yaml"), base);
  writeFileSync(join(dir, "config/dev.yaml"), dev);
}

const show = async (dir: string, ...flags: readonly string[]): Promise<string> => {
  const { code, out, err } = await inProcess(dir, ["config", "show", "--env", "dev", ...flags]);
  expect({ code, err }).toMatchObject({ code: 0 });
  return out;
};

const made = async (dir: string) =>
  (await compile(load({ dir, env: "dev" }), scopeOf("dev"), dir)).desired
    .map(({ content: _bytes, ...one }) => ({ ...one, at: addressText(one.address) }))
    .toSorted((a, b) => a.at.localeCompare(b.at));

const PLACE = `project: metriccare
pipeline: none
aws: {account: "111122223333", region: eu-central-1}
`;

const LITERALS = `${PLACE}buckets: {b: {}}
jobs: {one: {script: one.py, role: r, arguments: {--p: "$\${x} of \${env}"}}}
roles:
  r:
    policies:
      home:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: s3:GetObject, Resource: "\${buckets.b.arn}/$\${aws:username}/*", Condition: {StringEquals: {"aws:PrincipalTag/$\${y}": "1"}}}
`;

test.each([[["--expanded"]], [["--expanded", "--json"]], [[]]])(
  "a literal `${` stays one: config show %s",
  async (flags) => {
    const dir = lone(LITERALS);
    const before = await made(dir);
    const text = await show(dir, ...flags);
    expect(text).toContain("$${x} of dev");
    expect(text).toContain("$${aws:username}");
    put(dir, text);
    expect(await made(dir)).toEqual(before);
  },
);

const FOREIGN = `${PLACE}buckets: {raw: {existing: hospital-raw}, own: {}}
databases: {raw: {existing: hospital}}
functions: {g: {existing: "arn:aws:lambda:eu-central-1:111122223333:function:g"}}
tables: {t: {existing: hospital-table}}
topics: {n: {existing: "arn:aws:sns:eu-central-1:111122223333:news"}}
queues: {q: {existing: "arn:aws:sqs:eu-central-1:111122223333:q"}}
roles: {r: {existing: "arn:aws:iam::111122223333:role/r"}}
policies: {p: {existing: "arn:aws:iam::111122223333:policy/p"}}
jobs: {one: {script: one.py, role: r}}
rules: {daily: {schedule: rate(1 day), targets: [g, n, q]}}
`;

test("what is not ours can be loaded again, and nothing is told of it that nobody wrote", async () => {
  const dir = lone(FOREIGN);
  const before = { made: await made(dir), told: advice(load({ dir, env: "dev" })) };
  put(dir, await show(dir, "--expanded"));
  expect({ made: await made(dir), told: advice(load({ dir, env: "dev" })) }).toEqual(before);
});

test("`existing` in an environment's file leaves settings of the base alone, which cannot be taken away there", async () => {
  const base = `${PLACE}buckets: {raw: {lifecycle: {noncurrentDays: 90}}, own: {}}\n`;
  const told = async (dev: string): Promise<string> => {
    const dir = lone(base, dev);
    const { out } = await inProcess(dir, ["validate", "--env", "dev"]);
    remove();
    return out;
  };
  expect(await told("buckets: {raw: {existing: hospital-raw}}")).not.toContain("has no effect");
  expect(await told("buckets: {raw: {existing: hospital-raw, lifecycle: {noncurrentDays: 7}}}")).toContain(
    "lifecycle has no effect: hospital-raw is not ours",
  );
});
