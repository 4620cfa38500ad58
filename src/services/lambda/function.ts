import type { FunctionConfiguration, GetFunctionResponse } from "@aws-sdk/client-lambda";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG } from "../../aws/marks.ts";
import type { Call, Kind, Live, Wanted, Write } from "../../engine/types.ts";
import { beside, call, forget, given, ifWanted, readEach, taggedAddresses, unless } from "../kit.ts";
import { CODE_TAG, codeInput, codeMark, codeObject, readCode } from "./code.ts";
import { concurrency, invokeConfig } from "./calls.ts";
import { configurationOf, invokeOf, isDefault, settingsOf } from "./configuration.ts";
import { lint } from "./lint.ts";
import { aliasPermissions, ourPermissions, permissionCalls } from "./permissions.ts";
import type { FunctionProps } from "./props.ts";
import { UNSET } from "./settings.ts";
import { codeSigning, signingCall } from "./signing.ts";
import { readVersions, sameAliases, versionCalls } from "./versions.ts";
import { lambdaClient } from "./client.ts";
import { logsArn } from "../logs/arn.ts";
import { lambdaArn } from "./arn.ts";

const ABSENT = ["ResourceNotFound"] as const;

/** Its code as Lambda tells it: of an image where it lies, of a zip what it holds. */
async function codeOf(
  ctx: AwsContext,
  { Code, Configuration }: GetFunctionResponse,
  mark: string | undefined,
): Promise<Pick<FunctionProps, "codeSha256" | "codeS3" | "imageUri" | "sourceKmsKey">> {
  if (Configuration?.PackageType === "Image")
    return { codeSha256: null, codeS3: null, ...given("imageUri", Code?.ImageUri) };
  return {
    ...(await readCode(ctx, Configuration?.CodeSha256, mark)),
    ...given("sourceKmsKey", Code?.SourceKMSKeyArn || undefined),
  };
}

async function read(ctx: AwsContext, wanted: Wanted<FunctionProps>): Promise<Live<FunctionProps> | undefined> {
  const FunctionName = wanted.name;
  const bare = wanted.going === true && wanted.props !== undefined;
  const lambda = await ctx.clients.of(lambdaClient);
  const [found, policy, invoke] = await Promise.all([
    unless(ABSENT, lambda.getFunction({ FunctionName })),
    // No policy at all answers like no function. What goes with the function need not be known.
    bare ? undefined : unless(ABSENT, lambda.getPolicy({ FunctionName })),
    bare ? undefined : unless(ABSENT, lambda.getFunctionEventInvokeConfig({ FunctionName })),
  ]);
  if (!found) return undefined;
  const config = found.Configuration ?? {};
  const { [CODE_TAG]: mark, ...tags } = found.Tags ?? {};
  if (bare && wanted.props)
    return { name: FunctionName, tags, ...given("owner", tags[OWNER_TAG]), props: wanted.props };
  const signing = await ifWanted(wanted, "codeSigningArn", tags, () => codeSigning(ctx, FunctionName));
  return {
    name: FunctionName,
    tags,
    ...(tags[OWNER_TAG] === undefined ? {} : { owner: tags[OWNER_TAG] }),
    props: {
      ...configurationOf(config, FunctionName),
      ...(await codeOf(ctx, found, mark)),
      ...given("codeSigningArn", signing),
      ...(await readVersions(ctx, wanted, config, tags)),
      reservedConcurrency: found.Concurrency?.ReservedConcurrentExecutions ?? null,
      ...invokeOf(invoke),
      permissions: { ...ourPermissions(policy?.Policy), ...(await aliasPermissions(ctx, wanted)) },
    },
  };
}

/**
 * Waits until the function answers as Active and its last change has arrived: the next change is refused before. `told` is what
 * the call's own answer said, where that was the whole configuration.
 */
function untilActive(
  ctx: AwsContext,
  FunctionName: string,
  told: () => FunctionConfiguration | undefined = () => undefined,
): Pick<Call, "ready" | "readyWithinMs"> {
  return {
    readyWithinMs: 600_000,
    ready: async () => {
      if (told()?.State === "Active") return true;
      const lambda = await ctx.clients.of(lambdaClient);
      const config = await unless(ABSENT, lambda.getFunctionConfiguration({ FunctionName }));
      if (!config) return "the function is not visible yet";
      const { State = "Active", LastUpdateStatus = "Successful" } = config;
      if (State === "Failed" || LastUpdateStatus === "Failed") {
        const reason = State === "Failed" ? config.StateReason : config.LastUpdateStatusReason;
        throw new FunctionFailed(FunctionName, reason ?? "Lambda gives no reason");
      }
      if (State !== "Active") return `the function is ${State}`;
      return LastUpdateStatus === "Successful" || "an update is in progress";
    },
  };
}

