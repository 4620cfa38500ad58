import { CallLog } from "../aws/call-log.ts";
import { type AwsTarget, type ClientOptions, Clients } from "../aws/clients.ts";
import type { ClassifyOptions } from "../aws/faults.ts";
import { classifier, faults } from "../services/faults.ts";
import { doAhead, type Pinned } from "./ahead.ts";
import { type AwsContext, awsContext } from "../aws/context.ts";
import { partitionOf, type Scope } from "../aws/arn.ts";
import { findProject, type Loaded, nearest, type Project } from "../config/index.ts";
import { ask } from "../ui/prompt.ts";
import { progress } from "../ui/progress.ts";
import type { Compiled, LakehouseConfig, Outputs, ScriptsChecked } from "../lakehouse/index.ts";
import type { Cli, GlobalOptions } from "./cli.ts";
import { usage } from "./errors.ts";
import { environmentOf, livingAt, loadLakehouse } from "./lakehouse.ts";

/** Where calls go, for errors that say where nobody answers. */
export const placeOf = (env: Cli["env"], target?: AwsTarget): ClassifyOptions => ({
  endpoint: target?.endpoint ?? env.AWS_ENDPOINT_URL,
  region: target?.region ?? env.AWS_REGION,
  caBundle: env.AWS_CA_BUNDLE,
});

/** Asks for the code of an MFA device, where somebody is there to type it. */
const askCode = (cli: Cli): { askCode?: NonNullable<ClientOptions["askCode"]> } =>
  cli.term.interactive
    ? {
        askCode: (profile, device) =>
          ask(cli.term, `Code of the MFA device ${device} (profile ${profile}):`, cli.interrupt),
      }
    : {};

/** Everything a command needs that talks to AWS: checked config, checked account, clients, computed names. */
export interface Session {
  readonly project: Project;
  readonly env: string;
  readonly loaded: Loaded<LakehouseConfig>;
  readonly config: LakehouseConfig;
  readonly aws: AwsContext;
  readonly outputs: Outputs;
  readonly classify: ReturnType<typeof classifier>;
  /** What Python says of the scripts, where it was asked (`SessionOptions.scripts`) and the account changes nothing about them. */
  readonly scripts?: Promise<ScriptsChecked>;
  /** Its resources, where the account was known before AWS was asked. */
  readonly compiled?: Promise<Compiled>;
}

/** Variables that would send calls elsewhere; an embedded environment takes no notice of them. */
const STEERING = ["AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"];

interface Place {
  readonly target: AwsTarget;
  /** Known before any call only for the embedded AWS. */
  readonly account?: string;
}

async function embedded(cli: Cli, project: Project, config: LakehouseConfig): Promise<Place> {
  const local = await import("../local/index.ts");
  const shown = await progress(cli.term, "embedded AWS: looking for it");
  try {
    const aws = await local.up({
      projectDir: project.dir,
      port: config.local.port,
      clock: cli.clock,
      onProgress: (text) => shown.say(text),
      signal: cli.interrupt,
    });
    shown.done();
    // Only after our own start: the endpoint of `local env` is no disagreement.
    const set = STEERING.filter((name) => cli.env[name] !== undefined && cli.env.AWS_ENDPOINT_URL !== aws.endpoint);
    if (set.length > 0) cli.term.note(`note: this environment is the embedded AWS; ${set.join(", ")} ignored.`);
    return {
      target: {
        region: aws.region,
        endpoint: aws.endpoint,
        credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
      },
      account: aws.account,
    };
  } catch (error) {
    shown.fail();
    throw error;
  }
}

async function real(cli: Cli, env: string, loaded: Loaded<LakehouseConfig>): Promise<Place> {
  const { aws } = loaded.value;
  const pinned = aws.region;
  const chosen = cli.env.AWS_REGION || cli.env.AWS_DEFAULT_REGION || undefined;
  if (pinned !== undefined && chosen !== undefined && pinned !== chosen) {
    const { file, line, column } = loaded.place({ path: ["aws", "region"], message: "" });
    throw usage(
      "region_disagrees",
      `environment \`${env}\` is pinned to region ${pinned}, but AWS_REGION says ${chosen}`,
      `Unset AWS_REGION, or choose the environment that lives in ${chosen}.`,
      `${file}:${line}:${column}`,
    );
  }
  const region = pinned ?? chosen ?? (await profileRegion());
  if (region === undefined) {
    const { checkProfile } = await import("../aws/identity/provider.ts");
    // A profile that does not exist has no region either: that is the thing to tell.
    await checkProfile({ env: cli.env, clock: cli.clock, ...askCode(cli) });
    const profile = cli.env.AWS_PROFILE;
    throw usage(
      "no_region",
      profile ? `no AWS region is set: profile \`${profile}\` names none` : "no AWS region is set",
      `Set AWS_REGION, \`region\` in ${profile ? `profile \`${profile}\`` : "the AWS profile"}, or \`aws.region\` in the environment's config.`,
    );
  }
  return { target: { region } };
}

/** The region of the AWS profile in use, as the SDK itself finds it. */
async function profileRegion(): Promise<string | undefined> {
  const { STS } = await import("@aws-sdk/client-sts");
  try {
    return await new STS({}).config.region();
  } catch {
    // The SDK throws when no source has one: that is the answer.
    return undefined;
  }
}

export interface SessionOptions {
  /** The client layer refuses anything but reads. */
  readonly readOnly: boolean;
  /** Counts the session's requests for the caller, even when opening it fails. */
  readonly calls?: CallLog;
  /** Has Python look at the scripts while AWS is asked who we are. */
  readonly scripts?: boolean;
  /** All services will be asked: their clients are loaded, and resources named, meanwhile. */
  readonly everywhere?: boolean;
  /** What can be told before the first call is sent. */
  readonly beforeCalls?: (clients: Clients) => Promise<void>;
}

