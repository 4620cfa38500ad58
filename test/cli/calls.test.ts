import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grantsOf } from "../../src/cli/commands/iam-policy.ts";
import { EVERYWHERE } from "../../src/lakehouse/access/actions.ts";
import { MANAGED_LIMIT, sizeOf, split } from "../../src/lakehouse/access/policy.ts";
import type { PolicyDocument } from "../../src/services/iam/props.ts";
import { TEN } from "../chaos/stage.ts";
import type { Audience } from "../../src/lakehouse/access/grant.ts";
import { allows, type Need, needsOf } from "../harness/iam-needs.ts";
import type { Called } from "../harness/in-process.ts";
import { problemsOf } from "../harness/models.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** Every call that the command line makes on moto, held against the printed policies and AWS's service models. */
let moto: MotoProject;
const done: Record<Audience, Called[]> = { deployer: [], operator: [], reader: [] };
const policies: Partial<Record<Audience, PolicyDocument>> = {};

async function policy(audience: Audience, ...more: string[]): Promise<PolicyDocument> {
  const { code, out, err, calls } = await moto.run("iam-policy", audience, "--env", "dev", "--json", ...more);
  expect(code, err).toBe(0);
  done.reader.push(...calls);
  return JSON.parse(out) as PolicyDocument;
}

/** What a reader may do an operator may too, and what that one may a deployer. */
async function as(audience: Audience, ...argv: string[]): Promise<void> {
  const { code, out, err, calls } = await moto.run(...argv, "--env", "dev", "--json");
  done.deployer.push(...calls);
  if (audience !== "deployer") done.operator.push(...calls);
  if (audience === "reader") done.reader.push(...calls);
  expect([0, 2], `${argv.join(" ")}: ${err}${out}`).toContain(code);
}

beforeAll(async () => {
  moto = await motoProject();
  policies.deployer = await policy("deployer");
  policies.operator = await policy("operator");
  policies.reader = await policy("reader");
  const file = join(moto.dir, "Patient.000.ndjson");
  writeFileSync(file, '{"resourceType":"Patient","id":"1"}\n');
  await as("reader", "diff");
  await as("deployer", "apply", "--yes");
  await as("reader", "diff", "--exit-code", "--all");
  await as("reader", "outputs");
  await as("operator", "ledger", "list");
  await as("operator", "ledger", "list", "--prefix", "fhir/", "--limit", "3");
  await as("operator", "ledger", "show", "Patient.000.ndjson").catch(() => undefined);
  await as("operator", "ledger", "stats");
  await as("operator", "runs", "list");
  await as("operator", "measures").catch(() => undefined);
  await as("operator", "report", "--out", "report.html");
  await as("operator", "ingest", file);
  await as("operator", "run-workflow", "--no-wait");
  await as("operator", "runs", "show").catch(() => undefined);
  await as("operator", "runs", "logs").catch(() => undefined);
  for (const command of [
    ["where", "Patient.000.ndjson"],
    ["quarantine", "list"],
    ["ledger", "audit"],
    ["ledger", "backfill", "--dry-run"],
    ["ledger", "export"],
    ["doctor"],
    ["alerts", "test"],
  ])
    await as("operator", ...command).catch(() => undefined);
  for (const command of [
    ["ledger", "backfill"],
    ["ledger", "retry"],
    ["ledger", "release"],
    ["alerts", "test", "--send"],
    ["runs", "stop"],
  ])
    await as("operator", ...command).catch(() => undefined);
  moto.config(
    "function: {timeout: 90, memory: 512, environment: {NOTE: a}, logRetentionDays: 30}\nledger: {billing: on-demand}\nalerts: {subscriptions: [{protocol: email, endpoint: a@example.org}]}\nbuckets: {raw: {lifecycle: {noncurrentDays: 31}}}\nroles: {glue_gold: {description: changed}}\nrules: {schedule: {description: changed}}\n",
  );
  await as(
    "deployer",
    "apply",
    "--yes",
    "--only",
    "lambda",
    "--only",
    "s3",
    "--only",
    "sns",
    "--only",
    "events",
    "--only",
    "dynamodb",
    "--only",
    "logs",
  );
  moto.config(TEN);
  await as("deployer", "apply", "--yes");
  await as("deployer", "destroy", "--yes");
  await as("deployer", "destroy", "--yes", "--include-data");
}, 300_000);
afterAll(() => moto?.stop());

const BOUNDARY = "arn:aws:iam::123456789012:policy/metriccare_boundary_dev";
/** The security team makes and changes the boundary. */
const theirs = ({ action, resource }: Need): boolean => resource === BOUNDARY && !action.startsWith("iam:Get");

const missing = (document: PolicyDocument | undefined, calls: readonly Called[]): string[] => [
  ...new Set(
    calls
      .flatMap((call) => needsOf(call, BOUNDARY).map((need) => ({ call, need })))
      // doctor asks for a simulation where it may, and goes on without.
      .filter(({ need }) => need.action !== "iam:SimulatePrincipalPolicy" && !theirs(need))
      .filter(({ need }) => !document || !allows(document, need))
      .map(({ call, need }) => `${call.service}:${call.operation} needs ${need.action} on ${need.resource}`),
  ),
];

