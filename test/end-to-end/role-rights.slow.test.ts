import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { IAM } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TestProject } from "../harness/project.ts";
import { chosen, SMALL, stories } from "../harness/sample.ts";

/**
 * Statements taken out of the function's and the jobs' roles, one at a time, under enforced IAM: what uses them fails with
 * the action named and the statement to add, `doctor` says the same beforehand, and apply heals it.
 */
let project: TestProject;
let iam: IAM;
let logs: CloudWatchLogs;
let env: Record<string, string>;

interface Statement {
  readonly Sid: string;
  readonly Action: string[];
}

beforeAll(async () => {
  project = await TestProject.make();
  project.keepGold("gold_hai");
  // An environment like any on AWS; only the standard AWS variables say where it is.
  project.write("config/clinic.yaml", "workflow: {description: rights}\n");
  const up = await project.run(["local", "up", "--env", "local", "--json"]);
  expect(up.code, up.err).toBe(0);
  const where = JSON.parse(up.out) as Record<"endpoint" | "region" | "accessKeyId" | "secretAccessKey", string>;
  const { endpoint, region, accessKeyId, secretAccessKey } = where;
  const config = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  iam = new IAM(config);
  logs = new CloudWatchLogs(config);
  env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  await cli(0, "apply", "--yes");
});
afterAll(() => project?.remove());

async function cli(code: number, ...args: string[]) {
  const ran = await project.run([...args, "--env", "clinic", "--json"], env);
  expect(ran.code, `${args.join(" ")}: ${ran.out}${ran.err}`).toBe(code);
  return ran;
}

const ROLES = {
  function: "metriccare_trigger_glue_workflow_clinic",
  bronze: "metriccare_glue_bronze_clinic",
  silver: "metriccare_glue_silver_clinic",
  gold: "metriccare_glue_gold_clinic",
};
type Role = keyof typeof ROLES;

async function statements(role: Role): Promise<Statement[]> {
  const { PolicyDocument } = await iam.getRolePolicy({ RoleName: ROLES[role], PolicyName: "lakehouse" });
  return (JSON.parse(decodeURIComponent(PolicyDocument ?? "")) as { Statement: Statement[] }).Statement;
}

const put = (role: Role, Statement: readonly Statement[]) =>
  iam.putRolePolicy({
    RoleName: ROLES[role],
    PolicyName: "lakehouse",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
  });

/** `npm test` draws some of what costs most; `scripts/rights.sh` runs all of it. */
const sample = <T>(all: readonly T[], count = Math.ceil(all.length / 2)): readonly T[] =>
  SMALL ? chosen(all, 2 * count) : all;

/** Without the statement for a while. */
async function without<T>(role: Role, sid: string, work: () => Promise<T>): Promise<T> {
  const all = await statements(role);
  expect(all.map(({ Sid }) => Sid)).toContain(sid);
  await put(
    role,
    all.filter(({ Sid }) => Sid !== sid),
  );
  try {
    return await work();
  } finally {
    await cli(0, "apply", "--yes", "--only", "iam");
    expect(await statements(role)).toEqual(expect.arrayContaining(all));
  }
}

let files = 0;
const file = (): string => {
  files++;
  return project.write(`in/patient-${files}.ndjson`, `{"resourceType":"Patient","id":"p${files}","gender":"female"}\n`);
};

/** What the function has said of missing rights since then. */
async function functionSaid(sinceMs: number): Promise<string> {
  const { events = [] } = await logs
    .filterLogEvents({ logGroupName: `/aws/lambda/${ROLES.function}`, startTime: sinceMs })
    .catch(() => ({ events: [] }));
  return events
    .map(({ message = "" }) => message)
    .filter((message) => message.includes("is not authorized to perform"))
    .join("\n");
}

const adding = (action: string): RegExp => new RegExp(`statement to add[^\\n]*\\{\\\\*"Effect[^\\n]*${action}`);

