import { describe, expect, it } from "vitest";
import type { Desired } from "../../src/engine/types.ts";
import { compile, lakehouseSchema, outputs } from "../../src/lakehouse/index.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

/** The smallest config that is one: every default of the documents shows in it. */
const bare = lakehouseSchema.parse({
  project: "metriccare",
  buckets: {},
  databases: {},
  jobs: {},
  roles: {},
  workflow: { triggers: {} },
});

describe("the variables of the Terraform modules", () => {
  it("have the documents' defaults under the same words", () => {
    expect(bare.ledger).toMatchObject({
      hashKey: "file_id",
      readCapacity: 5,
      writeCapacity: 5,
      ttl: false,
      ttlAttribute: "expiration_time",
      tags: {},
    });
    expect(bare.workflow).toMatchObject({ description: "", tags: {} });
    expect(bare.function).toMatchObject({
      handler: "myglueworkflow.lambda_handler",
      runtime: "python3.12",
      environment: {},
    });
  });

  it("can all be set, and reach the resources", async () => {
    const { dir, remove } = project({
      "config/mine.yaml": `
workflow: { name: my_workflow, description: mine, tags: { Team: data } }
ledger: { name: my_files, hashKey: id, readCapacity: 7, writeCapacity: 8, enableTtl: true, ttlAttribute: gone_at, tags: { Team: data } }
function: { name: my_function, handler: a.b, runtime: python3.13, s3Bucket: elsewhere, s3Key: code.zip, environment: { EXTRA: 1 } }
`,
    });
    try {
      const config = load({ dir, env: "mine" });
      const { desired } = await compile(config, scopeOf("mine"), dir);
      const of = (kind: string): Desired | undefined => desired.find(({ address }) => address.kind === kind);
      expect(of("glue.workflow")).toMatchObject({
        address: { name: "my_workflow" },
        props: { description: "mine" },
        tags: { Team: "data", Project: "MetricCare", Environment: "mine" },
      });
      expect(of("dynamodb.table")).toMatchObject({
        address: { name: "my_files" },
        props: { hashKey: "id", readCapacity: 7, writeCapacity: 8, ttlAttribute: "gone_at" },
      });
      expect(of("lambda.function")).toMatchObject({
        address: { name: "my_function" },
        props: {
          handler: "a.b",
          runtime: "python3.13",
          codeS3: "s3://elsewhere/code.zip",
          codeSha256: null,
          environment: { EXTRA: "1", GLUE_WORKFLOW_NAME: "my_workflow", LEDGER_TTL_ATTRIBUTE: "gone_at" },
        },
      });
    } finally {
      remove();
    }
  });

  it("have the documents' outputs", () => {
    const found = outputs(bare, scopeOf("dev"));
    expect(found.workflow).toEqual({
      name: "metriccare_etl_workflow_dev",
      arn: "arn:aws:glue:eu-central-1:111122223333:workflow/metriccare_etl_workflow_dev",
      triggers: {},
    });
    expect(found.ledger).toEqual({
      name: "metriccare_processed_files_dev",
      arn: "arn:aws:dynamodb:eu-central-1:111122223333:table/metriccare_processed_files_dev",
    });
  });
});
