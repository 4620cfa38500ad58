import type { ErrorCode } from "../../codes/index.ts";
import { Told } from "../told.ts";
import { wireOf } from "../wire-error.ts";
import type { Env } from "../network/proxy-rules.ts";
import { exportFix, ssoExpired } from "./check.ts";
import { chainOf, type Link, type Profiles } from "./profiles.ts";

type Explained = readonly [code: ErrorCode, text: string, fix: string];

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");

/** Lines that broke are no fault of a profile. */
const isNetwork = (error: unknown): boolean => {
  const wire = wireOf(error);
  return (
    wire !== undefined && wire.status === undefined && /^(E[A-Z]{4,}|.*CERT.*|ERR_\w+|TimeoutError)$/.test(wire.code)
  );
};

/**
 * Why a profile gave no credentials, and what to do. The SDK's own texts name neither; those of a `credential_process`
 * hold its command line, which may hold a password.
 */
export function explained(error: unknown, profiles: Profiles, env: Env): unknown {
  if (error instanceof Told || isNetwork(error)) return error;
  const found = ofChain(error, profiles) ?? ofEnvironment(error, env) ?? nothing(error, profiles);
  if (!found) return error;
  const [code, text, fix] = found;
  return new Told(code, text, fix, "credentials", { cause: error });
}

function ofChain(error: unknown, profiles: Profiles): Explained | undefined {
  const { links } = chainOf(profiles);
  const last = links.at(-1);
  if (!last) return undefined;
  // The nearest to the keys is asked first: what fails there is said of it, and not of the roles before it.
  const own = SOURCE[last.way]?.(error, last);
  const role = links.find(({ way }) => way === "role");
  return own ?? (role ? ofRole(error, role, links) : undefined);
}

const SOURCE: Partial<Record<Link["way"], (error: unknown, link: Link) => Explained | undefined>> = {
  process: (error, link) => {
    const why = processFailure(textOf(error));
    return why === undefined
      ? undefined
      : [
          "credential_process",
          `the credential_process of profile \`${link.name}\` ${why}`,
          `Run its command by hand to see what it says: it must print {"Version": 1, "AccessKeyId": …, "SecretAccessKey": …}.`,
        ];
  },
  sso: (error, link) => {
    const text = `${nameOf(error)} ${textOf(error)}`;
    if (/Forbidden|No access/i.test(text))
      return [
        "sso_denied",
        `SSO gives profile \`${link.name}\` no role ${link.section.sso_role_name} in account ${link.section.sso_account_id}`,
        "Ask for that permission set, or mend sso_role_name and sso_account_id of the profile.",
      ];
    if (!/SSO|Unauthorized|Token|refresh|expired/i.test(text)) return undefined;
    const expired = ssoExpired(link);
    return [expired.code, expired.message, expired.fix];
  },
  login: (error, link) =>
    /log ?in|token|session|authenticat/i.test(textOf(error))
      ? [
          "login_expired",
          `the sign-in of profile \`${link.name}\` has expired`,
          `Run \`aws login --profile ${link.name}\`, then the same command again.`,
        ]
      : undefined,
  web_identity: (error, { name, section }) => webIdentity(error, `profile \`${name}\``, section.role_arn ?? ""),
  source: (error, { name, section }) => noSource(error, name, section.credential_source ?? ""),
};

function processFailure(text: string): string | undefined {
  if (/invalid JSON|Unexpected token/.test(text)) return "printed something that is not JSON";
  if (/did not return Version 1/.test(text)) return 'printed no "Version": 1';
  if (/returned invalid credentials/.test(text)) return "printed no AccessKeyId or no SecretAccessKey";
  if (/returned expired credentials/.test(text)) return "printed keys that have expired";
  if (/not found|ENOENT|No such file/i.test(text)) return "could not be found";
  return /Command failed|credential_process|maxBuffer/.test(text) ? "failed" : undefined;
}

function webIdentity(error: unknown, whose: string, role: string): Explained | undefined {
  const text = `${nameOf(error)} ${textOf(error)}`;
  if (/Expired/i.test(text))
    return [
      "web_identity_token",
      `the web identity token of ${whose} has expired`,
      "The platform that runs this renews that file: check that it does.",
    ];
  if (/InvalidIdentityToken|IDPRejected|IDPCommunication/i.test(text))
    return [
      "web_identity_token",
      `AWS does not take the web identity token of ${whose} (${nameOf(error)})`,
      "Check that IAM knows its issuer as an identity provider, and its audience.",
    ];
  return /AccessDenied/.test(text) ? denied(whose, role, "the web identity") : undefined;
}

const denied = (whose: string, role: string, by: string): Explained => [
  "role_denied",
  `${whose} may not take on the role ${role}`,
  `Allow \`sts:AssumeRole\` on ${role} for ${by}, and let the trust policy of that role name it.`,
];

function noSource(error: unknown, name: string, source: string): Explained | undefined {
  if (nameOf(error) !== "CredentialsProviderError") return undefined;
  return [
    "credentials_missing",
    `profile \`${name}\` takes its credentials from ${source} (credential_source), and none are there`,
    source === "Environment"
      ? "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
      : "That works on a machine in AWS with a role alone: choose another profile here.",
  ];
}

function ofRole(error: unknown, role: Link, links: readonly Link[]): Explained | undefined {
  const { name, section } = role;
  const source = links.at(-1)?.name ?? name;
  const text = `${nameOf(error)} ${textOf(error)}`;
  if (/MultiFactorAuthentication|MFA/i.test(text))
    return [
      "mfa_refused",
      `AWS does not take the MFA code for profile \`${name}\``,
      `Each code works once: wait for the next one and run the same command again. Without a terminal, ${exportFix(name)}`,
    ];
  if (/AccessDenied/.test(text)) return denied(`profile \`${name}\``, section.role_arn ?? "", `profile \`${source}\``);
  if (/ExpiredToken|expired/i.test(text))
    return [
      "credentials_expired",
      `the keys of profile \`${source}\` have expired`,
      `Renew the keys of profile \`${source}\`.`,
    ];
  if (/InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId/.test(text))
    return [
      "credentials_invalid",
      `AWS does not know the keys of profile \`${source}\``,
      `Check the keys of profile \`${source}\`.`,
    ];
  return section.credential_source === undefined ? undefined : noSource(error, name, section.credential_source);
}

function ofEnvironment(error: unknown, env: Env): Explained | undefined {
  if (env.AWS_PROFILE || !env.AWS_WEB_IDENTITY_TOKEN_FILE) return undefined;
  return webIdentity(error, `AWS_WEB_IDENTITY_TOKEN_FILE (${env.AWS_WEB_IDENTITY_TOKEN_FILE})`, env.AWS_ROLE_ARN ?? "");
}

/** Nobody had any: the profile that was asked for is named, with what it could have. */
function nothing(error: unknown, { name, named, files }: Profiles): Explained | undefined {
  if (!/^(CredentialsProviderError|TokenProviderError|ProviderError)$/.test(nameOf(error)) || !named) return undefined;
  return [
    "credentials_missing",
    `profile \`${name}\` gives no credentials`,
    `Give it keys, SSO, a role or a credential_process in ${files}, or choose another with AWS_PROFILE. \`aws configure list --profile ${name}\` shows what it has.`,
  ];
}