describe("doctor names every statement that a role misses", () => {
  it("all of them, in every role", async () => {
    expect(await rightsIn()).toEqual([]);
    for (const role of sample(Object.keys(ROLES) as Role[])) {
      const all = await statements(role);
      const taken = new Set<string>();
      for (const { Sid } of all) {
        await put(
          role,
          all.filter((statement) => statement.Sid !== Sid),
        );
        for (const text of await rightsIn()) {
          expect(text).toMatch(/^it may not /);
          const named = JSON.parse(text.slice(text.indexOf("{"))) as Statement;
          taken.add(named.Sid);
        }
      }
      await put(role, all);
      expect([...taken].sort(), role).toEqual(all.map(({ Sid }) => Sid).sort());
    }
  });

  async function rightsIn(): Promise<string[]> {
    const ran = await project.run(["doctor", "--env", "clinic", "--json"], env);
    return ran
      .lines<{ check: string; ok: boolean; text: string }>()
      .filter(({ check, ok }) => check.startsWith("rights of") && !ok)
      .map(({ text }) => text);
  }
});

const STORIES = stories(["the function", "a job"]);

describe.runIf(STORIES.includes("the function"))("the function", () => {
  let lost: string;
  beforeAll(() => {
    lost = file();
  });

  it("without the ledger records nothing, and ingest --wait says why", () =>
    without("function", "UseLedger", async () => {
      const ran = await cli(1, "ingest", "--wait", lost);
      const last = ran.lines<{ error?: { code: string; text: string; fix: string } }>().at(-1);
      expect(last?.error?.code).toBe("function_denied");
      expect(last?.error?.text).toMatch(/dynamodb:\w+ on arn:aws:dynamodb:.*The statement to add: \{"Effect":"Allow"/);
      expect(last?.error?.fix).toContain("apply --only iam");
    }));

  it("that may use it again records the file when it is sent again", () => cli(0, "ingest", "--wait", lost));

  it("without its workflow starts none: ingest --wait says why, and starts it", () =>
    without("function", "RunWorkflow", async () => {
      const ran = await cli(0, "ingest", "--wait", file());
      expect(ran.err).toMatch(/may not glue:\w+ on arn:aws:glue:.*"Action":"glue:\w+"/);
      expect(ran.err).toContain("starting one");
    }));

  it.each(
    sample([
      ["QueryLedger", "dynamodb:Query"],
      ["PublishAlerts", "sns:Publish"],
    ]),
  )("without %s fails at the end of a run, and its log says why", (sid, action) =>
    without("function", sid, async () => {
      const since = Date.now();
      await cli(0, "ingest", "--wait", file());
      await vi.waitFor(async () => expect(await functionSaid(since)).toMatch(adding(action)), {
        timeout: 60_000,
        interval: 1000,
      });
    }),
  );
});

/** Each takes a run of the workflow. */
const JOBS: readonly [Role, string, string, string][] = [
  ["bronze", "ReadScripts", "bronze_patient", "s3:GetObject"],
  ["bronze", "UseLedger", "bronze_patient", "dynamodb:\\w+"],
  ["bronze", "QueryLedger", "bronze_patient", "dynamodb:Query"],
  ["bronze", "ReadRaw", "bronze_patient", "s3:GetObjectVersion"],
  ["bronze", "SyncCatalog", "bronze_patient", "glue:\\w+"],
  ["silver", "ReadScripts", "silver_patient", "s3:GetObject"],
  ["silver", "SyncCatalog", "silver_patient", "glue:\\w+"],
  ["gold", "ReadScripts", "gold_hai", "s3:GetObject"],
  ["gold", "SyncCatalog", "gold_hai", "glue:\\w+"],
];

describe.runIf(STORIES.includes("a job"))("a job", () => {
  it.each(sample(JOBS, 2))("of %s without %s fails, and run-workflow says why", async (role, sid, job, action) => {
    await without(role, sid, async () => {
      await cli(0, "ingest", file());
      const ran = await cli(1, "run-workflow", "--attach");
      const failure = ran
        .lines<{ type: string; key?: string; hint?: { id: string; means: string; fix: string } }>()
        .find(({ type, key }) => type === "failure" && key === job);
      expect(failure?.hint?.id, ran.out).toBe("missing_right");
      expect(failure?.hint?.means).toMatch(new RegExp(`${ROLES[role]} may not ${action} on arn:aws:`));
      expect(failure?.hint?.means).toMatch(adding(action));
      expect(failure?.hint?.fix).toContain("apply --only iam");
    });
  });

  it("that has all of them again takes what waits", async () => {
    await cli(0, "run-workflow", "--attach");
    const listed = await cli(0, "ledger", "list", "--status", "received");
    expect(listed.lines<{ type?: string; key?: string }>().filter(({ key }) => key !== undefined)).toEqual([]);
  });
});
