import { expect, test } from "vitest";
import { differences } from "../../../src/engine/index.ts";
import type { Live } from "../../../src/engine/types.ts";
import { eventSource } from "../../../src/services/lambda/event-source/kind.ts";
import { lambdaFunction } from "../../../src/services/lambda/function.ts";
import type { FunctionProps } from "../../../src/services/lambda/props.ts";
import { functionCase } from "../../kind-suite/cases/lambda.ts";
import { desiredOf, marksOf, send } from "../../kind-suite/drive.ts";
import { stubContext } from "../../operate/support.ts";

// moto publishes a version whatever is there, names aliases of event sources by their version, and keeps nothing warm.
const address = { kind: "lambda.function", id: "f", name: "f" };
const FN = "arn:aws:lambda:us-east-1:123456789012:function:f";

interface State {
  readonly versions: { Version: string; CodeSha256: string; MemorySize?: number }[];
  readonly aliases: { Name: string; FunctionVersion: string; Description?: string }[];
}

function world({ versions, aliases }: State) {
  const sent: unknown[] = [];
  const log =
    (name: string, answer: object = {}) =>
    (input: object): object => (sent.push([name, input]), answer);
  const found = { Configuration: { CodeSha256: "new", State: "Active" }, Tags: {} };
  const ctx = stubContext({
    lambda: {
      getFunction: () => found,
      getPolicy: () => ({}),
      getFunctionEventInvokeConfig: () => ({}),
      getFunctionConfiguration: () => ({ State: "Active", LastUpdateStatus: "Successful" }),
      updateFunctionCode: log("code"),
      untagResource: () => ({}),
      listVersionsByFunction: () => ({ Versions: [{ Version: "$LATEST", CodeSha256: "new" }, ...versions] }),
      listAliases: () => ({ Aliases: aliases }),
      listProvisionedConcurrencyConfigs: () => ({
        ProvisionedConcurrencyConfigs: [{ FunctionArn: `${FN}:live`, RequestedProvisionedConcurrentExecutions: 2 }],
      }),
      publishVersion: (input: object) => {
        sent.push(["publish", input]);
        versions.push({ Version: String(versions.length + 7), CodeSha256: "new" });
        return { Version: "8" };
      },
      createAlias: log("create"),
      updateAlias: log("update"),
      deleteAlias: log("delete"),
      putProvisionedConcurrencyConfig: log("warm"),
      getProvisionedConcurrencyConfig: () => ({ Status: "READY" }),
      deleteProvisionedConcurrencyConfig: log("cool"),
    },
  });
  return { ctx, sent };
}

const alias = (version: string, description = "") => ({ version, description, routing: {} });
const live = async (state: State, props: Partial<FunctionProps>) => {
  const { ctx } = world(state);
  const wanted = { ...address, props: { ...functionCase.base(ctx, address), permissions: {}, ...props } };
  const found = (await lambdaFunction.read(ctx, [wanted])).get("f") as Live<FunctionProps>;
  const changed = differences(
    lambdaFunction as never,
    desiredOf(lambdaFunction as never, address, wanted.props),
    found,
    marksOf(ctx),
  );
  return { found, paths: changed.map(({ path }) => path) };
};

const WANTED = {
  published: true,
  aliases: { live: alias("newest"), fixed: alias("6") },
  provisionedConcurrency: { live: 2 },
};

test("the newest version is told from $LATEST by code and configuration, and an alias by its number", async () => {
  const seven = [
    { Version: "6", CodeSha256: "old" },
    { Version: "7", CodeSha256: "new" },
  ];
  const aliases = [
    { Name: "live", FunctionVersion: "7" },
    { Name: "fixed", FunctionVersion: "6" },
  ];
  const same = await live({ versions: seven, aliases }, WANTED);
  expect(same.found.props).toMatchObject({ published: true, aliases: { live: { version: "7 (newest)" } } });
  expect(same.paths.filter((path) => /publish|alias|provision/.test(path))).toEqual([]);
  const other = [
    { Version: "6", CodeSha256: "old" },
    { Version: "7", CodeSha256: "new", MemorySize: 512 },
  ];
  const behind = await live({ versions: other, aliases: [{ Name: "live", FunctionVersion: "6" }] }, WANTED);
  expect(behind.paths.filter((path) => /publish|alias/.test(path)).map((path) => path.split(".")[0])).toEqual(
    expect.arrayContaining(["published", "aliases"]),
  );
  // What the config does not name costs no call, and is nobody's difference.
  const silent = await live({ versions: seven, aliases }, {});
  expect(silent.found.props.aliases ?? silent.found.props.published).toBeUndefined();
});

