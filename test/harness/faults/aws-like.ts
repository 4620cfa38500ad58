import type { Answer, Call, Fault, Rule } from "./proxy.ts";

/** What AWS does and emulators do not, one rule each. The texts are AWS's own. */

const refuse = (status: number, code: string, message: string): Fault => ({
  kind: "refuse",
  with: { status, code, message },
});
const json = (body: Buffer): Record<string, unknown> => {
  try {
    return JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
};
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const form = (call: Call): URLSearchParams => new URLSearchParams(call.body.toString("utf8"));
const bucketOf = (call: Call): string => new URL(call.path, "http://s3").pathname.split("/")[1] ?? "";
const ok = ({ status }: Answer): boolean => status >= 200 && status < 300;
const functionOf = (call: Call): string => /\/functions\/([^/?]+)/.exec(decodeURIComponent(call.path))?.[1] ?? "";

/** IAM is eventually consistent: nobody can assume a role in its first `ms`. Lambda and Glue say it in their own words. */
export function roleNotAssumable(ms: number): Rule {
  const born = new Map<string, number>();
  let turn = 0;
  const young = (arn: string): boolean => Date.now() - (born.get(arn.split("/").at(-1) ?? "") ?? 0) < ms;
  const glue = [
    "Service is unable to assume provided role. Please verify role's TrustPolicy",
    "Service is unable to assume the role arn:aws:iam::123456789012:role/r to access null. Please verify the role's TrustPolicy.",
    "Error trying to retrieve security config, error message: The security token included in the request is invalid.",
  ];
  const lambda = [
    "The role defined for the function cannot be assumed by Lambda.",
    "The provided execution role does not have permissions to call SendMessage on SQS",
  ];
  return {
    name: "role not assumable",
    after: (call, answer) => {
      if (call.operation === "CreateRole" && ok(answer)) born.set(form(call).get("RoleName") ?? "", Date.now());
      return undefined;
    },
    before: (call) => {
      const role = textOf(json(call.body)["Role"]);
      if (role === "" || !young(role)) return undefined;
      turn += 1;
      // Measured on AWS: a bare 500 in the middle of it.
      if (turn === 3) return refuse(500, call.service === "glue" ? "InternalServiceException" : "ServiceException", "");
      if (call.operation === "CreateFunction" || call.operation === "UpdateFunctionConfiguration")
        return refuse(400, "InvalidParameterValueException", lambda[turn % lambda.length] ?? "");
      if (call.operation === "CreateJob") return refuse(400, "InvalidInputException", glue[turn % glue.length] ?? "");
      return undefined;
    },
  };
}

/** A function is Pending after its creation and InProgress after each change, and refuses the next change meanwhile. */
export function updateInProgress(ms: number): Rule {
  const busy = new Map<string, { until: number; created: boolean }>();
  const changes = /^(UpdateFunctionCode|UpdateFunctionConfiguration|PutFunctionConcurrency|PublishVersion)$/;
  return {
    name: "update in progress",
    before: (call) => {
      const state = busy.get(functionOf(call));
      if (!changes.test(call.operation) || !state || Date.now() > state.until) return undefined;
      const text = state.created
        ? `The operation cannot be performed at this time. The function is currently in the following state: Pending`
        : `The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:123456789012:function:${functionOf(call)}`;
      return refuse(409, "ResourceConflictException", text);
    },
    after: (call, answer) => {
      if (!ok(answer)) return undefined;
      const name = call.operation === "CreateFunction" ? textOf(json(call.body)["FunctionName"]) : functionOf(call);
      const created = call.operation === "CreateFunction";
      if (created || call.operation.startsWith("UpdateFunction")) busy.set(name, { until: Date.now() + ms, created });
      const state = busy.get(name);
      if (!/^GetFunction(Configuration)?$/.test(call.operation) || !state || Date.now() > state.until) return undefined;
      const told = json(answer.body);
      const config = (call.operation === "GetFunction" ? told["Configuration"] : told) as Record<string, unknown>;
      if (state.created) config["State"] = "Pending";
      config["LastUpdateStatus"] = "InProgress";
      return { ...answer, body: Buffer.from(JSON.stringify(told)) };
    },
  };
}

/** UpdateTrigger and DeleteTrigger of one that runs, and two changes of one workflow at once, are refused. */
export function triggersAreStateful(): Rule {
  const inFlight = new Map<string, number>();
  const mutation = /^(CreateTrigger|UpdateTrigger|DeleteTrigger|StartTrigger|StopTrigger)$/;
  const workflows = new Map<string, string>();
  const workflowOf = (call: Call): string => {
    const body = json(call.body);
    return textOf(body["WorkflowName"]) || (workflows.get(textOf(body["Name"])) ?? "");
  };
  return {
    name: "triggers are stateful",
    before: async (call, ask) => {
      if (call.service !== "glue" || !mutation.test(call.operation)) return undefined;
      const Name = textOf(json(call.body)["Name"]);
      const workflow = workflowOf(call);
      if ((inFlight.get(workflow) ?? 0) > 0)
        return refuse(
          400,
          "ConcurrentModificationException",
          `Workflow ${workflow} was modified while adding trigger ${Name}`,
        );
      if (call.operation === "CreateTrigger") workflows.set(Name, workflow);
      if (call.operation === "UpdateTrigger") {
        const state = (
          (json((await ask({ target: "GetTrigger" }, { Name })).body)["Trigger"] ?? {}) as { State?: string }
        ).State;
        if (state === "ACTIVATED")
          return refuse(400, "InvalidInputException", `Trigger ${Name} must be stopped before it can be updated`);
      }
      inFlight.set(workflow, (inFlight.get(workflow) ?? 0) + 1);
      return undefined;
    },
    after: (call) => {
      if (call.service === "glue" && mutation.test(call.operation)) {
        const workflow = workflowOf(call);
        inFlight.set(workflow, Math.max(0, (inFlight.get(workflow) ?? 0) - 1));
      }
      return undefined;
    },
  };
}

/** Time-to-live of a table changes once an hour, and a change to what it is already is an error. */
export function ttlOnceAnHour(clock: () => number = Date.now): Rule {
  const changed = new Map<string, number>();
  return {
    name: "TTL once an hour",
    before: async (call, ask) => {
      if (call.operation !== "UpdateTimeToLive") return undefined;
      const { TableName, TimeToLiveSpecification: wanted } = json(call.body) as {
        TableName: string;
        TimeToLiveSpecification: { Enabled: boolean; AttributeName: string };
      };
      const told = json((await ask({ target: "DescribeTimeToLive" }, { TableName })).body)["TimeToLiveDescription"] as
        { TimeToLiveStatus?: string; AttributeName?: string } | undefined;
      const on = told?.TimeToLiveStatus === "ENABLED";
      if (on === wanted.Enabled && (!on || told?.AttributeName === wanted.AttributeName))
        return refuse(400, "ValidationException", `TimeToLive is already ${on ? "enabled" : "disabled"}`);
      if (on && wanted.Enabled)
        return refuse(
          400,
          "ValidationException",
          `TimeToLive is active on a different AttributeName: current AttributeName is ${told?.AttributeName}`,
        );
      if (clock() - (changed.get(TableName) ?? Number.NEGATIVE_INFINITY) < 3_600_000)
        return refuse(
          400,
          "ValidationException",
          "Time to live has been modified multiple times within a fixed interval",
        );
      return undefined;
    },
    after: (call, answer) => {
      const { TableName } = json(call.body);
      if (call.operation === "UpdateTimeToLive" && ok(answer)) changed.set(textOf(TableName), clock());
      if (call.operation === "DeleteTable" && ok(answer)) changed.delete(textOf(TableName));
      return undefined;
    },
  };
}

/** S3 asks the function's policy before it takes a notification, and hears of a new permission late. */
export function notificationNeedsPermission(ms: number): Rule {
  const allowed = new Map<string, number>();
  return {
    name: "notification refused without permission",
    before: (call) => {
      if (call.operation !== "PutBucketNotificationConfiguration") return undefined;
      const functions = [...call.body.toString("utf8").matchAll(/<CloudFunction>([^<]*)</g)].map(
        ([, arn]) => arn ?? "",
      );
      const unready = functions.filter((arn) => {
        const since = allowed.get(arn.split(":").at(-1) ?? "");
        return since !== undefined && Date.now() - since < ms;
      });
      const never = functions.filter(
        (arn) => arn.includes(":metriccare_") && !allowed.has(arn.split(":").at(-1) ?? ""),
      );
      return unready.length + never.length > 0
        ? refuse(400, "InvalidArgument", "Unable to validate the following destination configurations")
        : undefined;
    },
    after: (call, answer) => {
      if (call.operation === "AddPermission" && ok(answer) && textOf(json(call.body)["Principal"]).startsWith("s3."))
        allowed.set(functionOf(call), Date.now());
      return undefined;
    },
  };
}

/** Of two AddPermission that overlap, the earlier one gets lost ("bug in the API, acknowledged by AWS"). */
export function lostParallelPermissions(): Rule {
  const open = new Map<string, Call[]>();
  return {
    name: "parallel AddPermission gets lost",
    before: async (call) => {
      if (call.operation !== "AddPermission") return undefined;
      const here = [...(open.get(functionOf(call)) ?? []), call];
      open.set(functionOf(call), here);
      await new Promise((resolve) => setTimeout(resolve, 60));
      return undefined;
    },
    after: async (call, answer, ask) => {
      if (call.operation !== "AddPermission") return undefined;
      const here = open.get(functionOf(call)) ?? [];
      open.set(
        functionOf(call),
        here.filter((one) => one !== call),
      );
      if (here.length > 1 && here[0] === call) {
        const sid = textOf(json(call.body)["StatementId"]);
        await ask({ method: "DELETE", path: `${call.path}/${sid}` });
      }
      return answer;
    },
  };
}

/** The first PutTargets of each rule is answered 200 and says inside that it did not take the targets. */
export function targetsFailInside(): Rule {
  const seen = new Set<string>();
  return {
    name: "PutTargets 200 with failures",
    before: (call) => {
      if (call.operation !== "PutTargets" && call.operation !== "RemoveTargets") return undefined;
      const {
        Rule: rule,
        Targets = [],
        Ids = [],
      } = json(call.body) as { Rule: string; Targets?: { Id: string }[]; Ids?: string[] };
      const key = `${call.operation} ${rule}`;
      if (seen.has(key)) return undefined;
      seen.add(key);
      const [TargetId] = [...Targets.map(({ Id }) => Id), ...Ids];
      const FailedEntries = [
        {
          TargetId,
          ErrorCode: "ConcurrentModificationException",
          ErrorMessage: `Rule ${rule} is modified concurrently`,
        },
      ];
      const body = Buffer.from(JSON.stringify({ FailedEntryCount: 1, FailedEntries }));
      return { kind: "answer", with: { status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body } };
    },
  };
}

/** Each kind of change of each bucket meets "a conflicting conditional operation" once. */
export function operationAborted(): Rule {
  const seen = new Set<string>();
  return {
    name: "409 OperationAborted",
    before: (call) => {
      if (call.service !== "s3" || !/Bucket|PublicAccess/.test(call.operation) || !call.mutating) return undefined;
      const key = `${call.operation} ${bucketOf(call)}`;
      if (seen.has(key)) return undefined;
      seen.add(key);
      return refuse(
        409,
        "OperationAborted",
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
      );
    },
  };
}

/** Other people at work: the first of these changes of each resource meets somebody else's, in each service's words. */
export function somebodyElse(): Rule {
  const seen = new Set<string>();
  const words: readonly (readonly [RegExp, string, number, string, string])[] = [
    [
      /^(CreateTrigger|DeleteTrigger|DeleteWorkflow)$/,
      "glue",
      400,
      "ConcurrentModificationException",
      "Workflow w was modified while adding trigger t",
    ],
    [/^(PutRule|DeleteRule)$/, "events", 400, "ConcurrentModificationException", "Rule r was modified concurrently"],
    [
      /^(PutRolePolicy|DeleteRole|UpdateAssumeRolePolicy)$/,
      "iam",
      409,
      "ConcurrentModification",
      "The request was rejected because multiple requests to change this object were submitted simultaneously.",
    ],
    [
      /^(AddPermission|RemovePermission)$/,
      "lambda",
      409,
      "ResourceConflictException",
      "The function could not be updated due to a concurrent update operation",
    ],
    [
      /^(UpdateTable|DeleteTable|UpdateTimeToLive)$/,
      "dynamodb",
      400,
      "ResourceInUseException",
      "Attempt to change a resource which is still in use: Table is being updated: t",
    ],
    [
      /^(CreateTopic|DeleteTopic|SetTopicAttributes)$/,
      "sns",
      400,
      "ConcurrentAccess",
      "Can't perform multiple operations on a tag simultaneously. Perform the operations sequentially.",
    ],
    [
      /^(CreateLogGroup|PutRetentionPolicy|DeleteLogGroup)$/,
      "logs",
      400,
      "OperationAbortedException",
      "A conflicting operation is currently in progress against this resource. Please try again.",
    ],
  ];
  return {
    name: "somebody else",
    before: (call) => {
      const row = words.find(([operation, service]) => service === call.service && operation.test(call.operation));
      if (!row) return undefined;
      const body = call.body.toString("utf8");
      const key = `${call.operation} ${call.path} ${/"?(?:Name|TableName|Rule|RoleName|logGroupName|StatementId|TopicArn)"?[=:]"?([^"&,]*)/.exec(body)?.[1] ?? ""}`;
      if (seen.has(key)) return undefined;
      seen.add(key);
      return refuse(row[2], row[3], row[4]);
    },
  };
}

/** A key that DeleteObjects does not delete, within a 200. */
export const keyDenied = (key: string): Rule => ({
  name: "DeleteObjects with an error for one key",
  before: async (call, ask): Promise<Fault | undefined> => {
    const text = call.body.toString("utf8");
    if (call.operation !== "DeleteObjects" || !text.includes(`<Key>${key}</Key>`)) return undefined;
    // The others of the batch go; this one stays.
    const without = text.replaceAll(new RegExp(`<Object>(?:(?!</Object>).)*<Key>${key}</Key>.*?</Object>`, "gs"), "");
    const answer = without.includes("<Object>")
      ? await ask({}, without)
      : {
          status: 200,
          headers: { "content-type": "application/xml" },
          body: Buffer.from("<DeleteResult></DeleteResult>"),
        };
    const error = `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`;
    const body = Buffer.from(
      answer.body
        .toString("utf8")
        .replace(/<\/DeleteResult>|<DeleteResult[^>]*\/>/, (end) =>
          end.startsWith("</") ? `${error}${end}` : `<DeleteResult>${error}</DeleteResult>`,
        ),
    );
    return { kind: "answer", with: { ...answer, body } };
  },
});

export { bucketOf, form, json, ok, textOf };
