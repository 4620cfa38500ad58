import { expect, test } from "vitest";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address, Live } from "../../../src/engine/types.ts";
import type { FunctionProps } from "../../../src/services/lambda/props.ts";
import { lambdaFunction } from "../../../src/services/lambda/function.ts";
import { useEmulator } from "../../harness/use.ts";
import { functionCase } from "../../kind-suite/cases/lambda.ts";
import { contentOf } from "../../kind-suite/content.ts";
import { send } from "../../kind-suite/drive.ts";
import { s3Client } from "../../../src/services/s3/client.ts";
import { lambdaClient } from "../../../src/services/lambda/client.ts";

const used = useEmulator();

async function made(
  ctx: AwsContext,
  change: Partial<FunctionProps> = {},
): Promise<{ address: Address; live: Live<FunctionProps> }> {
  const address = { kind: "lambda.function", id: "f", name: nameOf(ctx, "f") };
  await functionCase.prepare?.(ctx, address);
  const props = { ...functionCase.base(ctx, address), ...change };
  await send(
    lambdaFunction.create(ctx, { address, props, tags: { "metriccare:owner": ctx.owner }, content: contentOf(props) }),
  );
  return { address, live: await read(ctx, address) };
}

async function read(ctx: AwsContext, address: Address): Promise<Live<FunctionProps>> {
  const live = (await lambdaFunction.read(ctx, [address])).get(address.name);
  if (!live) throw new Error("no function");
  return live;
}

const sids = async (ctx: AwsContext, FunctionName: string): Promise<unknown[]> => {
  const { Policy = "" } = await (await ctx.clients.of(lambdaClient)).getPolicy({ FunctionName });
  return (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement.map(({ Sid }) => Sid).toSorted();
};

test("other people's permissions are no difference and stay", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const lambda = await ctx.clients.of(lambdaClient);
  const theirs = { StatementId: "theirs", Action: "lambda:InvokeFunction", Principal: "sns.amazonaws.com" };
  await lambda.addPermission({ FunctionName: address.name, ...theirs });
  expect((await read(ctx, address)).props.permissions).toEqual(live.props.permissions);
  const props = { ...live.props, permissions: {} };
  await send(lambdaFunction.update(ctx, { address, props, tags: {}, live, changed: new Set(["permissions"]) }));
  expect(await sids(ctx, address.name)).toEqual(["theirs"]);
});

test("a statement that already stands there is replaced, not retried", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  // As after a cut: the plan believes that there is none.
  const before = { ...live, props: { ...live.props, permissions: {} } };
  const raw = { principal: "s3.amazonaws.com", sourceArn: "arn:aws:s3:::changed", sourceAccount: ctx.account };
  const props = { ...live.props, permissions: { raw } };
  used.proxy.refuse(({ method, path, index }) =>
    // Emulators differ in whether they refuse the second statement: AWS does.
    index === 0 && method === "POST" && path.endsWith("/policy")
      ? {
          status: 409,
          code: "ResourceConflictException",
          message:
            "The statement id (metriccare-raw) provided already exists. Please provide a new statement id, or remove the existing statement.",
        }
      : undefined,
  );
  await send(lambdaFunction.update(ctx, { address, props, tags: {}, live: before, changed: new Set(["permissions"]) }));
  expect((await read(ctx, address)).props.permissions).toEqual({ raw });
});

test("a newer object behind code from a bucket is seen and taken", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const props = functionCase.vary.codeS3?.(live.props, ctx, address) ?? live.props;
  await send(
    lambdaFunction.update(ctx, {
      address,
      props,
      tags: {},
      content: contentOf(props),
      live,
      changed: new Set(["codeS3", "codeSha256"]),
    }),
  );
  const same = await read(ctx, address);
  expect(same.props.codeS3).toBe(props.codeS3);
  expect(same.tags).toEqual({ "metriccare:owner": ctx.owner });
  const s3 = await ctx.clients.of(s3Client);
  const [Bucket = "", ...key] = (props.codeS3 ?? "").slice("s3://".length).split("/");
  const [zip] = [await s3.getObject({ Bucket, Key: key.join("/") })];
  const bytes = (await zip.Body?.transformToByteArray()) ?? new Uint8Array();
  // A zip may carry bytes behind its end: another ETag, the same files.
  await s3.putObject({ Bucket, Key: key.join("/"), Body: new Uint8Array([...bytes, 0]) });
  const newer = await read(ctx, address);
  expect(newer.props.codeS3).toBe(`${props.codeS3} (older content)`);
  await send(
    lambdaFunction.update(ctx, {
      address,
      props,
      tags: {},
      live: newer,
      content: contentOf(props),
      changed: new Set(["codeS3"]),
    }),
  );
  expect((await read(ctx, address)).props.codeS3).toBe(props.codeS3);
});

test("a change waits until the one before it has arrived", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  let polls = 0;
  used.proxy.refuse(({ method, path }) => {
    if (method !== "GET" || !path.endsWith("/configuration") || (polls += 1) > 2) return undefined;
    return {
      status: 200,
      type: "application/json",
      body: JSON.stringify({ State: "Active", LastUpdateStatus: "InProgress" }),
    };
  });
  const props = { ...live.props, timeoutSeconds: 90 };
  await send(lambdaFunction.update(ctx, { address, props, tags: {}, live, changed: new Set(["timeoutSeconds"]) }));
  expect(polls).toBeGreaterThanOrEqual(3);
});

test("a function that Lambda cannot make is an error with Lambda's reason", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  used.proxy.refuse(({ method, path }) =>
    method === "GET" && path.endsWith("/configuration")
      ? {
          status: 200,
          type: "application/json",
          body: JSON.stringify({ State: "Failed", StateReason: "no access to the key" }),
        }
      : undefined,
  );
  const props = { ...live.props, timeoutSeconds: 90 };
  const change = { address, props, tags: {}, live, changed: new Set(["timeoutSeconds"]) };
  await expect(send(lambdaFunction.update(ctx, change))).rejects.toThrow(/no access to the key/);
});

test("what Lambda would refuse is found before it is sent", () => {
  const ctx = used.world();
  const address = { kind: "lambda.function", id: "f", name: "f" };
  const base = functionCase.base(ctx, address);
  const codes = (change: Partial<FunctionProps>): string[] =>
    (lambdaFunction.lint?.(address, { ...base, ...change }) ?? []).map(({ code }) => code);
  expect(codes({})).toEqual([]);
  expect(codes({ codeS3: "s3://b/k" })).toEqual(["function_code"]);
  expect(codes({ environment: { AWS_REGION: "x" } })).toEqual(["function_variable"]);
  expect(codes({ environment: { A: "x" } })).toEqual(["function_variable"]);
  expect(codes({ environment: { AB: "x".repeat(4096) } })).toEqual(["function_environment"]);
  expect(codes({ timeoutSeconds: 901 })).toEqual(["function_timeout"]);
});
