import type { Answer, Rule } from "./proxy.ts";
import { bucketOf, json, ok, textOf } from "./aws-like.ts";

/** What moto lacks and the stack needs, done by the proxy. Each is a named gap, none hides an error of ours. */
export const motoGaps = (): Rule[] => [
  atomicConditionalWrites(),
  atomicBuckets(),
  statementIdsAreUnique(),
  invokeConfigIsPut(),
  updateByReplacement(),
  nobodySimulates(),
];

/** moto breaks over a simulation, with an error that the SDK sends again and again; a caller may lack the right to one on AWS. */
const nobodySimulates = (): Rule => ({
  name: "moto: SimulatePrincipalPolicy",
  before: async ({ operation }) =>
    operation === "SimulatePrincipalPolicy"
      ? {
          kind: "refuse",
          with: { status: 403, code: "AccessDenied", message: `not authorized to perform: iam:${operation}` },
        }
      : undefined,
});

/** S3 compares and writes in one step; moto's threads may do it in between each other. One after the other, then. */
const atomicConditionalWrites = (): Rule => ({
  name: "moto: atomic conditional writes",
  serial: (call) => (call.operation === "PutObject" ? call.path.split("?")[0] : undefined),
});

/** moto looks whether a bucket is there and then makes it: of two creators the later one may empty what the first has used since. */
const atomicBuckets = (): Rule => ({
  name: "moto: atomic CreateBucket",
  serial: (call) => (call.operation === "CreateBucket" ? `bucket ${bucketOf(call)}` : undefined),
});

/**
 * moto takes a statement id a second time, and then has it twice. A fault that lets the call through must not come first: one
 * whose answer broke off, sent again and broken off again, would be there twice.
 */
export const statementIdsAreUnique = (): Rule => ({
  name: "moto: unique statement ids",
  before: async (call, ask) => {
    if (call.operation !== "AddPermission") return undefined;
    const sid = textOf(json(call.body)["StatementId"]);
    const { Policy } = json((await ask({ method: "GET" }, "")).body);
    const there = (JSON.parse(textOf(Policy) || "{}") as { Statement?: { Sid?: string }[] }).Statement ?? [];
    if (!there.some(({ Sid }) => Sid === sid)) return undefined;
    const message = `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`;
    return { kind: "refuse", with: { status: 409, code: "ResourceConflictException", message } };
  },
});

/** moto keeps every invoke config that was ever put, and answers with the first. */
const invokeConfigIsPut = (): Rule => ({
  name: "moto: PutFunctionEventInvokeConfig replaces",
  before: async (call, ask) => {
    if (call.operation === "PutFunctionEventInvokeConfig") await ask({ method: "DELETE" }, "");
    return undefined;
  },
});

/** moto has no UpdateJob and no UpdateTrigger: the thing is made anew as the update wants it, with the tags it had. */
function updateByReplacement(): Rule {
  const done: Answer = {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: Buffer.from("{}"),
  };
  return {
    name: "moto: UpdateJob and UpdateTrigger",
    before: async (call, ask) => {
      if (call.operation === "UpdateJob") {
        const { JobName, JobUpdate } = json(call.body) as { JobName: string; JobUpdate: object };
        const arn = `arn:aws:glue:us-east-1:123456789012:job/${JobName}`;
        const { Tags } = json((await ask({ target: "GetTags" }, { ResourceArn: arn })).body);
        await ask({ target: "DeleteJob" }, { JobName });
        return { kind: "answer", with: await ask({ target: "CreateJob" }, { ...JobUpdate, Name: JobName, Tags }) };
      }
      if (call.operation === "UpdateTrigger") {
        const { Name, TriggerUpdate } = json(call.body) as { Name: string; TriggerUpdate: object };
        const arn = `arn:aws:glue:us-east-1:123456789012:trigger/${Name}`;
        const { Tags } = json((await ask({ target: "GetTags" }, { ResourceArn: arn })).body);
        const old = (json((await ask({ target: "GetTrigger" }, { Name })).body)["Trigger"] ?? {}) as Record<
          string,
          unknown
        >;
        await ask({ target: "DeleteTrigger" }, { Name });
        const fresh = { ...TriggerUpdate, Name, Type: textOf(old["Type"]), WorkflowName: old["WorkflowName"], Tags };
        const made = await ask({ target: "CreateTrigger" }, fresh);
        return { kind: "answer", with: ok(made) ? done : made };
      }
      return undefined;
    },
  };
}