/** Loads the config, finds AWS (or starts the embedded one) and checks that it is the right account. */
export async function openSession(
  cli: Cli,
  options: GlobalOptions,
  { readOnly, calls = new CallLog(), scripts = false, everywhere = false, beforeCalls }: SessionOptions,
): Promise<Session> {
  const project = findProject(cli.cwd, options.config);
  const env = environmentOf(project, options.env);
  const written = await loadLakehouse(project, env);
  const { aws: at } = written.value;
  const place = at.embedded ? await embedded(cli, project, written.value) : await real(cli, env, written);
  const clients = new Clients({
    target: place.target,
    calls,
    faults,
    readOnly,
    observe: cli.observe,
    env: cli.env,
    clock: cli.clock,
    ...askCode(cli),
    // What changes things ends in good order at the first signal, and needs to read for that.
    stop: readOnly ? cli.interrupt : cli.interruptNow,
  });
  await beforeCalls?.(clients);
  const pinned = place.account === undefined ? await pinnedTo(env, written, place) : undefined;
  const assumed = pinned?.loaded ?? written;
  const [identity, ahead] = await Promise.all([
    place.account === undefined
      ? checkedIdentity(env, written, clients)
      : { account: place.account, partition: partitionOf(place.target.region) },
    doAhead(
      {
        project,
        everywhere: everywhere && place.account === undefined,
        scripts: scripts ? assumed.value : undefined,
        pinned,
      },
      place.account === undefined ? calls.next() : Promise.resolve(),
    ),
  ]);
  const known = pinned?.scope.partition === identity.partition ? pinned : undefined;
  const loaded = known?.loaded ?? (await livingAt(written, env, { region: place.target.region, ...identity }));
  const config = loaded.value;
  const scope: Scope = { project: config.project, env, region: place.target.region, ...identity };
  const aws = awsContext({ ...scope, target: place.target, clients, calls, clock: cli.clock, projectDir: project.dir });
  const { outputs } = await import("../lakehouse/index.ts");
  const classify = classifier(placeOf(cli.env, place.target));
  const scriptsTold = loaded === assumed ? ahead.scripts : undefined;
  const compiled = known ? ahead.compiled : undefined;
  return {
    project,
    env,
    loaded,
    config,
    aws,
    outputs: outputs(config, scope),
    classify,
    scripts: scriptsTold,
    compiled,
  };
}

/** The config as it lives in the account that it names, before AWS has said that we are there. */
async function pinnedTo(
  env: string,
  written: Loaded<LakehouseConfig>,
  { target: { region } }: Place,
): Promise<Pinned | undefined> {
  const { account } = written.value.aws;
  if (account === undefined) return undefined;
  const place = { account, region, partition: partitionOf(region) };
  const loaded = await livingAt(written, env, place);
  return { loaded, scope: { project: loaded.value.project, env, ...place } };
}

async function checkedIdentity(
  env: string,
  loaded: Loaded<LakehouseConfig>,
  clients: Clients,
): Promise<{ account: string; partition: string }> {
  const { callerIdentity } = await import("../aws/preflight.ts");
  const identity = await callerIdentity(clients);
  const { aws } = loaded.value;
  const pinned = aws.account;
  if (pinned !== undefined && pinned !== identity.account) {
    const { file, line, column } = loaded.place({ path: ["aws", "account"], message: "" });
    throw usage(
      "account_disagrees",
      `environment \`${env}\` is pinned to account ${pinned}, but the credentials in use belong to account ${identity.account}`,
      "Choose other credentials (AWS_PROFILE), or the environment of that account. Nothing was read or changed there.",
      `${file}:${line}:${column}`,
    );
  }
  return { account: identity.account, partition: identity.partition };
}

/** Outputs without a session where that can be: the embedded AWS need not run, a pinned account and region need no call. */
export async function computedOutputs(cli: Cli, options: GlobalOptions): Promise<Outputs> {
  const project = findProject(cli.cwd, options.config);
  const env = environmentOf(project, options.env);
  const loaded = await loadLakehouse(project, env);
  const known = await knownPlace(cli, env, loaded);
  if (!known) return (await openSession(cli, options, { readOnly: true })).outputs;
  const { outputs } = await import("../lakehouse/index.ts");
  const place = { ...known, partition: partitionOf(known.region) };
  const { value: config } = await livingAt(loaded, env, place);
  return outputs(config, { project: config.project, env, ...place });
}

/** Account and region where the config says both. */
async function knownPlace(
  cli: Cli,
  env: string,
  loaded: Loaded<LakehouseConfig>,
): Promise<{ account: string; region: string } | undefined> {
  const { embedded: own, account, region } = loaded.value.aws;
  if (own) return (await import("../local/embedded.ts")).EMBEDDED;
  if (account === undefined || region === undefined) return undefined;
  // An AWS_REGION that disagrees is told, here as everywhere.
  await real(cli, env, loaded);
  return { account, region };
}

/** Checks a job's key as a person typed it. */
export function jobKey(session: Session, typed: string): string {
  const keys = Object.keys(session.outputs.jobs);
  if (keys.includes(typed)) return typed;
  const guess = nearest(typed, keys);
  throw usage(
    "unknown_job",
    `there is no job \`${typed}\``,
    guess ? `Did you mean \`${guess}\`?` : `Jobs: ${keys.join(", ")}.`,
  );
}
