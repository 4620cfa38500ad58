import type { ErrorCode } from "../../codes/index.ts";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Env } from "../network/proxy-rules.ts";
import { Told } from "../told.ts";
import { chainOf, type Link, type Profiles, type Section } from "./profiles.ts";

export interface Surroundings {
  readonly env: Env;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Somebody can type the code of an MFA device. */
  readonly attended: boolean;
}

const told = (code: ErrorCode, text: string, fix: string): Told => new Told(code, text, fix);

/** How to get past a profile that asks for something that only a person can give. */
export const exportFix = (profile: string): string =>
  `\`eval "$(aws configure export-credentials --profile ${profile} --format env)"\` asks for it and sets the keys; unset AWS_PROFILE then.`;

/** The command that renews an SSO sign-in of a profile. */
export const ssoLogin = ({ name, section }: Pick<Link, "name" | "section">): string =>
  section.sso_session ? `aws sso login --sso-session ${section.sso_session}` : `aws sso login --profile ${name}`;

/**
 * Mistakes of the profile in use that can be seen before anything is asked. The SDK passes over most of them in silence
 * and goes on to the metadata service of a machine in EC2.
 */
export function profileProblem(profiles: Profiles, around: Surroundings): Told | undefined {
  const { links, end } = chainOf(profiles);
  if (links.length === 0) return profiles.named ? unknown(profiles) : undefined;
  for (const link of links) {
    const found = linkProblem(link, profiles, around);
    if (found) return found;
  }
  const last = links.at(-1);
  if (end === undefined || !last) return undefined;
  return profiles.all[end] ? circle(links, end) : missingSource(last, end, profiles);
}

function unknown({ all, name, files }: Profiles): Told {
  // The SDK's reader has the sections for SSO sessions and services among the profiles.
  const names = Object.keys(all).filter((section) => !/^(sso-session|services)\./.test(section));
  const known = names.length > 12 ? `${names.slice(0, 12).join(", ")}, …` : names.join(", ");
  return told(
    "profile_unknown",
    `AWS_PROFILE names the profile \`${name}\`, and ${files} have none of that name`,
    names.length > 0
      ? `Profiles that are there: ${known}.`
      : "There is no profile at all: `aws configure sso` or `aws configure` makes one.",
  );
}

const missingSource = (link: Link, source: string, { files }: Profiles): Told =>
  told(
    "profile_unknown",
    `profile \`${link.name}\` takes its credentials from profile \`${source}\` (source_profile), and ${files} have none of that name`,
    `Mend \`source_profile\` of profile \`${link.name}\`.`,
  );

const circle = (links: readonly Link[], again: string): Told =>
  told(
    "profile_circle",
    `the profiles ${[...links.map(({ name }) => name), again].join(" -> ")} take their credentials from each other (source_profile)`,
    `Give profile \`${again}\` keys, SSO or another source of its own.`,
  );

function linkProblem(link: Link, profiles: Profiles, around: Surroundings): Told | undefined {
  const { name, section } = link;
  const half = halfKeys(name, section);
  if (half) return half;
  if (link.way === "role") return roleProblem(name, section, around);
  if (link.way === "web_identity") return tokenProblem(name, section);
  if (link.way === "sso") return ssoProblem(link, profiles, around);
  return undefined;
}

function halfKeys(name: string, section: Section): Told | undefined {
  const id = section.aws_access_key_id !== undefined;
  if (id === (section.aws_secret_access_key !== undefined)) return undefined;
  const [has, lacks] = id
    ? ["aws_access_key_id", "aws_secret_access_key"]
    : ["aws_secret_access_key", "aws_access_key_id"];
  return told(
    "profile_incomplete",
    `profile \`${name}\` has ${has} and no ${lacks}`,
    `Add \`${lacks}\` to profile \`${name}\`.`,
  );
}

const SOURCES = ["Environment", "Ec2InstanceMetadata", "EcsContainer"];