/** Lambda took a change and could not carry it out. */
export class FunctionFailed extends Error {
  /** As on the SDK\'s own errors: what it says is for the user. */
  readonly $fault = "client";
  override readonly name = "FunctionFailed";
  constructor(functionName: string, reason: string) {
    super(`${functionName} cannot run: ${reason}`);
  }
}

/** What CreateFunction is told: an image has its own runtime and handler, and what is not named is not sent. */
function isSent(props: FunctionProps, key: string): boolean {
  if (key === "runtime" || key === "handler") return props.packageType === undefined;
  const value = Object.entries(props).find(([name]) => name === key)?.[1];
  return value !== undefined && value !== null;
}

async function create(
  ctx: AwsContext,
  { address: { name }, props, tags, content }: Write<FunctionProps>,
): Promise<FunctionConfiguration> {
  const lambda = await ctx.clients.of(lambdaClient);
  const { code, etag } = await codeInput(ctx, props, content);
  const mark = codeMark(props.codeS3, etag, undefined);
  const made = await lambda.createFunction({
    ...settingsOf(props, (key) => isSent(props, key)),
    FunctionName: name,
    Role: props.roleArn,
    Code: code,
    ...given("PackageType", props.packageType),
    ...given("CodeSigningConfigArn", props.codeSigningArn),
    Architectures: [props.architecture],
    Tags: { ...tags, ...(mark ? { [CODE_TAG]: mark } : {}) },
  });
  if (mark) await rememberCode(ctx, name, props.codeS3, etag, made.CodeSha256);
  return made;
}

async function updateCode(ctx: AwsContext, { address: { name }, props, content }: Write<FunctionProps>): Promise<void> {
  const lambda = await ctx.clients.of(lambdaClient);
  const { code, etag } = await codeInput(ctx, props, content);
  const made = await lambda.updateFunctionCode({ FunctionName: name, Architectures: [props.architecture], ...code });
  await rememberCode(ctx, name, props.codeS3, etag, made.CodeSha256);
}

/** Sets the tag for code from a bucket, and takes it away once the code is sent inline. */
async function rememberCode(
  ctx: AwsContext,
  name: string,
  codeS3: string | null,
  etag: string | undefined,
  sha256: string | undefined,
): Promise<void> {
  const lambda = await ctx.clients.of(lambdaClient);
  const Resource = lambdaArn.function(ctx, name);
  const mark = codeMark(codeS3, etag, sha256);
  if (mark) await lambda.tagResource({ Resource, Tags: { [CODE_TAG]: mark } });
  else await lambda.untagResource({ Resource, TagKeys: [CODE_TAG] });
}

const PUBLISHES = [
  "lambda:CreateAlias",
  "lambda:GetProvisionedConcurrencyConfig",
  "lambda:PublishVersion",
  "lambda:PutProvisionedConcurrencyConfig",
];
const INVOKE = ["onFailureArn", "onSuccessArn", "retryAttempts", "maxEventAgeSeconds"] as const;
const VERSIONS = ["published", "aliases", "provisionedConcurrency"] as const;
const CODE = ["codeSha256", "codeS3", "imageUri", "sourceKmsKey", "architecture"] as const;

