import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ATTRIBUTES } from "../../src/lakehouse/ledger.ts";
import { advice } from "../../src/lakehouse/index.ts";
import { inProcess } from "../harness/in-process.ts";
import { motoProject } from "../harness/moto-project.ts";
import { compiled, load, project } from "./compile/project.ts";

/** Mistakes that nothing told of: each is known to `validate`, with its place. */
let folder: ReturnType<typeof project>;
beforeEach(() => {
  folder = project();
});
afterEach(() => folder.remove());

const overlay = (text: string): void => writeFileSync(join(folder.dir, "config", "dev.yaml"), text);
const edit = (from: string | RegExp, to: string): void => {
  const path = join(folder.dir, "config", "lakehouse.yaml");
  const before = readFileSync(path, "utf8");
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
};
const validate = (): ReturnType<typeof inProcess> => inProcess(folder.dir, ["validate", "--env", "dev"]);

async function refused(place: string, words: string | RegExp): Promise<void> {
  const ran = await validate();
  expect(ran.code, ran.err).toBe(64);
  expect(ran.err).toContain(place);
  expect(ran.err).toMatch(words);
}

describe("the ledger's attributes", () => {
  test.each([...Object.keys(ATTRIBUTES), "patient_3"])("%s is neither key nor time-to-live", async (name) => {
    overlay(`ledger:\n  hashKey: ${name}\n`);
    await refused("config/dev.yaml:2:12", `\`${name}\` is an attribute that the ledger uses`);
    overlay(`ledger:\n  ttlAttribute: ${name}\n`);
    await refused("config/dev.yaml:2:17", `\`${name}\` is an attribute that the ledger uses`);
  });

  test("key and time-to-live are two", async () => {
    overlay("ledger:\n  hashKey: id\n  ttlAttribute: id\n");
    await refused("config/dev.yaml:3:17", "`id` is the key of the ledger");
    overlay("ledger:\n  hashKey: id\n  ttlAttribute: expires\n");
    expect((await validate()).code).toBe(0);
  });
});

describe("jobs that do not stream", () => {
  test("have no maintenance window", async () => {
    overlay('jobs:\n  silver_patient:\n    maintenanceWindow: "Sun:10"\n');
    await refused("config/dev.yaml:3:24", "for streaming jobs only");
  });
  test("have no G.025X", async () => {
    overlay("jobs:\n  silver_patient:\n    workerType: G.025X\n");
    await refused("config/dev.yaml:3:17", "for streaming jobs only");
  });
});

test("a KMS key beside AES256", async () => {
  overlay("buckets:\n  raw:\n    encryption:\n      kmsKeyId: alias/clinic\n");
  await refused("config/dev.yaml:4:17", "no meaning with AES256");
  overlay("buckets:\n  raw:\n    encryption:\n      algorithm: aws:kms\n      kmsKeyId: alias/clinic\n");
  expect((await validate()).code).toBe(0);
});

describe("firehose", () => {
  const stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/alerts";
  const role = "arn:aws:iam::123456789012:role/firehose";
  test("needs its role, and a stream", async () => {
    overlay(`alerts:\n  subscriptions:\n    - { protocol: firehose, endpoint: "${stream}" }\n`);
    await refused("config/dev.yaml:3:7", "needs `roleArn`");
    overlay(`alerts:\n  subscriptions:\n    - { protocol: firehose, endpoint: x, roleArn: "${role}" }\n`);
    await refused("config/dev.yaml:3:39", "a delivery stream's ARN");
    overlay(`alerts:\n  subscriptions:\n    - { protocol: firehose, endpoint: "${stream}", roleArn: "${role}" }\n`);
    expect((await validate()).code).toBe(0);
  });
  test("alone has one", async () => {
    overlay(`alerts:\n  subscriptions:\n    - { protocol: email, endpoint: "a@b.org", roleArn: "${role}" }\n`);
    await refused("config/dev.yaml:3:", "only a firehose subscription has a role");
  });
  test("the deployer hands SNS that role and no other", async () => {
    writeFileSync(
      join(folder.dir, "config", "local.yaml"),
      `alerts:\n  subscriptions:\n    - { protocol: firehose, endpoint: "${stream}", roleArn: "${role}" }\naws: { embedded: true }\n`,
    );
    const ran = await inProcess(folder.dir, ["iam-policy", "deployer", "--env", "local", "--json"]);
    expect(ran.out).toContain(
      `{"Effect":"Allow","Action":"iam:PassRole","Resource":"${role}","Condition":{"StringEquals":{"iam:PassedToService":"sns.amazonaws.com"}}}`,
    );
  });
});

