import type { AliasConfiguration, FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { AwsContext } from "../../aws/context.ts";
import type { Call, Tags, Wanted } from "../../engine/types.ts";
import type { Coverage } from "../coverage.ts";
import { call, forget, given, ifWanted, mapDelta, pages, sameJson, unless } from "../kit.ts";
import { lambdaClient } from "./client.ts";
import { configurationOf } from "./configuration.ts";
import type { FunctionAlias, FunctionProps } from "./props.ts";

/** Published versions of a function, its aliases, and what is kept warm of them. */

const ABSENT = ["ResourceNotFound"] as const;
const LATEST = "$LATEST";
/** Behind the number of a live alias's version that is the newest; by itself what the config says. */
export const NEWEST = "newest";

export const aliasCoverage = {
  AliasArn: "identity",
  Name: "identity",
  FunctionVersion: "managed",
  Description: "managed",
  RoutingConfig: "managed",
  RevisionId: "server",
} satisfies Coverage<AliasConfiguration>;

/** An alias is as declared: one that follows the newest version, when it is there. */
export const sameAliases = (live: unknown, desired: unknown): boolean => sameJson(plain(live, true), plain(desired));

function plain(aliases: unknown, live = false): unknown {
  const all = Object.entries((aliases ?? {}) as Readonly<Record<string, FunctionAlias>>);
  return Object.fromEntries(
    all.map(([name, one]) => [name, { ...one, version: live ? meant(one.version) : one.version }]),
  );
}

// `7 (newest)` is what `newest` means.
const meant = (version: string): string => (version.endsWith(`(${NEWEST})`) ? NEWEST : version);

type Read = Pick<Partial<FunctionProps>, "published" | "aliases" | "provisionedConcurrency">;

async function versionsOf(ctx: AwsContext, FunctionName: string): Promise<readonly FunctionConfiguration[]> {
  const lambda = await ctx.clients.of(lambdaClient);
  const all = await pages(
    (Marker?: string) => lambda.listVersionsByFunction({ FunctionName, ...(Marker ? { Marker } : {}) }),
    (page) => page.NextMarker || undefined,
  );
  return all.flatMap((page) => page.Versions ?? []);
}

const numberOf = ({ Version = "" }: FunctionConfiguration): number => (/^\d+$/.test(Version) ? Number(Version) : 0);

const newestOf = (versions: readonly FunctionConfiguration[]): FunctionConfiguration | undefined =>
  versions.filter((one) => numberOf(one) > 0).toSorted((a, b) => numberOf(b) - numberOf(a))[0];

async function aliasesOf(ctx: AwsContext, FunctionName: string): Promise<readonly AliasConfiguration[]> {
  const lambda = await ctx.clients.of(lambdaClient);
  const all = await pages(
    (Marker?: string) => lambda.listAliases({ FunctionName, ...(Marker ? { Marker } : {}) }),
    (page) => page.NextMarker || undefined,
  );
  return all.flatMap((page) => page.Aliases ?? []);
}

async function warmOf(ctx: AwsContext, FunctionName: string): Promise<Record<string, number>> {
  const lambda = await ctx.clients.of(lambdaClient);
  const all = await pages(
    (Marker?: string) => lambda.listProvisionedConcurrencyConfigs({ FunctionName, ...(Marker ? { Marker } : {}) }),
    (page) => page.NextMarker || undefined,
  );
  return Object.fromEntries(
    all
      .flatMap((page) => page.ProvisionedConcurrencyConfigs ?? [])
      .map((one) => [one.FunctionArn?.split(":").at(-1) ?? "", one.RequestedProvisionedConcurrentExecutions ?? 0]),
  );
}

/** What of these the config names, or the last apply did. */
export async function readVersions(
  ctx: AwsContext,
  wanted: Wanted<FunctionProps>,
  latest: FunctionConfiguration,
  tags: Tags,
): Promise<Read> {
  const { name } = wanted;
  const same = (one: FunctionConfiguration | undefined): boolean =>
    one !== undefined &&
    one.CodeSha256 === latest.CodeSha256 &&
    sameJson(configurationOf(one, name), configurationOf(latest, name));
  let versions: Promise<readonly FunctionConfiguration[]> | undefined;
  const newest = async () => newestOf(await (versions ??= versionsOf(ctx, name)));
  const [published, aliases, warm] = await Promise.all([
    ifWanted(wanted, "published", tags, async () => same(await newest())),
    ifWanted(wanted, "aliases", tags, async () => aliasProps(await aliasesOf(ctx, name), (await newest())?.Version)),
    ifWanted(wanted, "provisionedConcurrency", tags, () => warmOf(ctx, name)),
  ]);
  return {
    ...given("published", published),
    ...given("aliases", aliases && Object.keys(aliases).length > 0 ? aliases : undefined),
    ...given("provisionedConcurrency", warm && Object.keys(warm).length > 0 ? warm : undefined),
  };
}

const aliasProps = (all: readonly AliasConfiguration[], newest: string | undefined): Record<string, FunctionAlias> =>
  Object.fromEntries(
    all.map(({ Name = "", FunctionVersion = "", Description = "", RoutingConfig }) => [
      Name,
      {
        version: FunctionVersion === newest ? `${FunctionVersion} (${NEWEST})` : FunctionVersion,
        description: Description,
        routing: RoutingConfig?.AdditionalVersionWeights ?? {},
      },
    ]),
  );

function publish(ctx: AwsContext, FunctionName: string): Call {
  let version: string | undefined;
  return call(
    "lambda:PublishVersion",
    async () => {
      const made = await (await ctx.clients.of(lambdaClient)).publishVersion({ FunctionName });
      version = made.Version;
      return made;
    },
    {
      // SnapStart starts the version once and keeps what it was like: that takes minutes.
      readyWithinMs: 600_000,
      ready: async () => {
        const lambda = await ctx.clients.of(lambdaClient);
        if (version === undefined) return true;
        const now = await lambda.getFunctionConfiguration({ FunctionName, Qualifier: version });
        return now.State === undefined || now.State === "Active" || `version ${version} is ${now.State}`;
      },
    },
  );
}

/** The number that an alias is to have: which version is the newest is asked when it counts. */
async function targetOf(ctx: AwsContext, name: string, { version }: FunctionAlias): Promise<string> {
  if (version !== NEWEST) return version;
  return newestOf(await versionsOf(ctx, name))?.Version ?? LATEST;
}

async function putAlias(ctx: AwsContext, FunctionName: string, Name: string, one: FunctionAlias, isNew: boolean) {
  const lambda = await ctx.clients.of(lambdaClient);
  const input = {
    FunctionName,
    Name,
    FunctionVersion: await targetOf(ctx, FunctionName, one),
    Description: one.description,
    RoutingConfig: { AdditionalVersionWeights: { ...one.routing } },
  };
  return isNew ? lambda.createAlias(input) : lambda.updateAlias(input);
}

type Aliases = Readonly<Record<string, FunctionAlias>>;

function* aliasCalls(ctx: AwsContext, name: string, live: Aliases, wanted: Aliases, moved: boolean): Iterable<Call> {
  const { put, drop } = mapDelta<FunctionAlias>(live, wanted, (a, b) => sameAliases({ a }, { a: b }));
  const names = new Set(put.map(([key]) => key));
  for (const [key, one] of Object.entries(wanted)) {
    const isNew = live[key] === undefined;
    if (!names.has(key) && !(moved && one.version === NEWEST)) continue;
    yield call(isNew ? "lambda:CreateAlias" : "lambda:UpdateAlias", () => putAlias(ctx, name, key, one, isNew));
  }
  for (const key of drop)
    yield forget("lambda:DeleteAlias", ABSENT, async () =>
      (await ctx.clients.of(lambdaClient)).deleteAlias({ FunctionName: name, Name: key }),
    );
}

const warmCall = (ctx: AwsContext, FunctionName: string, Qualifier: string, count: number): Call =>
  call(
    "lambda:PutProvisionedConcurrencyConfig",
    async () =>
      (await ctx.clients.of(lambdaClient)).putProvisionedConcurrencyConfig({
        FunctionName,
        Qualifier,
        ProvisionedConcurrentExecutions: count,
      }),
    {
      readyWithinMs: 900_000,
      ready: async () => {
        const lambda = await ctx.clients.of(lambdaClient);
        const now = await unless(ABSENT, lambda.getProvisionedConcurrencyConfig({ FunctionName, Qualifier }));
        if (now?.Status === "FAILED") throw new Error(`${Qualifier} is not kept warm: ${now.StatusReason ?? ""}`);
        return now?.Status !== "IN_PROGRESS" || `${Qualifier} is being warmed`;
      },
    },
  );

function* warmCalls(
  ctx: AwsContext,
  name: string,
  live: Readonly<Record<string, number>>,
  wanted: Readonly<Record<string, number>>,
): Iterable<Call> {
  const { put, drop } = mapDelta<number>(live, wanted, (a, b) => a === b);
  for (const [alias, count] of put) yield warmCall(ctx, name, alias, count);
  for (const Qualifier of drop)
    yield forget(
      "lambda:DeleteProvisionedConcurrencyConfig",
      ["ProvisionedConcurrencyConfigNotFound", ...ABSENT],
      async () =>
        (await ctx.clients.of(lambdaClient)).deleteProvisionedConcurrencyConfig({ FunctionName: name, Qualifier }),
    );
}

interface Move {
  readonly name: string;
  readonly props: FunctionProps;
  /** What is there now of these; nothing where the function is made. */
  readonly live: Read;
  /** Code or configuration is other than that of the newest version. */
  readonly isOther: boolean;
  readonly changed: ReadonlySet<string>;
}

/** Publishes what has changed, then moves the aliases, then warms them. What is kept warm of an alias that goes, goes before it. */
export function* versionCalls(ctx: AwsContext, { name, props, live, isOther, changed }: Move): Iterable<Call> {
  const publishes = props.published === true && (isOther || changed.has("published"));
  const warm = { live: live.provisionedConcurrency ?? {}, wanted: props.provisionedConcurrency ?? {} };
  const kept = Object.fromEntries(Object.entries(warm.live).filter(([key]) => Object.hasOwn(warm.wanted, key)));
  if (changed.has("provisionedConcurrency")) yield* warmCalls(ctx, name, warm.live, kept);
  if (publishes) yield publish(ctx, name);
  if (changed.has("aliases") || publishes)
    yield* aliasCalls(ctx, name, live.aliases ?? {}, props.aliases ?? {}, publishes);
  if (changed.has("provisionedConcurrency")) yield* warmCalls(ctx, name, kept, warm.wanted);
}