test("new code is published, then the alias that follows the newest version is moved, and no other", async () => {
  const { ctx, sent } = world({ versions: [{ Version: "7", CodeSha256: "old" }], aliases: [] });
  const props: FunctionProps = { ...functionCase.base(ctx, address), permissions: {}, ...WANTED };
  const now = { name: "f", tags: {}, props: { ...props, aliases: { live: alias("7 (newest)"), fixed: alias("6") } } };
  const content = { load: () => Promise.resolve(new Uint8Array()) };
  const write = {
    address,
    props: { ...props, codeSha256: null, imageUri: "x", packageType: "Image" as const },
    tags: {},
    content,
  };
  await send(lambdaFunction.update(ctx, { ...write, live: now, changed: new Set(["imageUri"]) }));
  expect(sent.map((one) => (one as [string])[0])).toEqual(["code", "publish", "update"]);
  expect(sent[2]).toEqual(["update", expect.objectContaining({ Name: "live", FunctionVersion: "8" })]);
});

test("aliases come, change and go; what is kept warm of one goes before it, and comes after it", async () => {
  const { ctx, sent } = world({ versions: [{ Version: "7", CodeSha256: "new" }], aliases: [] });
  const props: FunctionProps = {
    ...functionCase.base(ctx, address),
    permissions: {},
    aliases: { a: alias("newest", "x"), b: { ...alias("6"), routing: { 7: 0.1 } } },
    provisionedConcurrency: { a: 3 },
  };
  const before = { ...props, aliases: { b: alias("6"), c: alias("5") }, provisionedConcurrency: { c: 1 } };
  const changed = new Set(["aliases", "provisionedConcurrency"]);
  await send(
    lambdaFunction.update(ctx, { address, props, tags: {}, live: { name: "f", tags: {}, props: before }, changed }),
  );
  expect(sent).toEqual([
    ["cool", { FunctionName: "f", Qualifier: "c" }],
    ["create", expect.objectContaining({ Name: "a", FunctionVersion: "7", Description: "x" })],
    ["update", expect.objectContaining({ Name: "b", RoutingConfig: { AdditionalVersionWeights: { 7: 0.1 } } })],
    ["delete", { FunctionName: "f", Name: "c" }],
    ["warm", { FunctionName: "f", Qualifier: "a", ProvisionedConcurrentExecutions: 3 }],
  ]);
});

test("an event source that calls an alias has the same name as one that calls the newest code", async () => {
  const mapping = {
    UUID: "u",
    FunctionArn: `${FN}:live`,
    EventSourceArn: "arn:aws:sqs:us-east-1:123456789012:q",
    State: "Enabled",
  };
  const sent: unknown[] = [];
  const ctx = stubContext({
    lambda: {
      listEventSourceMappings: () => ({ EventSourceMappings: [mapping] }),
      listTags: () => ({ Tags: {} }),
      updateEventSourceMapping: (input: object) => (sent.push(input), {}),
      getEventSourceMapping: () => ({ State: "Enabled" }),
    },
  });
  const at = { kind: "lambda.eventSource", id: "q", name: "f/sqs:q" };
  const now = (await eventSource.read(ctx, [at])).get(at.name);
  expect(now?.props).toMatchObject({ function: "f:live", enabled: true });
  if (!now) throw new Error("not found");
  const props = { ...now.props, function: "f" };
  await send(eventSource.update(ctx, { address: at, props, tags: {}, live: now, changed: new Set(["function"]) }));
  expect(sent).toEqual([{ UUID: "u", FunctionName: "f" }]);
});