test("a version of an object that nobody names", async () => {
  overlay("function:\n  s3Bucket: scripts\n  s3ObjectVersion: abc\n");
  await refused("config/dev.yaml:3:20", "needs s3Bucket and s3Key");
});

describe("event triggers", () => {
  const rule = (more: string): string =>
    `rules:\n  files:\n    pattern: { source: [aws.s3] }\n    targets:\n      - { arn: "arn:aws:glue:us-east-1:123456789012:workflow/metriccare_etl_workflow_dev"${more} }\n`;
  const role = ', roleArn: "arn:aws:iam::123456789012:role/notify"';
  const trigger = "workflow:\n  triggers:\n    start:\n      type: event\n";
  test("that no rule fires", async () => {
    overlay(trigger);
    await refused("config/dev.yaml:4:13", /nothing fires it: no rule has the workflow metriccare_etl_workflow_dev/);
    overlay(`${trigger}${rule(role).replace("etl_workflow", "other")}`);
    await refused("config/dev.yaml:4:13", "nothing fires it");
    overlay(`${trigger}${rule(role).replace("    pattern", "    enabled: false\n    pattern")}`);
    await refused("config/dev.yaml:4:13", "no rule that is enabled");
  });
  test("whose rule has no role", async () => {
    overlay(trigger + rule(""));
    await refused("config/dev.yaml:9:9", "needs `roleArn`");
  });
  test("that a rule fires", async () => {
    overlay(trigger + rule(role));
    const ran = await validate();
    expect(ran.code, ran.err).toBe(0);
  });
});

describe("triggers against the flow of the data", () => {
  test("Gold before Bronze", async () => {
    edit(
      / {4}start:[\s\S]*?(?=\n\n)/,
      [
        "    start:",
        "      type: on_demand",
        "      actions: [gold_readmission, gold_mortality, gold_hai, gold_length_of_stay]",
        "    silver:",
        "      type: conditional",
        "      after: [gold_hai]",
        "      actions: [silver_patient, silver_encounter, silver_condition]",
        "    gold:",
        "      type: conditional",
        "      after: [silver_patient, silver_encounter, silver_condition]",
        "      actions: [bronze_patient, bronze_encounter, bronze_condition]",
      ].join("\n"),
    );
    const ran = await validate();
    expect(ran.code).toBe(64);
    expect(ran.err).toMatch(
      /workflow\.triggers\.start\.actions\[2\]: `gold_hai` reads what `silver_patient`, `silver_encounter`, `silver_condition` write/,
    );
    expect(ran.err).toMatch(
      /workflow\.triggers\.silver\.actions\[0\]: `silver_patient` reads what `bronze_patient` writes/,
    );
  });
  test("all at once", async () => {
    edit(
      "      actions: [bronze_patient, bronze_encounter, bronze_condition]",
      "      actions: [bronze_patient, bronze_encounter, bronze_condition, gold_mortality]",
    );
    edit("[gold_readmission, gold_mortality, gold_hai]", "[gold_readmission, gold_hai]");
    await refused("config/lakehouse.yaml", "`gold_mortality` reads what `silver_patient`, `silver_encounter` write");
  });
  test("any of three is not all of three; a job is known by what it writes, not by its name", async () => {
    overlay("workflow:\n  triggers:\n    silver:\n      after: null\n");
    edit(
      "      after: [silver_patient, silver_encounter, silver_condition]",
      "      predicate: { logical: ANY, conditions: [{job: silver_patient}, {job: silver_encounter}, {job: silver_condition}] }",
    );
    overlay("");
    await refused("config/lakehouse.yaml", "`gold_readmission` reads what `silver_patient`, `silver_encounter` write");
  });
  test("a part of what it reads is a warning", async () => {
    edit("after: [silver_patient, silver_encounter, silver_condition]", "after: [silver_patient, silver_encounter]");
    const ran = await validate();
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toContain("`gold_hai` reads what `silver_condition` writes and does not wait for it");
    expect(ran.out).not.toContain("gold_mortality");
  });
  test("a Gold job need not wait for what it does not read", async () => {
    edit(
      /actions: \[gold_length_of_stay\][^\n]*\n[\s\S]*?actions: \[gold_readmission, gold_mortality, gold_hai\][^\n]*\n/,
      "actions: [gold_hai]\n    early:\n      type: conditional\n      after: [silver_patient, silver_encounter]\n      actions: [gold_readmission, gold_mortality, gold_length_of_stay]\n",
    );
    const ran = await validate();
    expect(ran.code, ran.err).toBe(0);
  });
});

