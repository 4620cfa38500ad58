import type { Env } from "../network/proxy-rules.ts";

/** How credentials came, in words: from the marks that the SDK's providers leave on them. */
const WAYS: readonly (readonly [mark: string, words: string])[] = [
  ["CREDENTIALS_STS_ASSUME_ROLE_WEB_ID", "a role by web identity"],
  ["CREDENTIALS_STS_ASSUME_ROLE", "a role"],
  ["CREDENTIALS_SSO", "SSO"],
  ["CREDENTIALS_SSO_LEGACY", "SSO"],
  ["CREDENTIALS_LOGIN", "aws login"],
  ["CREDENTIALS_PROCESS", "credential_process"],
  ["CREDENTIALS_HTTP", "the container's metadata"],
  ["CREDENTIALS_IMDS", "the instance's metadata"],
  ["CREDENTIALS_PROFILE", "keys of the profile"],
  ["CREDENTIALS_ENV_VARS", "keys in the environment"],
];

/** Profile and way of the credentials in use: `profile x: a role`. */
export function credentialsCame(credentials: unknown, env: Env): string {
  const marks =
    typeof credentials === "object" && credentials !== null && "$source" in credentials
      ? credentials.$source
      : undefined;
  const way = WAYS.find(([mark]) => typeof marks === "object" && marks !== null && mark in marks)?.[1] ?? "keys";
  const inEnvironment = way === "keys in the environment" && !env.AWS_PROFILE;
  return inEnvironment ? way : `profile ${env.AWS_PROFILE || "default"}: ${way}`;
}