describe("requests", () => {
  test("are what AWS's service models take: members, types, enums, lengths, patterns", () => {
    const all = [...done.deployer, ...done.reader];
    expect([...new Set(all.flatMap(problemsOf))]).toEqual([]);
  });

  test("to S3 name the account that must own the bucket, but for the one that makes it", () => {
    const named = (input: unknown): boolean =>
      (input as { ExpectedBucketOwner?: string }).ExpectedBucketOwner === "123456789012";
    const s3 = [...done.deployer, ...done.reader].filter(({ service }) => service === "s3");
    expect(s3.length).toBeGreaterThan(100);
    const without = s3.filter(({ input }) => !named(input)).map(({ operation }) => operation);
    expect([...new Set(without)]).toEqual(["CreateBucket"]);
  });

  test("are really checked", () => {
    const wrong = (operation: string, input: object): string[] => problemsOf({ service: "glue", operation, input });
    expect(wrong("CreateJob", { Name: "a", Role: "r", Command: {}, WorkerType: "G.1X" })).toEqual([]);
    expect(wrong("CreateJob", { Name: "", Role: "r" })).toHaveLength(2);
    expect(
      wrong("CreateJob", { Name: "a", Role: "r", Command: {}, ExecutionClass: "FAST", Timeout: "1" }),
    ).toHaveLength(2);
    expect(wrong("CreateJob", { Name: "a", Role: "r", Command: {}, Colour: "red" })).toHaveLength(1);
    expect(wrong("GetJobb", {})).toHaveLength(1);
  });

  test("come from every command that was run", () => {
    const operations = new Set(done.deployer.map(({ service, operation }) => `${service}:${operation}`));
    expect(operations.size).toBeGreaterThan(70);
  });
});

describe("iam-policy", () => {
  test("deployer allows every call of apply, diff, destroy, ingest, run-workflow, ledger and measures", () => {
    expect(done.deployer.length).toBeGreaterThan(300);
    expect(missing(policies.deployer, done.deployer)).toEqual([]);
  });

  test("operator allows every call of the commands that run and repair the pipeline", () => {
    expect(missing(policies.operator, done.operator)).toEqual([]);
  });

  test("reader allows every call of diff", () => {
    expect(missing(policies.reader, done.reader)).toEqual([]);
  });

  test("reader may change nothing", () => {
    const actions = policies.reader?.Statement.flatMap(({ Action }) => Action ?? []) ?? [];
    expect(actions.length).toBeGreaterThan(30);
    expect(actions.filter((action) => !/^\w+:(Get|List|Describe|BatchGet)/.test(action))).toEqual([]);
  });

  test("`*` stands only where IAM knows no resource, and no action is a wild card", () => {
    for (const document of Object.values(policies)) {
      for (const { Action, Resource } of document?.Statement ?? []) {
        const actions = [Action ?? []].flat();
        expect(actions.filter((action) => action.includes("*"))).toEqual([]);
        if (Resource === "*") expect(actions.filter((action) => !(action in EVERYWHERE))).toEqual([]);
        else expect([Resource ?? []].flat().filter((one) => !one.startsWith("arn:aws:"))).toEqual([]);
      }
    }
  });

  test("what is too long for one managed policy fits into several", async () => {
    for (const document of [policies.operator, policies.reader])
      expect(document && sizeOf(document)).toBeLessThanOrEqual(MANAGED_LIMIT);
    const parts = (await policy("deployer", "--split")) as unknown as PolicyDocument[];
    expect(parts).toHaveLength(2);
    for (const part of parts) expect(sizeOf(part)).toBeLessThanOrEqual(MANAGED_LIMIT);
    const whole = policies.deployer;
    if (!whole) throw new Error("no policy");
    const small = split(whole, 1000);
    expect(small.length).toBeGreaterThan(6);
    for (const part of small) expect(sizeOf(part)).toBeLessThanOrEqual(1000);
    const rights = (documents: readonly PolicyDocument[]): string[] =>
      documents
        .flatMap(({ Statement }) =>
          Statement.flatMap(({ Effect, Action, Resource }) =>
            [Action ?? []]
              .flat()
              .flatMap((action) => [Resource ?? []].flat().map((one) => `${Effect} ${action} ${one}`)),
          ),
        )
        .toSorted();
    expect(rights(small)).toEqual(rights([whole]));
  });

  test("no right that nobody asked for: every action is of a kind or of an operation", () => {
    const asked = new Set(grantsOf("deployer").map(({ action }) => action));
    const allowing = policies.deployer?.Statement.filter(({ Effect }) => Effect === "Allow") ?? [];
    const given = allowing.flatMap(({ Action }) => Action ?? []);
    expect(given.filter((action) => !asked.has(action))).toEqual([]);
  });

  test("names of the config's own choice are in it", async () => {
    moto.config("jobs: {bronze_patient: {name: special}}\nroles: {glue_gold: {path: /team/}}\n");
    const text = JSON.stringify(await policy("deployer"));
    expect(text).toContain("job/special");
    expect(text).toContain("role/team/metriccare_glue_gold_dev");
  });

  test("an unknown word is bad usage", async () => {
    expect((await moto.run("iam-policy", "admin", "--env", "dev")).code).toBe(64);
  });
});
