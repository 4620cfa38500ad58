import { loadSsoSessionData, parseKnownFiles } from "@smithy/core/config";
import type { Env } from "../network/proxy-rules.ts";

export type Section = Readonly<Record<string, string | undefined>>;

/** What the AWS config files say, and which profile is meant. */
export interface Profiles {
  readonly all: Readonly<Record<string, Section | undefined>>;
  readonly sessions: Readonly<Record<string, Section | undefined>>;
  readonly name: string;
  /** AWS_PROFILE names it; otherwise it is `default`, which need not exist. */
  readonly named: boolean;
  /** The files that were looked at, for people. */
  readonly files: string;
}

/** Reads the profiles as the SDK does, whose reader this is: files that are not there are empty. */
export async function readProfiles(env: Env): Promise<Profiles> {
  const [all, sessions] = await Promise.all([parseKnownFiles({}), loadSsoSessionData({})]);
  const config = env.AWS_CONFIG_FILE ?? "~/.aws/config";
  const keys = env.AWS_SHARED_CREDENTIALS_FILE ?? "~/.aws/credentials";
  return {
    all,
    sessions,
    name: env.AWS_PROFILE || "default",
    named: Boolean(env.AWS_PROFILE),
    files: `${config} and ${keys}`,
  };
}

/** One profile on the way to the first keys, and how the SDK goes on from there. */
export interface Link {
  readonly name: string;
  readonly section: Section;
  readonly way: Way;
}

export type Way = "keys" | "role" | "web_identity" | "process" | "sso" | "login" | "source" | "nothing";

const hasKeys = (section: Section): boolean =>
  section.aws_access_key_id !== undefined && section.aws_secret_access_key !== undefined;

/** The order is the SDK's: keys of a profile that another one names as its source come before everything else. */
function wayOf(section: Section, isSource: boolean): Way {
  if (isSource && hasKeys(section)) return "keys";
  if (section.role_arn !== undefined && section.web_identity_token_file === undefined) return "role";
  if (hasKeys(section)) return "keys";
  if (section.web_identity_token_file !== undefined) return "web_identity";
  if (section.credential_process !== undefined) return "process";
  if (Object.keys(section).some((key) => key.startsWith("sso_"))) return "sso";
  if (section.login_session !== undefined) return "login";
  return isSource && section.credential_source !== undefined ? "source" : "nothing";
}

/** A profile and those it takes its credentials from; ends at a name that does not exist, or comes a second time. */
export function chainOf({ all, name }: Pick<Profiles, "all" | "name">): { links: readonly Link[]; end?: string } {
  const links: Link[] = [];
  for (let next: string | undefined = name; next !== undefined;) {
    const section: Section | undefined = all[next];
    const way: Way | undefined = section && wayOf(section, links.length > 0);
    // A profile that names itself as its source means its own keys.
    if (!section || !way || (way !== "keys" && links.some((link) => link.name === next))) return { links, end: next };
    links.push({ name: next, section, way });
    next = way === "role" ? section.source_profile : undefined;
  }
  return { links };
}
