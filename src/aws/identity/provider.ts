import type { fromIni as FromIni } from "@aws-sdk/credential-provider-ini";
import type { defaultProvider } from "@aws-sdk/credential-provider-node";
import type { Clock } from "../../clock/index.ts";
import type { NetworkHandler } from "../network/handler.ts";
import type { Env } from "../network/proxy-rules.ts";
import { environmentProblem, profileProblem, tokenFileProblem } from "./check.ts";
import { explained } from "./explain.ts";
import { chainOf, readProfiles, type Profiles } from "./profiles.ts";
import { Told } from "../told.ts";

export type Provider = ReturnType<typeof defaultProvider>;

export interface IdentityOptions {
  readonly env: Env;
  readonly clock: Clock;
  /** Where roles are taken on. */
  readonly region?: string;
  /** The way out that every call takes, those of the providers too. */
  readonly handler?: NetworkHandler;
  /** Asks a person for the code of an MFA device; absent where nobody is there to ask. */
  readonly askCode?: (profile: string, device: string) => Promise<string | undefined>;
}

/**
 * The SDK's own chain of credentials, once for all clients of a command: a role is taken on once, and a person asked
 * for one code. What goes wrong names the profile and the next step.
 */
export function credentialProvider(options: IdentityOptions): Provider {
  let chain: Promise<Provider> | undefined;
  return async (caller) => {
    chain ??= opened(options);
    const profiles = await readProfiles(options.env);
    try {
      return await (
        await chain
      )(caller);
    } catch (error) {
      throw explained(error, profiles, options.env);
    }
  };
}

async function opened(options: IdentityOptions): Promise<Provider> {
  const profiles = await readProfiles(options.env);
  const problem = identityProblem(options, profiles);
  if (problem) throw problem;
  const { handler, askCode, region } = options;
  // Some of the SDK's providers look at the one, some at the other.
  const client = handler ? { requestHandler: handler } : {};
  const init = {
    clientConfig: client,
    parentClientConfig: { ...client, region },
    ...(askCode ? { mfaCodeProvider: (device: string) => code(profiles.name, device, askCode) } : {}),
  };
  if (options.env.AWS_PROFILE || !options.env.AWS_ACCESS_KEY_ID) {
    const last = chainOf(profiles).links.at(-1);
    if (last && last.way !== "nothing") return fromProfile(init, options.clock);
  }
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  return defaultProvider(init);
}

/** Keys are fetched anew so long before they expire. */
const EARLY_MS = 5 * 60_000;

/** A profile that says where its credentials come from: when that fails, the SDK's chain would ask the metadata of a machine in EC2. */
async function fromProfile(init: Parameters<typeof FromIni>[0], clock: Clock): Promise<Provider> {
  const [{ fromIni }, { memoize }] = await Promise.all([
    import("@aws-sdk/credential-provider-ini"),
    import("@smithy/core/config"),
  ]);
  return memoize(
    fromIni(init),
    ({ expiration }) => expiration !== undefined && expiration.getTime() - clock.now() < EARLY_MS,
    ({ expiration }) => expiration !== undefined,
  );
}

/** Throws what is wrong with the profile in use, before anything is asked of AWS. */
export async function checkProfile(options: IdentityOptions): Promise<void> {
  const problem = identityProblem(options, await readProfiles(options.env));
  if (problem) throw problem;
}

/** What is wrong with the profile or the keys in use, as far as that can be seen without a call. */
function identityProblem(options: IdentityOptions, profiles: Profiles): Told | undefined {
  const { env, clock, askCode } = options;
  const half = environmentProblem(env);
  if (half) return half;
  // Keys in the environment come first, unless a profile is named.
  if (!env.AWS_PROFILE && env.AWS_ACCESS_KEY_ID) return undefined;
  const found = profileProblem(profiles, { env, now: clock.now(), attended: askCode !== undefined });
  if (found || env.AWS_PROFILE || profiles.all[profiles.name]) return found;
  const file = env.AWS_WEB_IDENTITY_TOKEN_FILE;
  return file ? tokenFileProblem(file, "AWS_WEB_IDENTITY_TOKEN_FILE") : undefined;
}

async function code(profile: string, device: string, ask: NonNullable<IdentityOptions["askCode"]>): Promise<string> {
  const typed = (await ask(profile, device))?.replace(/\s+/g, "") ?? "";
  if (/^\d{6}$/.test(typed)) return typed;
  throw new Told(
    "mfa_refused",
    `no MFA code was typed for profile \`${profile}\``,
    "An MFA code has six digits: run the same command again.",
  );
}
