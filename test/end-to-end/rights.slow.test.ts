import { IAM } from "@aws-sdk/client-iam";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ran, repository, TestProject } from "../harness/project.ts";

/** The printed policies under an AWS that enforces IAM: users who hold them and nothing else. */

type Env = Record<string, string>;
interface Where {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

let project: TestProject;
let where: Where;
let iam: IAM;

beforeAll(async () => {
  project = await TestProject.make();
  // An environment like any on AWS; only the standard AWS variables say where it is.
  project.write("config/clinic.yaml", "workflow: {description: rights}\n");
  const up = await project.run(["local", "up", "--env", "local", "--json"]);
  expect(up.code, up.err).toBe(0);
  where = JSON.parse(up.out) as Where;
  const { endpoint, region, accessKeyId, secretAccessKey } = where;
  iam = new IAM({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
});
afterAll(() => project?.remove());

/** A user with these managed policies and nothing else, as the standard variables name him. */
async function user(name: string, documents: readonly object[]): Promise<Env> {
  await iam.createUser({ UserName: name });
  for (const [i, document] of documents.entries()) {
    const made = await iam.createPolicy({ PolicyName: `${name}-${i}`, PolicyDocument: JSON.stringify(document) });
    await iam.attachUserPolicy({ UserName: name, PolicyArn: made.Policy?.Arn });
  }
  const { AccessKey } = await iam.createAccessKey({ UserName: name });
  return {
    AWS_ENDPOINT_URL: where.endpoint,
    AWS_REGION: where.region,
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? "",
  };
}

async function policies(audience: "deployer" | "reader"): Promise<object[]> {
  const place = ["--account", "123456789012", "--region", where.region];
  const printed = await project.run(["iam-policy", audience, "--env", "clinic", "--split", "--json", ...place]);
  expect(printed.code, printed.err).toBe(0);
  return JSON.parse(printed.out) as object[];
}

const as = (who: Env, ...args: string[]): Promise<Ran> => project.run([...args, "--env", "clinic", "--json"], who);
const summary = (ran: Ran): unknown => (JSON.parse(ran.out) as { summary: unknown }).summary;

describe("under enforced IAM", () => {
  let deployer: Env;
  let reader: Env;

  it("a user without rights may nothing, and is told which right is missing", async () => {
    const nobody = await user("nobody", []);
    const diff = await as(nobody, "diff");
    expect(diff.code).toBe(1);
    expect(diff.out).toMatch(/not authorized to perform: \w+:\w+/i);
  });

  it("a reader sees what apply would do, and changes nothing", async () => {
    reader = await user("reader", await policies("reader"));
    const diff = await as(reader, "diff");
    expect(diff.code, diff.out + diff.err).toBe(0);
    const applied = await as(reader, "apply", "--yes");
    expect(applied.code).toBe(1);
    const last = applied.lines<{ error?: { code: string; text: string } }>().at(-1);
    expect(last?.error?.code, applied.out).toBe("access_denied");
    expect(last?.error?.text).toMatch(/s3:CreateBucket/);
    expect(last?.error?.text).toMatch(/metriccare-scripts-clinic/);
    expect(summary(await as(reader, "diff"))).toEqual(summary(diff));
  });

  it("a deployer applies", async () => {
    deployer = await user("deployer", await policies("deployer"));
    const applied = await as(deployer, "apply", "--yes");
    expect(applied.code, applied.out + applied.err).toBe(0);
    const diff = await as(deployer, "diff", "--exit-code");
    expect(diff.code, diff.out + diff.err).toBe(0);
  });

  it("a deployer ingests, runs the workflow and reads what came of it", async () => {
    const ingested = await as(deployer, "ingest", "--wait", join(repository, "test", "fhir-sample"));
    expect(ingested.code, ingested.out + ingested.err).toBe(0);
    const ran = await as(deployer, "run-workflow");
    expect(ran.code, ran.out + ran.err).toBe(0);
    for (const command of [
      ["ledger", "list"],
      ["ledger", "stats"],
      ["runs", "list"],
      ["runs", "show"],
      ["runs", "logs"],
      ["measures"],
    ]) {
      for (const who of [deployer, reader]) {
        const read = await as(who, ...command);
        expect(read.code, `${command.join(" ")}: ${read.out}${read.err}`).toBe(0);
      }
    }
  });

  it("a reader may not ingest, start a run, or change what is there", async () => {
    for (const command of [
      ["ingest", join(repository, "package.json")],
      ["run-workflow", "--no-wait"],
    ]) {
      const refused = await as(reader, ...command);
      expect(refused.code, `${command.join(" ")}: ${refused.out}`).toBe(1);
      expect(refused.out + refused.err).toMatch(/s3:(Put|Get)Object|glue:StartWorkflowRun/);
    }
    project.write("config/clinic.yaml", "workflow: {description: rights}\nfunction: {timeout: 77}\n");
    const applied = await as(reader, "apply", "--yes");
    expect(applied.code).toBe(1);
    const diff = await as(reader, "diff", "--exit-code");
    expect(diff.code, diff.out).toBe(2);
    expect(diff.out).toContain("timeout");
  });

  it("a deployer changes, and takes everything away again", async () => {
    expect((await as(deployer, "apply", "--yes")).code).toBe(0);
    const gone = await as(deployer, "destroy", "--yes", "--include-data");
    expect(gone.code, gone.out + gone.err).toBe(0);
    const left = await as(deployer, "destroy", "--yes", "--include-data");
    expect(left.lines().at(-1)).toMatchObject({ type: "finished", done: 0, failed: 0 });
  });
});