test("more than a hundred jobs and triggers are advised against, and taken", async () => {
  const ids = Array.from({ length: 100 }, (_, i) => `extra_${i}`);
  overlay(
    [
      "jobs:",
      ...ids.map((id) => `  ${id}: { layer: silver, dataset: patient, script: glue-scripts/jobs/silver.py }`),
      "workflow:",
      "  triggers:",
      ...[0, 50].map(
        (from) =>
          `    more_${from}: { type: conditional, after: [bronze_patient], actions: [${ids.slice(from, from + 50).join()}] }`,
      ),
      "",
    ].join("\n"),
  );
  const ran = await validate();
  expect(ran.code, ran.err).toBe(0);
  expect(ran.out).toContain("116 jobs and triggers; AWS advises 100 or fewer");
  expect(advice(load({ dir: folder.dir, env: "dev" })).map(({ code, level }) => [code, level])).toContainEqual([
    "workflow_size",
    "warning",
  ]);
});

describe("the function's handler", () => {
  const handler = (name: string): void => overlay(`function:\n  handler: ${name}\n`);
  test.each([
    ["nope.handler", "there is no module `nope`"],
    ["myglueworkflow.nope", "defines no `nope`.* There is `myglueworkflow.lambda_handler`"],
    ["myglueworkflo.lambda_handler", "Did you mean `myglueworkflow`"],
    ["lambda_handler", "not of the form module.function"],
  ])("%s", async (name, words) => {
    handler(name);
    await refused("config/dev.yaml:2:12", new RegExp(words));
  });
  test.each([
    ["sub/deep.main", { "sub/deep.py": "async def main(event, context): ...\n" }],
    ["sub.deep.main", { "sub/deep.py": "from other import (\n    main,\n)\n", "other.py": "main = print\n" }],
    ["sub.main", { "sub/__init__.py": "main: object = print\n" }],
    ["all.main", { "all.py": "from other import *\n" }],
  ])("%s is found", async (name, files) => {
    folder.remove();
    folder = project(
      Object.fromEntries(Object.entries(files).map(([path, text]) => [`glue-scripts/lambda/${path}`, text])),
    );
    handler(name);
    const ran = await validate();
    expect(ran.code, ran.err).toBe(0);
  });
  test("of code that lies elsewhere is not known", async () => {
    overlay("function:\n  handler: nope.handler\n  s3Bucket: elsewhere\n  s3Key: code.zip\n");
    expect((await validate()).code).toBe(0);
  });
});

