import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AUTHORITY, AWS_HOST, type Corporate, corporate } from "../harness/corporate.ts";
import { repository } from "../harness/project.ts";
import { project } from "../services/compile/project.ts";

/** Every kind of AWS profile, as a process of its own in a hospital's network: what fails ends in one sentence with the next step. */
const run = promisify(execFile);
let network: Corporate;
let folder: ReturnType<typeof project>;
let home: string;

const ROLE = "arn:aws:iam::123456789012:role/lake";
const KEYS = "<AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>";
const UNTIL = "<Expiration>2099-01-01T00:00:00Z</Expiration>";

/** STS's answer to one action: of a role called `denied` and keys called AKIAEXPIRED nothing good. */
function sts(form: URLSearchParams, key: string): [number, string] {
  const action = form.get("Action") ?? "";
  const failure = (code: string, text: string): [number, string] => [
    code === "AccessDenied" ? 403 : 400,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error></ErrorResponse>`,
  ];
  if (key === "AKIAEXPIRED") return failure("ExpiredToken", "The security token included in the request is expired");
  if (form.get("RoleArn")?.endsWith("/denied"))
    return failure(
      "AccessDenied",
      `User: arn is not authorized to perform: sts:AssumeRole on resource: ${form.get("RoleArn")}`,
    );
  if (form.get("TokenCode") === "000000")
    return failure("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.");
  if (form.get("WebIdentityToken") === "old")
    return failure("ExpiredTokenException", "Token expired: current date/time");
  const who =
    "<Account>123456789012</Account><Arn>arn:aws:sts::123456789012:assumed-role/lake/x</Arn><UserId>u</UserId>";
  const result =
    action === "GetCallerIdentity"
      ? who
      : `<Credentials>${KEYS}${UNTIL}</Credentials><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/lake/x</Arn><AssumedRoleId>a</AssumedRoleId></AssumedRoleUser>`;
  return [200, `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`];
}

beforeAll(async () => {
  network = await corporate((request, response, body) => {
    if (request.url?.startsWith("/federation/credentials")) {
      const denied = request.url.includes("role_name=no");
      response.writeHead(denied ? 403 : 200, {
        "content-type": "application/json",
        ...(denied ? { "x-amzn-errortype": "ForbiddenException" } : {}),
      });
      const roleCredentials = { accessKeyId: "ASIAS", secretAccessKey: "s", sessionToken: "t", expiration: 4e12 };
      response.end(JSON.stringify(denied ? { message: "No access" } : { roleCredentials }));
      return;
    }
    const key = /Credential=([A-Z]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const [status, xml] = sts(new URLSearchParams(body), key);
    response.writeHead(status, { "content-type": "text/xml" }).end(xml);
  });
  folder = project();
  home = mkdtempSync(join(tmpdir(), "metriccare-home-"));
});
afterAll(async () => {
  await network.stop();
  folder.remove();
  rmSync(home, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly error: { readonly code: string; readonly text: string; readonly fix: string };
  readonly all: string;
  readonly out: string;
}

/** `outputs --env dev` with this config file: its one call is GetCallerIdentity. */
async function withProfile(config: string, more: Record<string, string> = {}): Promise<Ran> {
  network.requests.length = 0;
  network.tunnels.length = 0;
  mkdirSync(join(home, ".aws"), { recursive: true });
  writeFileSync(join(home, ".aws", "config"), config);
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    HTTPS_PROXY: network.proxy,
    AWS_CA_BUNDLE: AUTHORITY,
    AWS_ENDPOINT_URL: `https://${AWS_HOST}`,
    AWS_REGION: "us-east-1",
    AWS_PROFILE: "work",
    AWS_EC2_METADATA_DISABLED: "true",
    ...more,
  };
  const command = [join(repository, "bin", "metriccare"), "outputs", "--env", "dev", "--json"];
  const ran = await run(process.execPath, command, { cwd: folder.dir, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  );
  const last: unknown = ran.stdout === "" ? {} : JSON.parse(ran.stdout);
  const error = (last as Partial<Ran>).error ?? { code: "", text: "", fix: "" };
  return { code: ran.code, error, all: ran.stdout + ran.stderr, out: ran.stdout };
}

const STATIC = "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = topsecret\n";
const role = (more: string, arn = ROLE): string => `${STATIC}[profile work]\nrole_arn = ${arn}\n${more}\n`;

function signIn(key: string, expiresAt: string): void {
  const cache = join(home, ".aws", "sso", "cache");
  mkdirSync(cache, { recursive: true });
  const name = createHash("sha1").update(key).digest("hex");
  writeFileSync(join(cache, `${name}.json`), JSON.stringify({ accessToken: "token", expiresAt, region: "us-east-1" }));
}

const SSO =
  "[profile work]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = lake\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n";
const helper = (command: string): string => `[profile work]\ncredential_process = ${command}\n`;

describe("profiles that work, every call through the proxy", () => {
  test.each([
    ["a role with a source profile", role("source_profile = base"), 2],
    [
      "a role whose source is itself",
      `[profile work]\nrole_arn = ${ROLE}\nsource_profile = work\naws_access_key_id = A\naws_secret_access_key = b\n`,
      2,
    ],
    [
      "two roles in a row",
      `${role("source_profile = mid")}[profile mid]\nrole_arn = ${ROLE}\nsource_profile = base\n`,
      3,
    ],
    ["a credential_process", helper(`echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"b"}'`), 1],
  ])("%s", async (_, config, requests) => {
    const ran = await withProfile(config);
    expect(ran.code, ran.all).toBe(0);
    expect(network.requests).toHaveLength(requests);
    expect(network.requests.every((line) => line.includes(AWS_HOST))).toBe(true);
  });

  test("SSO", async () => {
    signIn("corp", "2099-01-01T00:00:00Z");
    const ran = await withProfile(SSO);
    expect(ran.code, ran.all).toBe(0);
    expect(network.requests[0]).toContain("/federation/credentials");
    expect(network.requests).toHaveLength(2);
  });

  test.each(["profile", "environment"])("web identity from the %s", async (from) => {
    const file = join(home, "token");
    writeFileSync(file, "good");
    const ran =
      from === "profile"
        ? await withProfile(`[profile work]\nrole_arn = ${ROLE}\nweb_identity_token_file = ${file}\n`)
        : await withProfile("", { AWS_PROFILE: "", AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: ROLE });
    expect(ran.code, ran.all).toBe(0);
    expect(network.requests).toHaveLength(2);
  });
});

describe("an endpoint without TLS goes through HTTP_PROXY", () => {
  const keys = "[profile work]\naws_access_key_id = A\naws_secret_access_key = b\n";
  const plain = (user: string): Record<string, string> => ({
    AWS_ENDPOINT_URL: `http://${AWS_HOST}`,
    HTTP_PROXY: `http://${user}@127.0.0.1:${network.port}`,
  });

  test("with its password", async () => {
    network.authorization = "user:topsecret";
    const ran = await withProfile(keys, plain("user:topsecret"));
    expect(ran.code, ran.all).toBe(0);
    expect(network.requests).toEqual([`POST ${AWS_HOST} http://${AWS_HOST}/`]);
    expect(network.tunnels).toEqual([]);
  });

  test("and is refused in a sentence", async () => {
    network.authorization = "user:other";
    const { error, all } = await withProfile(keys, plain("user:topsecret"));
    expect(error.code).toBe("proxy_authentication");
    expect(all).not.toMatch(/topsecret|<p>/);
    network.authorization = undefined;
  });
});

describe("endpoints by the SDK's own settings", () => {
  test.each([
    ["AWS's own", "", {}, "sts.us-east-1.amazonaws.com:443"],
    ["FIPS from the environment", "", { AWS_USE_FIPS_ENDPOINT: "true" }, "sts-fips.us-east-1.amazonaws.com:443"],
    ["FIPS from the profile", "use_fips_endpoint = true\n", {}, "sts-fips.us-east-1.amazonaws.com:443"],
  ])("%s", async (_, line, more, host) => {
    const ran = await withProfile(`[profile work]\naws_access_key_id = A\naws_secret_access_key = b\n${line}`, {
      AWS_ENDPOINT_URL: "",
      ...more,
    });
    expect(ran.code, ran.all).toBe(0);
    expect(network.tunnels).toEqual([host]);
  });

  test("an endpoint of one's own and FIPS exclude each other: said in a sentence", async () => {
    const ran = await withProfile(`[profile work]\naws_access_key_id = A\naws_secret_access_key = b\n`, {
      AWS_USE_FIPS_ENDPOINT: "true",
    });
    expect(ran.error.text).toMatch(/FIPS/);
    expect(ran.error.code).toBe("endpoint_invalid");
  });
});

describe("profiles that do not work end in a sentence with the next step", () => {
  const cases: readonly [string, string, string, RegExp, RegExp, Record<string, string>?][] = [
    ["AWS_PROFILE that does not exist", STATIC, "profile_unknown", /AWS_PROFILE names the profile `work`/, /base/],
    [
      "… beside sections that are none",
      `${STATIC}[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://x\n[services s]\ns3 =\n  endpoint_url = https://x\n`,
      "profile_unknown",
      /`work`/,
      /there: base\.$/m,
    ],
    ["no profile at all", "", "profile_unknown", /`work`/, /aws configure/],
    ["… and no region either", STATIC, "profile_unknown", /`work`/, /base/, { AWS_REGION: "" }],
    [
      "a region missing",
      "[profile work]\naws_access_key_id = A\naws_secret_access_key = b\n",
      "no_region",
      /profile `work` names none/,
      /`region` in profile `work`/,
      { AWS_REGION: "" },
    ],
    [
      "a source that does not exist",
      role("source_profile = gone"),
      "profile_unknown",
      /`work` takes .* `gone`/,
      /source_profile/,
    ],
    [
      "a circle",
      `${role("source_profile = b")}[profile b]\nrole_arn = ${ROLE}\nsource_profile = work\n`,
      "profile_circle",
      /work -> b -> work/,
      /`work`/,
    ],
    ["a role without a source", role(""), "profile_incomplete", /profile `work` names a role/, /source_profile/],
    ["a role with an unknown source", role("credential_source = Moon"), "profile_incomplete", /Moon/, /Environment/],
    [
      "half a key",
      "[profile work]\naws_access_key_id = A\n",
      "profile_incomplete",
      /no aws_secret_access_key/,
      /profile `work`/,
    ],
    [
      "half a key in the environment",
      "",
      "credentials_missing",
      /AWS_ACCESS_KEY_ID is set without/,
      /AWS_SECRET_ACCESS_KEY/,
      { AWS_PROFILE: "", AWS_ACCESS_KEY_ID: "A" },
    ],
    [
      "a role that is denied",
      role("source_profile = base", "arn:aws:iam::123456789012:role/denied"),
      "role_denied",
      /`work` may not take on the role .*denied/,
      /sts:AssumeRole.*`base`/,
    ],
    [
      "a source whose keys have expired",
      `[profile work]\nrole_arn = ${ROLE}\nsource_profile = base\n[profile base]\naws_access_key_id = AKIAEXPIRED\naws_secret_access_key = b\n`,
      "credentials_expired",
      /keys of profile `base` have expired/,
      /`base`/,
    ],
    [
      "MFA without a terminal",
      role("source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me"),
      "mfa_needed",
      /`work` wants a code of the MFA device arn:aws:iam::1:mfa\/me/,
      /aws configure export-credentials --profile work/,
    ],
    [
      "credential_process that fails",
      helper("sh -c 'echo topsecret >&2; exit 3'"),
      "credential_process",
      /`work` failed/,
      /by hand/,
    ],
    ["credential_process that prints garbage", helper("echo topsecret"), "credential_process", /not JSON/, /by hand/],
    [
      "credential_process of another version",
      helper(`echo '{"Version":2}'`),
      "credential_process",
      /"Version": 1/,
      /by hand/,
    ],
    [
      "credential_process that is not there",
      helper("/nowhere/helper topsecret"),
      "credential_process",
      /could not be found/,
      /by hand/,
    ],
    [
      "credential_process with old keys",
      helper(`echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"b","Expiration":"2020-01-01T00:00:00Z"}'`),
      "credential_process",
      /expired/,
      /by hand/,
    ],
    [
      "web identity without its file",
      `[profile work]\nrole_arn = ${ROLE}\nweb_identity_token_file = /nowhere/token\n`,
      "web_identity_token",
      /\/nowhere\/token, which does not exist/,
      /platform/,
    ],
    [
      "… in the environment",
      "",
      "web_identity_token",
      /AWS_WEB_IDENTITY_TOKEN_FILE names \/nowhere/,
      /platform/,
      { AWS_PROFILE: "", AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere", AWS_ROLE_ARN: ROLE },
    ],
    [
      "SSO that is not complete",
      "[profile work]\nsso_start_url = https://x\nsso_region = us-east-1\n",
      "profile_incomplete",
      /sso_account_id and sso_role_name/,
      /aws configure sso --profile work/,
    ],
    [
      "SSO without its session",
      "[profile work]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = r\n",
      "profile_unknown",
      /\[sso-session gone\]/,
      /aws configure sso-session/,
    ],
    [
      "a profile without anything",
      "[profile work]\nregion = us-east-1\n",
      "credentials_missing",
      /profile `work` gives no credentials/,
      /AWS_PROFILE/,
    ],
    [
      "aws login that has run out",
      "[profile work]\nlogin_session = arn:aws:iam::1:user/me\n",
      "login_expired",
      /`work`/,
      /aws login --profile work/,
    ],
  ];
  test.each(cases)("%s", async (_, config, code, text, fix, more) => {
    const { error, ...ran } = await withProfile(config, more);
    expect(error, ran.all).toMatchObject({ code, text: expect.stringMatching(text) as string });
    expect(error.fix).toMatch(fix);
    expect(ran.code).toBe(code === "no_region" ? 64 : 1);
    expect(ran.all).not.toContain("topsecret");
    expect(ran.all).not.toMatch(/\n\s+at /);
  });

  test("a web identity token that has expired", async () => {
    const file = join(home, "token");
    writeFileSync(file, "old");
    const { error } = await withProfile(`[profile work]\nrole_arn = ${ROLE}\nweb_identity_token_file = ${file}\n`);
    expect(error).toMatchObject({
      code: "web_identity_token",
      text: "the web identity token of profile `work` has expired",
    });
  });

  test("an SSO sign-in that has expired: the exact command", async () => {
    signIn("corp", "2020-01-01T00:00:00Z");
    const session = await withProfile(SSO);
    expect(session.error).toMatchObject({ code: "sso_expired", text: expect.stringContaining("`work`") as string });
    expect(session.error.fix).toContain("`aws sso login --sso-session corp`");
    signIn("https://corp.example/start", "2020-01-01T00:00:00Z");
    const old = await withProfile(
      "[profile work]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r\n",
    );
    expect(old.error.fix).toContain("`aws sso login --profile work`");
    expect(network.requests).toEqual([]);
  });

  test("SSO that gives no such role", async () => {
    signIn("corp", "2099-01-01T00:00:00Z");
    const { error } = await withProfile(SSO.replace("= lake", "= no"));
    expect(error).toMatchObject({
      code: "sso_denied",
      text: expect.stringContaining("no role no in account") as string,
    });
  });
});
