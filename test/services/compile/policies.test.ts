import { describe, expect, it } from "vitest";
import { addressText } from "../../../src/engine/types.ts";
import type { PolicyDocument, PolicyStatement, RoleProps } from "../../../src/services/iam/props.ts";
import { compiled, project } from "./project.ts";

/** Statements of a role's derived policy, by Sid, under an overlay. */
async function statements(role: string, overlay: string): Promise<Record<string, PolicyStatement>> {
  const { dir, remove } = project({ "config/mine.yaml": overlay, "glue-scripts/extra.py": "" });
  try {
    const { desired } = await compiled(dir, "mine");
    const found = desired.find(({ address }) => addressText(address) === `iam.role/${role}`);
    if (!found) throw new Error(`${role} is not there`);
    const { policies } = found.props as RoleProps;
    return Object.fromEntries(
      ((policies["lakehouse"] as PolicyDocument | undefined)?.Statement ?? []).map((one) => [one.Sid ?? "", one]),
    );
  } finally {
    remove();
  }
}

describe("derived rights", () => {
  it("are what each part calls, and no more", async () => {
    expect(Object.keys(await statements("trigger_glue_workflow", ""))).toEqual([
      "WriteLogs",
      "UseLedger",
      "QueryLedger",
      "RunWorkflow",
      "PublishAlerts",
      "UseQueue",
      "GoOn",
    ]);
    expect(Object.keys(await statements("glue_silver", ""))).toEqual([
      "ReadScripts",
      "UseTempDir",
      "ReadBronze",
      "WriteSilver",
      "ListBuckets",
      "SyncCatalog",
      "WriteLogs",
      "PutMetrics",
    ]);
  });

  it("let a job use the keys of its buckets, the ledger's and the topic's", async () => {
    const overlay = `
buckets: { bronze: { encryption: { algorithm: "aws:kms", kmsKeyId: "11111111-2222-3333-4444-555555555555" } }, silver: { encryption: { algorithm: "aws:kms", kmsKeyId: alias/silver } } }
ledger: { kmsKeyId: "arn:aws:kms:eu-central-1:111122223333:key/ledger" }
alerts: { kmsKeyId: "arn:aws:kms:eu-central-1:111122223333:key/topic" }
`;
    const silver = await statements("glue_silver", overlay);
    expect(silver["ReadWithKeys"]?.Resource).toEqual([
      "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    ]);
    expect(silver["WriteWithKeysByAlias"]?.Condition).toEqual({
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": ["alias/silver"] },
    });
    const fn = await statements("trigger_glue_workflow", overlay);
    expect([fn["UseLedgerKey"]?.Resource, fn["UseTopicKey"]?.Resource].flat()).toEqual([
      "arn:aws:kms:eu-central-1:111122223333:key/ledger",
      "arn:aws:kms:eu-central-1:111122223333:key/topic",
    ]);
  });

  it("reach packages in another bucket and connections by name", async () => {
    const gold = await statements(
      "glue_gold",
      `
buckets: { tools: {} }
uploads: { extra: { bucket: tools, source: glue-scripts/extra.py } }
jobs: { gold_hai: { packages: [metriccare_etl, extra], connections: [warehouse] } }
`,
    );
    expect(gold["ReadScripts"]?.Resource).toContain(
      "arn:aws:s3:::metriccare-tools-mine-111122223333-eu-central-1/glue-scripts/*",
    );
    expect(gold["ListBuckets"]?.Resource).toContain("arn:aws:s3:::metriccare-tools-mine-111122223333-eu-central-1");
    expect(gold["UseConnections"]?.Resource).toContain("arn:aws:glue:eu-central-1:111122223333:connection/warehouse");
  });

  it("keep Sids apart where the function and jobs share a role", async () => {
    const shared = await statements(
      "glue_bronze",
      "function: { role: glue_bronze }\nroles: { trigger_glue_workflow: { description: spare } }\njobs: { gold_hai: { role: trigger_glue_workflow } }\n",
    );
    expect(Object.keys(shared)).toEqual(
      expect.arrayContaining(["WriteLogs", "WriteLogs2", "UseLedger", "UseLedger2", "RunWorkflow"]),
    );
  });
});
