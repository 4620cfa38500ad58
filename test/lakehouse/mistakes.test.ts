import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConfigInvalid } from "../../src/config/index.ts";
import { checkScripts } from "../../src/lakehouse/check/python.ts";
import { expand } from "../../src/lakehouse/expand.ts";
import { advice } from "../../src/lakehouse/index.ts";
import { load, scopeOf } from "../services/compile/project.ts";

/** Mistakes of a plain config (`pipeline: none`) that went through, or that were told in words of no use. */
let dir: string;
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), text);
};
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "metriccare-plain-"));
  put("own/job.py", "pass\n");
  put("own/fn/app.py", "def handler(event, context): ...\n");
  put("config/dev.yaml", "");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const config = (text: string) => {
  put("config/lakehouse.yaml", `project: hosp\npipeline: none\n${text}`);
  return load({ dir, env: "dev" });
};

const problems = (text: string): string[] => {
  try {
    config(text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    return error.problems.map(({ path, message, suggestion = "" }) => `${path}: ${message}. ${suggestion}`);
  }
};

const ACCOUNT = "arn:aws:iam::111122223333";
const job = (role: string): string => `buckets: {b: {}}\njobs: {l: {role: "${role}", script: own/job.py}}\n`;
const rule = (target: string): string => `rules: {q: {schedule: rate(1 hour), targets: [${target}]}}\n`;

test.each(["arn:aws:s3:::foo", `${ACCOUNT}:user/x`, "arn:bad"])("%s is no role of a job", (arn) =>
  expect(problems(job(arn))).toEqual([
    expect.stringMatching(`^jobs.l.role: ${arn} is no role. Name one by its id, or by an ARN such as arn:aws:iam::`),
  ]),
);

test.each([`${ACCOUNT}:role/x`, `${ACCOUNT}:role/team/x`])("%s is a role", (arn) =>
  expect(problems(job(arn))).toEqual([]),
);

const AT = "us-east-1:111122223333";
test.each([
  [`arn:aws:ec2:${AT}:instance/i-1`],
  [`arn:aws:glue:${AT}:job/x`],
  [`arn:aws:lambda:${AT}:layer:x:1`],
  [`arn:aws:sns:${AT}:news:8f6d`],
  ["arn:bad"],
])("no rule calls %s", (arn) => {
  const said = expect.stringContaining(`${arn} is nothing that a rule can call`);
  expect(problems(rule(`"${arn}"`))).toEqual([said]);
  expect(problems(rule(`{arn: "${arn}"}`))).toEqual([said]);
});

test.each([
  [`arn:aws:lambda:${AT}:function:x:live`],
  [`arn:aws:sns:${AT}:news`],
  [`arn:aws:glue:${AT}:workflow/x`],
  [`arn:aws:states:${AT}:stateMachine:x`],
  [`arn:aws:logs:${AT}:log-group:/aws/events/x:*`],
  [`arn:aws:events:${AT}:target/create-snapshot`],
  [`arn:aws-us-gov:events:us-gov-west-1:111122223333:event-bus/x`],
])("a rule calls %s", (arn) => expect(problems(rule(`"${arn}"`))).toEqual([]));

const fn = (more: string): string => `roles: {r: {}}\nfunctions: {fh: {role: r, source: own/fn, ${more}}}\n`;
const handlers = async (more: string): Promise<string[]> =>
  (await checkScripts(config(fn(more)), dir)).problems.map(({ path, message }) => `${path.join(".")}: ${message}`);

test.each([
  ["handler: nofile.handler", "functions.fh.handler: there is no module `nofile` in own/fn"],
  ["handler: app.handlr", "functions.fh.handler: the module `app` in own/fn defines no `handlr`"],
  ["timeout: 9", "functions.fh.handler: there is no module `index` in own/fn"],
])("a further function with %s", async (more, said) => expect(await handlers(more)).toEqual([said]));

test.each(["handler: app.handler", "handler: index.handler, runtime: nodejs22.x"])(
  "a further function may have %s",
  async (more) => expect(await handlers(more)).toEqual([]),
);

test.each(["python3.1", "python", "nodejs", "java1x"])("%s is no runtime", (runtime) =>
  expect(problems(fn(`handler: app.handler, runtime: ${runtime}`))).toEqual([
    expect.stringContaining("functions.fh.runtime: a runtime of Lambda"),
  ]),
);

test.each(["python3.14", "nodejs24.x", "java8.al2", "java25", "dotnet8", "ruby3.4", "provided.al2023"])(
  "%s is a runtime",
  (runtime) => expect(problems(fn(`handler: app.handler, runtime: ${runtime}`))).toEqual([]),
);

test.each([
  ["{hashKey: a, rangeKey: a}", "tables.t.rangeKey: hash key and range key are two attributes"],
  ["{hashKey: a, indexes: {i: {hashKey: b, rangeKey: b}}}", "tables.t.indexes.i.rangeKey: hash key and range"],
  ["{hashKey: a, rangeKey: b, localIndexes: {i: {rangeKey: a}}}", "tables.t.localIndexes.i.rangeKey: hash key and"],
  ["{hashKey: a, attributes: {zz: N}}", "tables.t.attributes.zz: no key and no index names `zz`; keys are a (got"],
])("the table %s", (table, said) =>
  expect(problems(`tables: {t: ${table}}\n`)).toEqual([expect.stringContaining(said)]),
);

test("types of the keys of a table and of its indexes", () =>
  expect(
    problems(
      "tables: {t: {hashKey: a, rangeKey: b, attributes: {a: S, b: N, c: B, d: S}, indexes: {i: {hashKey: c}}, localIndexes: {l: {rangeKey: d}}}}\n",
    ),
  ).toEqual([]));

const BRONZE =
  "buckets: {b: {}}\ndatabases: {d: {}}\nlayers: {bronze: {bucket: b, database: d}}\nroles: {glue_bronze: {}}\n";
const bronze = (more = ""): string =>
  `${BRONZE}jobs: {j: {layer: bronze, dataset: patient, packages: [], script: own/job.py${more}}}\n`;
const codes = (text: string): string[] => advice(config(text)).map(({ code }) => code);

test("a Bronze job without a ledger is told of none, and so are we", () => {
  const said = expand(config(bronze()), scopeOf("dev")).jobs["j"]?.arguments ?? {};
  expect(Object.keys(said).filter((key) => key.startsWith("--ledger"))).toEqual([]);
  expect(codes(bronze())).toContain("job_without_ledger");
  expect(codes(bronze(", arguments: {--ledger_table: theirs}"))).not.toContain("job_without_ledger");
  const ledger = `ledger: {}\n${bronze()}`;
  expect(codes(ledger)).not.toContain("job_without_ledger");
  expect(expand(config(ledger), scopeOf("dev")).jobs["j"]?.arguments).toMatchObject({
    "--ledger_table": "metriccare_processed_files_dev",
  });
});

test("of two buckets none is the scripts' by itself", () =>
  expect(problems(`roles: {r: {}}\nbuckets: {a: {}, b: {}}\njobs: {l: {role: r, script: own/job.py}}\n`)).toEqual([
    "buckets: there is no bucket `scripts`. Say which one scripts lie in: `scriptsBucket: a`.",
  ]));

test("a sentence about ARNs begins with ARN", () => {
  expect(problems(fn("handler: app.handler, layers: [abc]"))).toEqual([
    expect.stringMatching(/^functions\.fh\.layers\[0\]: ARNs of layers/),
  ]);
  expect(problems(`permissionsBoundary: "${ACCOUNT}:role/x"\n`)).toEqual([
    expect.stringMatching(/^permissionsBoundary: ARN or name/),
  ]);
});

test("a job that a rule names and nobody has is told once", () =>
  expect(
    problems("topics: {t: {}}\nrules: {q: {jobEvents: [{states: [FAILED], jobs: [jj]}], targets: [t]}}\n"),
  ).toEqual(["rules.q.jobEvents[0].jobs[0]: there is no job `jj`. None is declared."]));

test("a role that is not ours is not ours to bound", () => {
  const roles = `permissionsBoundary: none\nroles: {own: {services: [glue.amazonaws.com]}, given: {existing: x}}\n`;
  const said = advice(config(roles)).find(({ code }) => code === "no_boundary");
  expect(said?.text).toContain("what the role own may be given");
});

test("a database that is nearly one of the config's is a slip; one that is not ours may have an id", () => {
  const crawled = (database: string, more = ""): string[] =>
    problems(
      `buckets: {lake: {}}\ndatabases:\n  clinic: {}\n${more}roles: {reader: {}}\ncrawlers:\n  landing: {role: reader, database: ${database}, targets: {s3: [{path: "s3://elsewhere/"}]}}\n`,
    );
  expect(crawled("clinic")).toEqual([]);
  expect(crawled("archive")).toEqual([]);
  expect(crawled("clinci")).toEqual([
    "crawlers.landing.database: there is no database `clinci`. Did you mean `clinic`? One that is not ours gets an id in `databases`, with `existing`.",
  ]);
  expect(crawled("clinci", "  clinci: {existing: clinci}\n")).toEqual([]);
});

test("a misspelt id of what the pipeline looks for by default is told at the id, and alone", () => {
  const layers = "databases: {lake: {}}\nlayers: {bronze: {database: lake}}\nbuckets: {bronez: {}, scripts: {}}\n";
  const job = "jobs:\n  b: {layer: bronze, script: own/job.py, packages: []}\nroles: {glue_bronze: {}}\n";
  expect(problems(`${layers}${job}`)).toEqual(["buckets.bronez: there is no bucket `bronze`. Did you mean `bronze`?"]);
});

test("jobs, roles and triggers that lack the same are one mistake", () => {
  const jobs = "jobs:\n  a: {script: own/job.py}\n  b: {script: own/job.py}\n";
  expect(problems(`buckets: {lake: {}}\n${jobs}`)).toEqual([
    "jobs.a: a job without `layer` needs `role` (so do `b`). Name one of `roles`, or the ARN of a role that is not ours.",
  ]);
});

test("scripts that Python has found good are not shown to it again; other ones and other Pythons' are", async () => {
  const log = join(dir, "asked");
  const PATH = process.env["PATH"] ?? "";
  const wrapper = (word: string): void => {
    put("bin/python3", `#!/bin/sh\n# ${word}\necho asked >> ${log}\nPATH='${PATH}'\nexport PATH\nexec python3 "$@"\n`);
    chmodSync(join(dir, "bin", "python3"), 0o755);
  };
  const asked = (): number => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0);
  wrapper("one");
  vi.stubEnv("PATH", `${join(dir, "bin")}:${PATH}`);
  vi.stubEnv("XDG_CACHE_HOME", join(dir, "cache"));
  try {
    const jobs =
      "buckets: {scripts: {}}\nscriptsBucket: scripts\nroles: {r: {}}\njobs: {a: {role: r, script: own/job.py}, b: {role: r, script: own/other.py}}\n";
    const good = async () => (await checkScripts(config(jobs), dir)).problems.map(({ message }) => message);
    put("own/other.py", "");
    expect([await good(), await good(), asked()]).toEqual([[], [], 1]);
    put("own/other.py", "x = 1\n");
    expect([await good(), await good(), asked()]).toEqual([[], [], 2]);
    put("own/other.py", "x = (\n");
    for (const times of [3, 4]) {
      expect(await good()).toEqual([expect.stringContaining("own/other.py:1:5 is no Python")]);
      expect(asked()).toBe(times);
    }
    put("own/other.py", "x = 1\n");
    expect([await good(), asked()]).toEqual([[], 4]);
    wrapper("another");
    expect([await good(), asked()]).toEqual([[], 5]);
    for (const name of readdirSync(join(dir, "cache", "metriccare", "scripts")))
      put(`cache/metriccare/scripts/${name}`, "no JSON");
    expect([await good(), asked()]).toEqual([[], 6]);
  } finally {
    vi.unstubAllEnvs();
  }
});
