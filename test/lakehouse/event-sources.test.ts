import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { grantsOf } from "../../src/cli/commands/iam-policy.ts";
import { policyOf } from "../../src/lakehouse/access/policy.ts";
import { boundaryDocument, declaredRights } from "../../src/lakehouse/index.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

let remove = (): void => undefined;
afterEach(() => remove());

const config = (sources: string, more = "") => {
  const folder = project({ "own/f.py": "" });
  remove = folder.remove;
  const text = `
project: metriccare
pipeline: none
roles: {f: {}}
functions:
  f: {role: f, source: own, handler: f.main, timeout: 60, publish: true, aliases: {live: {}, raw: {version: $LATEST}}${more}}
tables: {visits: {hashKey: id, stream: NEW_IMAGE, kmsKeyId: "arn:aws:kms:eu-central-1:111122223333:key/1"}, dry: {hashKey: id}, theirs: {existing: t}}
queues: {work: {visibilityTimeout: 60}, short: {}, lost: {}}
eventSources:
${sources}
`;
  writeFileSync(join(folder.dir, "config/lakehouse.yaml"), text);
  writeFileSync(join(folder.dir, "config/dev.yaml"), "");
  return load({ dir: folder.dir, env: "dev" });
};

const STREAM = "arn:aws:kinesis:eu-central-1:111122223333:stream/vitals";

test("the role reads what its function is called from, and nothing else", () => {
  const all = config(`
  work: {function: f, alias: live, queue: work}
  visits: {function: f, table: visits, onFailure: {queue: lost}}
  vitals: {function: f, arn: "${STREAM}", startingPosition: AT_TIMESTAMP, startAt: "2026-01-01T00:00:00Z"}`);
  const rights = (declaredRights(all, scopeOf("dev")).get("f") ?? []).map(({ Sid, Resource }) => [Sid, Resource]);
  const at = "eu-central-1:111122223333";
  expect(Object.fromEntries(rights)).toMatchObject({
    ReadQueues: [`arn:aws:sqs:${at}:metriccare_work_dev`],
    ReadTables: [`arn:aws:dynamodb:${at}:table/metriccare_visits_dev/stream/*`],
    ReadStreams: [STREAM],
    ListStreams: ["*"],
    SendLostRecords: [`arn:aws:sqs:${at}:metriccare_lost_dev`],
    ReadSourcesWithKeys: ["arn:aws:kms:eu-central-1:111122223333:key/1"],
  });
  expect(JSON.stringify(boundaryDocument(all, scopeOf("dev")))).toContain("kinesis:GetRecords");
  const deployer = policyOf(all, scopeOf("dev"), grantsOf("deployer"), "deployer");
  const create = deployer.Statement.find(({ Action = [] }) =>
    [Action].flat().includes("lambda:CreateEventSourceMapping"),
  );
  expect(create?.Condition).toEqual({
    ArnLike: {
      "lambda:FunctionArn": [
        `arn:aws:lambda:${at}:function:metriccare_f_dev`,
        `arn:aws:lambda:${at}:function:metriccare_f_dev:*`,
      ],
    },
  });
  const bare = JSON.stringify(policyOf({ ...all, eventSources: {} }, scopeOf("dev"), grantsOf("deployer"), "deployer"));
  expect(bare).not.toContain("EventSourceMapping");
});

test.each([
  ["  a: {function: g, queue: work}", /no function `g`.*`f`/s],
  ["  a: {function: f, queue: wrk}", /no queue `wrk`.*`work`/s],
  ["  a: {function: f, alias: liv, queue: work}", /no alias `liv`.*`live`/s],
  ["  a: {function: f, queue: short}", /shows its messages again after 30 seconds.*visibilityTimeout to 60/s],
  ["  a: {function: f, table: dry}", /table `dry` has no stream/],
  ["  a: {function: f, table: theirs}", /by its ARN/],
  ["  a: {function: f}", /names one of queue, table, arn, kafka/],
  ["  a: {function: f, queue: work, table: visits}", /names one of/],
  ["  a: {function: f, arn: 'arn:aws:s3:::b'}", /the ARN of a queue, of a stream/],
  ["  a: {function: f, table: visits, startingPosition: AT_TIMESTAMP}", /go together/],
  ["  a: {function: f, queue: work}\n  b: {function: f, queue: work}", /same function and source/],
])("%s is a mistake at its place", (sources, said) => {
  expect(() => config(sources)).toThrow(said);
  expect(() => config(sources)).toThrow(/lakehouse\.yaml:\d+:\d+/);
});

test.each([
  [", permissions: {a: {principal: '*'}}", /a service such as/],
  [", permissions: {a: {principal: '111122223333', alias: lve}}", /no alias `lve`.*`live`/s],
  [", permissions: {a: {principal: sns.amazonaws.com, sourceAccount: '1'}}", /twelve digits/],
  [
    "}\n  g: {role: f, source: own, handler: f.main, publish: true, snapStart: true, aliases: {x: {provisionedConcurrency: 1}}",
    /exclude each other/,
  ],
])("of a function %s is a mistake", (more, said) => {
  expect(() => config("  a: {function: f, queue: work}", more)).toThrow(said);
});

test("an alias of the newest version needs versions, and who deploys may let in whom the config names", () => {
  expect(() =>
    config("  a: {function: f, queue: work}", "}\n  g: {role: f, source: own, handler: f.main, aliases: {x: {}}"),
  ).toThrow(/publishes none/);
  const all = config("  a: {function: f, queue: work}", ", permissions: {gate: {principal: apigateway.amazonaws.com}}");
  const invite = policyOf(all, scopeOf("dev"), grantsOf("deployer"), "deployer").Statement.find(({ Action = [] }) =>
    [Action].flat().includes("lambda:AddPermission"),
  );
  expect(JSON.stringify(invite?.Condition)).toContain("apigateway.amazonaws.com");
});