export const lambdaFunction: Kind<FunctionProps, AwsContext> = {
  name: "lambda.function",
  fields: {
    packageType: { onChange: "replace", absenceCounts: true },
    ...UNSET,
    published: { unset: false },
    aliases: { equal: sameAliases },
  },
  handles: (ctx, { name }) => [lambdaArn.function(ctx, name)],
  needs: (ctx, _address, { roleArn, codeS3, logGroup, onFailureArn, onSuccessArn, deadLetterArn, kmsKey }) =>
    [
      roleArn,
      codeS3 === null ? null : codeObject(codeS3),
      logsArn.group(ctx, logGroup),
      onFailureArn,
      onSuccessArn,
      deadLetterArn,
      kmsKey,
    ].filter((one) => one !== null && one !== undefined),
  read: (ctx, wanted) => readEach(wanted, (one) => read(ctx, one)),
  owned: (ctx) => taggedAddresses(ctx, "lambda.function", "lambda", "function:"),
  sends: ({ codeSha256 }) => codeSha256 !== null,
  *create(ctx, write) {
    const { props } = write;
    const { name } = write.address;
    let made: FunctionConfiguration | undefined;
    yield call("lambda:CreateFunction", async () => (made = await create(ctx, write)), {
      creates: true,
      ...untilActive(ctx, name, () => made),
    });
    if (props.reservedConcurrency !== null) yield concurrency(ctx, name, props.reservedConcurrency);
    yield* versionCalls(ctx, { name, props, live: {}, isOther: true, changed: new Set(VERSIONS) });
    const invoke = isDefault(props) ? [] : [invokeConfig(ctx, name, props)];
    yield* beside(invoke, permissionCalls(ctx, name, {}, props.permissions));
  },
  *update(ctx, change) {
    const { props, live, changed } = change;
    const { name } = change.address;
    // Before the code that it lets in, and before code that nobody signed.
    if (changed.has("codeSigningArn")) yield signingCall(ctx, name, props.codeSigningArn);
    if (CODE.some((key) => changed.has(key))) {
      yield call("lambda:UpdateFunctionCode", () => updateCode(ctx, change), untilActive(ctx, name));
    }
    const settings = settingsOf(props, (key) => changed.has(key));
    if (Object.keys(settings).length > 0) {
      yield call(
        "lambda:UpdateFunctionConfiguration",
        async () =>
          (await ctx.clients.of(lambdaClient)).updateFunctionConfiguration({ FunctionName: name, ...settings }),
        untilActive(ctx, name),
      );
    }
    if (changed.has("reservedConcurrency")) yield concurrency(ctx, name, props.reservedConcurrency);
    if (INVOKE.some((key) => changed.has(key))) yield invokeConfig(ctx, name, props);
    const isOther = Object.keys(settings).length > 0 || CODE.some((key) => changed.has(key));
    yield* versionCalls(ctx, { name, props, live: live.props, isOther, changed });
    if (changed.has("permissions")) yield* permissionCalls(ctx, name, live.props.permissions, props.permissions);
  },
  *delete(ctx, { name }) {
    yield forget("lambda:DeleteFunction", ABSENT, async () =>
      (await ctx.clients.of(lambdaClient)).deleteFunction({ FunctionName: name }),
    );
  },
  *retag(ctx, { name }, _live, set, remove) {
    const Resource = lambdaArn.function(ctx, name);
    if (Object.keys(set).length > 0) {
      yield call("lambda:TagResource", async () =>
        (await ctx.clients.of(lambdaClient)).tagResource({ Resource, Tags: { ...set } }),
      );
    }
    if (remove.length > 0) {
      yield call("lambda:UntagResource", async () =>
        (await ctx.clients.of(lambdaClient)).untagResource({ Resource, TagKeys: [...remove] }),
      );
    }
  },
  lane: ({ name }) => `lambda ${name}`,
  lint,
  permissions: {
    read: [
      "lambda:GetFunction",
      "lambda:GetFunctionCodeSigningConfig",
      "lambda:GetFunctionConfiguration",
      "lambda:GetPolicy",
      "lambda:GetFunctionEventInvokeConfig",
      "lambda:ListAliases",
      "lambda:ListProvisionedConcurrencyConfigs",
      "lambda:ListTags",
      "lambda:ListVersionsByFunction",
      "tag:GetResources",
    ],
    create: [
      "lambda:CreateFunction",
      "lambda:TagResource",
      "lambda:PutFunctionConcurrency",
      "lambda:PutFunctionEventInvokeConfig",
      "lambda:AddPermission",
      ...PUBLISHES,
      "iam:PassRole",
    ],
    update: [
      ...PUBLISHES,
      "lambda:DeleteAlias",
      "lambda:DeleteProvisionedConcurrencyConfig",
      "lambda:UpdateAlias",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
      "lambda:PutFunctionConcurrency",
      "lambda:DeleteFunctionConcurrency",
      "lambda:PutFunctionEventInvokeConfig",
      "lambda:DeleteFunctionEventInvokeConfig",
      "lambda:PutFunctionCodeSigningConfig",
      "lambda:DeleteFunctionCodeSigningConfig",
      "lambda:AddPermission",
      "lambda:RemovePermission",
      "lambda:TagResource",
      "lambda:UntagResource",
      "iam:PassRole",
    ],
    delete: ["lambda:DeleteFunction"],
  },
};
