import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { given } from "../kit.ts";
import { textMap } from "../parts.ts";
import { declareObject } from "../s3/declare.ts";
import { keyOf } from "../s3/keys.ts";
import type { Content } from "../sources.ts";
import { codeUrl } from "./code.ts";
import { declareEventSources } from "./event-source/declare.ts";
import type { EventSourceConfig } from "./event-source/section.ts";
import type { FunctionPermission, FunctionProps } from "./props.ts";
import type { FunctionConfig } from "./section.ts";

interface Place {
  readonly bucket: string;
  readonly key: string;
  readonly version: string | undefined;
}

/** Whether apply makes the function's zip: sent with the call, or put into a bucket of ours. A bucket elsewhere holds its own. */
export const codeIsOurs = (
  {
    s3Bucket,
    s3Key,
    image,
    existing,
  }: Pick<FunctionConfig, "s3Bucket" | "s3Key" | "image"> & { readonly existing?: string | undefined },
  isOurs: (bucket: string) => boolean,
): boolean =>
  existing === undefined &&
  image === undefined &&
  (s3Bucket === undefined || (isOurs(s3Bucket) && s3Key === undefined));

/**
 * Where the function's code lies when it lies in a bucket. A zip of ours has its hash in its key: new code is then a new
 * place, and the plan that uploads it updates the function too.
 */
function placeOf(build: Build, one: FunctionConfig, code: Content | undefined): Place | undefined {
  const { s3Bucket, s3Key, s3ObjectVersion, source = "" } = one;
  if (s3Bucket === undefined) return undefined;
  const made = code ? `${keyOf(source)}-${code.sha256.slice(0, 12)}.zip` : `${keyOf(source)}.zip`;
  return { bucket: build.named("buckets", s3Bucket).name, key: s3Key ?? made, version: s3ObjectVersion };
}

/** Who may call it by the config's own word. */
const ownPermissions = ({ permissions = {} }: FunctionConfig): Record<string, FunctionPermission> =>
  Object.fromEntries(
    Object.entries(permissions).map(([key, { principal, sourceArn = null, sourceAccount = null, ...more }]) => [
      `own_${key}`,
      {
        principal,
        sourceArn,
        sourceAccount,
        ...given("organization", more.organization),
        ...given("eventSourceToken", more.eventSourceToken),
        ...given("alias", more.alias),
      },
    ]),
  );

function aliasesOf({ aliases }: FunctionConfig): Partial<FunctionProps> {
  if (aliases === undefined) return {};
  const all = Object.entries(aliases);
  const warm = all.flatMap(([name, { provisionedConcurrency }]) =>
    provisionedConcurrency === undefined ? [] : [[name, provisionedConcurrency] as const],
  );
  return {
    aliases: Object.fromEntries(
      all.map(([name, { version, description, routing }]) => [
        name,
        { version: String(version), description, routing },
      ]),
    ),
    ...given("provisionedConcurrency", warm.length > 0 ? Object.fromEntries(warm) : undefined),
  };
}

/** Who may call it: the buckets whose objects it hears of, the rules and topics that name it. */
const permissionsOf = (build: Build, id: string): Record<string, FunctionPermission> =>
  Object.fromEntries(
    build.callers("functions", id).map(({ statement, service, arn }) => [
      statement,
      {
        principal: service,
        sourceArn: arn,
        // Bucket names can change hands: the account is named as well.
        sourceAccount: service === "s3.amazonaws.com" ? build.scope.account : null,
      },
    ]),
  );

function destinationOf(build: Build, to: FunctionConfig["onFailure"]): string | undefined {
  if (to?.queue !== undefined) return build.named("queues", to.queue).arn;
  return to?.topic === undefined ? undefined : build.named("topics", to.topic).arn;
}

function imageOf({ image }: FunctionConfig): Partial<FunctionProps> {
  if (image === undefined) return {};
  const { uri, command, entryPoint, workingDirectory = null } = image;
  const own = command.length > 0 || entryPoint.length > 0 || workingDirectory !== null;
  return {
    packageType: "Image",
    imageUri: uri,
    ...given("imageConfig", own ? { command, entryPoint, workingDirectory } : undefined),
  };
}

/** Settings that the config does not name are absent. */
function settingsOf(build: Build, one: FunctionConfig): Partial<FunctionProps> {
  const { vpc, fileSystem, logLevels } = one;
  return {
    ...imageOf(one),
    ...aliasesOf(one),
    ...given("published", one.publish),
    ...given("vpc", vpc && { ...vpc, subnets: vpc.subnets.toSorted(), securityGroups: vpc.securityGroups.toSorted() }),
    ...given("layers", one.layers),
    ...given("deadLetterArn", destinationOf(build, one.deadLetter)),
    ...given("onSuccessArn", destinationOf(build, one.onSuccess)),
    ...given("fileSystem", fileSystem && { accessPointArn: fileSystem.accessPoint, path: fileSystem.path }),
    ...given("snapStart", one.snapStart),
    ...given("applicationLogLevel", logLevels?.application),
    ...given("systemLogLevel", logLevels?.system),
    ...given("sourceKmsKey", one.sourceKmsKeyArn),
    ...given("codeSigningArn", one.codeSigningConfig),
  };
}

async function declareFunction(build: Build, id: string, one: FunctionConfig): Promise<Desired[]> {
  const ours = codeIsOurs(one, (bucket) => build.has("buckets", bucket));
  const code = ours ? await build.sources.zip(one.source ?? "", `functions.${id}.source`) : undefined;
  const place = one.image ? undefined : placeOf(build, one, code);
  // Its code could not be read: a finding says so.
  if (!code && !place && !one.image) return [];
  const { name } = build.named("functions", id);
  const uploaded = code && place ? [declareObject(build, { id, ...place, content: code })] : [];
  const made = resource<FunctionProps>(
    { kind: "lambda.function", id, name },
    {
      // An image brings its own.
      runtime: one.image ? "" : one.runtime,
      handler: one.image ? "" : one.handler,
      roleArn: build.named("roles", one.role).arn,
      description: one.description,
      timeoutSeconds: one.timeout,
      memoryMb: one.memory,
      ephemeralStorageMb: one.ephemeralStorage,
      architecture: one.architecture,
      environment: textMap(one.environment),
      kmsKey: one.kmsKeyArn ?? null,
      codeSha256: place ? null : (code?.sha256Base64 ?? null),
      codeS3: place ? codeUrl(place.bucket, place.key, place.version) : null,
      logGroup: `/aws/lambda/${name}`,
      logFormat: one.logFormat,
      tracing: one.tracing,
      reservedConcurrency: one.reservedConcurrency ?? null,
      onFailureArn: destinationOf(build, one.onFailure) ?? null,
      retryAttempts: one.maxRetryAttempts,
      maxEventAgeSeconds: one.maxEventAge,
      permissions: { ...permissionsOf(build, id), ...ownPermissions(one) },
      ...settingsOf(build, one),
    },
    build.tags(one.tags),
    code && !place ? { load: code.load } : undefined,
  );
  return [...uploaded, made];
}

interface Entries {
  readonly functions: Readonly<Record<string, FunctionConfig>>;
  readonly eventSources: Readonly<Record<string, EventSourceConfig>>;
}

/** Functions, the zip of one whose code goes into a bucket of ours, and what queues and streams call them with. */
export const declareFunctions = async ({ functions, eventSources }: Entries, build: Build): Promise<Desired[]> => [
  ...(await Promise.all(Object.entries(functions).map(([id, one]) => declareFunction(build, id, one)))).flat(),
  ...declareEventSources(eventSources, build),
];