describe("Python that is none", () => {
  const put = (file: string, text: string): void => writeFileSync(join(folder.dir, file), text);
  test.each([
    ["glue-scripts/jobs/silver.py", "jobs.silver_patient.script"],
    ["glue-scripts/metriccare_etl/__init__.py", "uploads.metriccare_etl.source"],
    ["glue-scripts/lambda/myglueworkflow.py", "function.source"],
  ])("in %s", async (file, path) => {
    put(file, "import os\n\ndef lambda_handler(event, context:\n    pass\n");
    const ran = await validate();
    expect(ran.code, ran.err).toBe(64);
    expect(ran.err).toMatch(
      new RegExp(`^error config/lakehouse.yaml:\\d+:\\d+ ${path}: ${file}:\\d+:\\d+ is no Python: `, "m"),
    );
  });
  test("diff and apply refuse it as well, and send nothing that changes AWS", async () => {
    const moto = await motoProject();
    try {
      writeFileSync(join(moto.dir, "glue-scripts/jobs/silver.py"), "x = (\n");
      for (const command of [["diff"], ["apply", "--yes"]]) {
        const ran = await moto.run(...command, "--env", "dev");
        expect(ran.code, ran.err).toBe(64);
        expect(ran.err).toContain("glue-scripts/jobs/silver.py:1:5 is no Python");
        expect(ran.calls.map(({ operation }) => operation)).toEqual(["GetCallerIdentity"]);
      }
    } finally {
      await moto.stop();
      vi.unstubAllEnvs();
    }
  });
  test("every one at once, a null byte and deep nesting too", async () => {
    put("glue-scripts/jobs/silver.py", "x = (\n");
    put("glue-scripts/jobs/gold.py", "x = 1\0\n");
    put("glue-scripts/jobs/bronze.py", `x = ${"(".repeat(300)}${")".repeat(300)}\n`);
    const ran = await validate();
    expect(ran.code).toBe(64);
    for (const file of ["silver", "gold", "bronze"]) expect(ran.err).toContain(`jobs/${file}.py`);
  });
  test("without a Python nothing is said to be wrong, and validate says that it did not look", async () => {
    put("glue-scripts/jobs/silver.py", "x = (\n");
    vi.stubEnv("PATH", join(folder.dir, "nowhere"));
    try {
      const ran = await validate();
      expect(ran.code, ran.err).toBe(0);
      expect(ran.out).toContain("no python3 here, so the syntax of the scripts is not checked");
    } finally {
      vi.unstubAllEnvs();
    }
  });
  test.each([
    ["3, 8", "x = (", 0],
    ["3, 11", "x = (", 64],
    ["3, 11", "type X = int", 0],
    ["3, 11", `x = f"{f"{1}"}"`, 0],
    ["3, 12", "type X = int", 64],
  ])("as Python %s reads `%s`", async (version, text, code) => {
    put("glue-scripts/lambda/myglueworkflow.py", `def lambda_handler(event, context): ...\n\n${text}\n`);
    const bin = join(folder.dir, "bin");
    mkdirSync(bin);
    // A python3 that says so of itself; the function's is 3.12.
    const answer = JSON.stringify({
      python: version.split(", ").map(Number),
      wrong: [
        { file: join(folder.dir, "glue-scripts/lambda/myglueworkflow.py"), line: 3, column: 7, text: "invalid syntax" },
      ],
    });
    writeFileSync(join(bin, "python3"), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
    try {
      const ran = await validate();
      expect(ran.code, ran.err).toBe(code);
      if (code === 0)
        expect(ran.out).toContain(
          `as Python ${version.replace(", ", ".")} of this machine reads it; it will run on 3.12`,
        );
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe("a permissions boundary", () => {
  const ARN = (account: string): string => `arn:aws:iam::${account}:policy/edge`;
  test("of another account than the pinned one is refused, for all roles or for one", async () => {
    const pin = 'aws: { account: "111122223333" }\n';
    overlay(`${pin}permissionsBoundary: ${ARN("444455556666")}\n`);
    await refused("config/dev.yaml:2:22", /of account 444455556666, and the roles are made in 111122223333/);
    overlay(`${pin}roles:\n  glue_gold:\n    permissionsBoundary: ${ARN("444455556666")}\n`);
    await refused("config/dev.yaml:4:26", /IAM takes a boundary of the same account only/);
    for (const good of [
      `${pin}permissionsBoundary: ${ARN("111122223333")}\n`,
      `${pin}permissionsBoundary: ${ARN("aws")}\n`,
      `permissionsBoundary: ${ARN("444455556666")}\n`,
    ]) {
      overlay(good);
      expect((await validate()).code, good).toBe(0);
    }
  });
});

describe("what is allowed and may still surprise", () => {
  test.each([
    ["permissionsBoundary: none\n", "no_boundary", "note"],
    ["queues: { undelivered: { retentionDays: 7 } }\n", "undelivered_retention", "warning"],
  ])("%s", (text, code, level) => {
    overlay(text);
    expect(advice(load({ dir: folder.dir, env: "dev" }))).toMatchObject([{ code, level }]);
    overlay(text.replace("none", "edge").replace("7", "14"));
    expect(advice(load({ dir: folder.dir, env: "dev" }))).toEqual([]);
  });
});

describe("a function of one's own and the ends of jobs", () => {
  const put = (text: string): void => writeFileSync(join(folder.dir, "glue-scripts/lambda/myglueworkflow.py"), text);
  const STARTS =
    "import boto3\n\n\ndef lambda_handler(event, context):\n    boto3.client('glue').start_workflow_run(Name='x')\n";
  test("starts a run on every event: the completion rule would go on for ever", async () => {
    put(STARTS);
    await refused(
      "config/lakehouse.yaml",
      /rules\.completion\.targets\[0\]: the code in glue-scripts\/lambda starts a run and does not tell/,
    );
  });
  test.each([
    ["a comment", `${STARTS}    # aws.glue events come too\n`],
    [
      "a docstring",
      STARTS.replace("\n    boto3", '\n    """Glue Job State Change\n    "aws.glue" # too"""\n    boto3'),
    ],
    ["a docstring in simple quotes", STARTS.replace("\n    boto3", "\n    'aws.glue # comes'\n    boto3")],
    ["nothing, and it starts a trigger", STARTS.replace("start_workflow_run", "start_trigger")],
    ["nothing, and it starts a crawler", STARTS.replace("start_workflow_run", "start_crawler")],
  ])("tells the end of a job by %s: refused", async (_what, text) => {
    put(text);
    await refused("config/lakehouse.yaml", /does not tell the end of a job/);
  });
  test.each([
    ["knows them", `${STARTS}    if event["source"] == "aws.glue": return # "\n`, ""],
    ["names what starts one in a comment only", "def lambda_handler(event, context): ... # no start_job_run\n", ""],
    ["says that it knows them", STARTS, "function: { jobEvents: true }\n"],
    ["has the rule off", STARTS, "rules: { completion: { enabled: false } }\n"],
    ["tells somebody else", STARTS, "rules: { completion: { targets: [alerts] } }\n"],
    ["starts nothing", "def lambda_handler(event, context): ...\n", ""],
  ])("%s: nothing to say", async (_what, text, config) => {
    put(text);
    overlay(config);
    const ran = await validate();
    expect(ran.code, ran.err).toBe(0);
  });
  test.each([
    ["{ source: [aws.glue] }", 64],
    ["{ detail-type: [Glue Job State Change] }", 64],
    ["{ account: ['123456789012'] }", 64],
    ["{ source: [aws.s3] }", 0],
  ])("a pattern of one's own: %s", async (pattern, code) => {
    put(STARTS);
    overlay(`rules: { completion: { enabled: false }, own: { pattern: ${pattern}, targets: [function] } }\n`);
    const ran = await validate();
    expect(ran.code, ran.err).toBe(code);
  });
  test("in a bucket is not called, which is said; with jobEvents it is", async () => {
    const elsewhere = "function: { s3Bucket: elsewhere, s3Key: code.zip";
    const made = async (text: string): Promise<unknown[]> => {
      overlay(text);
      const { desired } = await compiled(folder.dir, "dev");
      const props = (kind: string, id: string): Record<string, Record<string, unknown>> =>
        desired.find(({ address }) => address.kind === kind && address.id === id)?.props as never;
      return [
        Object.keys(props("events.rule", "completion")["targets"] ?? {}),
        Object.keys(props("events.rule", "schedule")["targets"] ?? {}),
        Object.keys(props("lambda.function", "trigger_glue_workflow")["permissions"] ?? {}),
      ];
    };
    expect(await made(`${elsewhere} }\n`)).toEqual([[], ["function"], ["s3_raw", "rule_schedule"]]);
    const ran = await validate();
    expect(ran.code, ran.err).toBe(0);
    expect(ran.out).toContain("does not call the function: its code lies in a bucket");
    expect(await made(`${elsewhere}, jobEvents: true }\n`)).toEqual([
      ["function"],
      ["function"],
      ["s3_raw", "rule_schedule", "rule_completion"],
    ]);
    expect((await validate()).out).not.toContain("does not call the function");
  });
});

describe("init", () => {
  test("of another project says so everywhere", async () => {
    const ran = await inProcess(folder.dir, ["init", "mine", "--project", "clinic"]);
    expect(ran.code, ran.err).toBe(0);
    const text = readFileSync(join(folder.dir, "mine", "config", "lakehouse.yaml"), "utf8");
    expect(text).toContain("\nproject: clinic\n");
    expect(text).toContain("  Project: clinic\n");
    expect(text).toContain("  displayName: clinic\n");
    expect(text).not.toContain("MetricCare");
    const shown = await inProcess(join(folder.dir, "mine"), ["config", "show", "--env", "dev"]);
    expect(shown.out).toMatch(/Project: clinic/);
  });
  test("counts up to today, on the calendar that is named, or on this machine's", async () => {
    const shown = async (...more: string[]) => {
      const name = `at-${more.length}`;
      const made = await inProcess(folder.dir, ["init", name, ...more, "--json"]);
      expect(made.code, made.err).toBe(0);
      const config = await inProcess(join(folder.dir, name), ["config", "show", "--env", "dev", "--json"]);
      return [JSON.parse(made.out), (JSON.parse(config.out) as { measures: object }).measures];
    };
    const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(await shown()).toMatchObject([
      { as_of: "today", time_zone: here },
      { asOf: "today", timeZone: here },
    ]);
    const [, named] = await shown("--time-zone", "America/Chicago", "--as-of", "2024-02-29");
    expect(named).toMatchObject({ asOf: "2024-02-29", timeZone: "America/Chicago" });
  });
  test.each([
    ["--time-zone", "Mars/Olympus", "is no time zone"],
    ["--as-of", "2023-02-30", "is neither a date"],
  ])("%s %s makes nothing", async (option, value, says) => {
    const ran = await inProcess(folder.dir, ["init", "none", option, value]);
    expect([ran.code, ran.err]).toEqual([64, expect.stringContaining(says)]);
    expect(existsSync(join(folder.dir, "none"))).toBe(false);
  });
  test("a project whose name is a word of YAML", async () => {
    await inProcess(folder.dir, ["init", "mine", "--project", "true"]);
    const ran = await inProcess(join(folder.dir, "mine"), ["validate"]);
    expect(ran.code, ran.err).toBe(0);
  });
});

describe("alerts over plain http", () => {
  const one = (protocol: string): string =>
    `alerts:\n  subscriptions:\n    - protocol: ${protocol}\n      endpoint: "${protocol}://alerts.example.org/x"\n`;

  test("are a mistake for a real account, with its place", async () => {
    overlay(one("http"));
    await refused("config/dev.yaml:3:17", "only the embedded AWS takes one");
    overlay(one("https"));
    expect((await validate()).code).toBe(0);
  });

  test("go to loopback addresses on the embedded AWS", async () => {
    overlay(`${one("http")}aws: { embedded: true }\n`);
    expect((await validate()).code).toBe(0);
  });
});