function roleProblem(name: string, section: Section, { attended }: Surroundings): Told | undefined {
  const { source_profile: source, credential_source: place, mfa_serial: device } = section;
  const incomplete = (text: string, fix: string): Told =>
    told("profile_incomplete", `profile \`${name}\` ${text}`, fix);
  if (source !== undefined && place !== undefined)
    return incomplete("has both source_profile and credential_source", "Take one of the two out.");
  if (source === undefined && place === undefined)
    return incomplete(
      `names a role (${section.role_arn}) and not who takes it on`,
      `Add \`source_profile = <profile with credentials>\` (or \`credential_source\`) to profile \`${name}\`.`,
    );
  if (place !== undefined && !SOURCES.includes(place))
    return incomplete(`has credential_source = ${place}, which does not exist`, `Use one of ${SOURCES.join(", ")}.`);
  if (device === undefined || attended) return undefined;
  return told(
    "mfa_needed",
    `profile \`${name}\` wants a code of the MFA device ${device}, and nobody is here to type it`,
    `Run this on a terminal; or there ${exportFix(name)}`,
  );
}

function tokenProblem(name: string, section: Section): Told | undefined {
  const file = section.web_identity_token_file ?? "";
  if (section.role_arn === undefined)
    return told(
      "profile_incomplete",
      `profile \`${name}\` has web_identity_token_file and no role_arn`,
      `Add \`role_arn\` to profile \`${name}\`.`,
    );
  return tokenFileProblem(file, `web_identity_token_file of profile \`${name}\``);
}

/** A token file that cannot be read, or is empty. */
export function tokenFileProblem(file: string, whose: string): Told | undefined {
  const fix = "The platform that runs this (Kubernetes, a CI system) writes that file: check that it does, and where.";
  try {
    if (readFileSync(file, "utf8").trim() !== "") return undefined;
    return told("web_identity_token", `${whose} names ${file}, which is empty`, fix);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    return told("web_identity_token", `${whose} names ${file}, which ${why}`, fix);
  }
}

/** Where `aws sso login` leaves what it got; undefined when there is nothing that can be read. */
function ssoToken(key: string): { expires: number; renewable: boolean } | undefined {
  const file = join(homedir(), ".aws", "sso", "cache", `${createHash("sha1").update(key).digest("hex")}.json`);
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value !== "object" || value === null || !("expiresAt" in value)) return undefined;
    const renewable = ["refreshToken", "clientId", "clientSecret"].every((name) => name in value);
    return { expires: Date.parse(String(value.expiresAt)), renewable };
  } catch {
    return undefined;
  }
}

function ssoProblem(link: Link, { sessions, files }: Profiles, { now }: Surroundings): Told | undefined {
  const { name, section } = link;
  const session = section.sso_session;
  const from = session === undefined ? section : sessions[session];
  if (!from)
    return told(
      "profile_unknown",
      `profile \`${name}\` names the SSO session \`${session}\`, and ${files} have no [sso-session ${session}]`,
      "`aws configure sso-session` makes one.",
    );
  const lacks = [
    ...["sso_start_url", "sso_region"].filter((key) => from[key] === undefined),
    ...["sso_account_id", "sso_role_name"].filter((key) => section[key] === undefined),
  ];
  if (lacks.length > 0)
    return told(
      "profile_incomplete",
      `profile \`${name}\` lacks ${lacks.join(" and ")} for SSO`,
      `\`aws configure sso --profile ${name}\` asks for what is missing.`,
    );
  const token = ssoToken(session ?? from.sso_start_url ?? "");
  if (!token) return signIn(link, "nobody is signed in to SSO");
  // The SDK renews the sign-in of a session by itself, as long as its refresh token lasts.
  if (!(token.expires > now) && !(session !== undefined && token.renewable)) return ssoExpired(link);
  return undefined;
}

const signIn = (link: Link, text: string): Told =>
  told("sso_expired", `${text} (profile \`${link.name}\`)`, `Run \`${ssoLogin(link)}\`, then the same command again.`);

/** The SSO sign-in of a profile has run out. */
export const ssoExpired = (link: Link): Told => signIn(link, "the SSO sign-in has expired");

/** Half a key pair in the environment: the SDK passes over it in silence. */
export function environmentProblem(env: Env): Told | undefined {
  const id = Boolean(env.AWS_ACCESS_KEY_ID);
  if (env.AWS_PROFILE || id === Boolean(env.AWS_SECRET_ACCESS_KEY)) return undefined;
  const [has, lacks] = id
    ? ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    : ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"];
  return told(
    "credentials_missing",
    `${has} is set without ${lacks}`,
    `Set ${lacks}, or unset ${has} and set AWS_PROFILE.`,
  );
}
