import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { CallLog } from "../../src/aws/call-log.ts";
import { Clients, stsClient } from "../../src/aws/clients.ts";
import { iamClient } from "../../src/services/iam/client.ts";
import { wayOut } from "../../src/aws/network/way.ts";
import { ask } from "../../src/ui/prompt.ts";
import { terminal } from "../../src/ui/terminal.ts";
import { AUTHORITY, AWS_HOST, type Corporate, corporate } from "../harness/corporate.ts";
import { faults } from "../../src/services/faults.ts";

const WHO = "<Account>1</Account><Arn>arn:aws:sts::1:assumed-role/r/x</Arn><UserId>u</UserId>";
let network: Corporate;
let folder: string;
const asked: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "metriccare-aws-"));
  network = await corporate((_, response, body) => {
    const form = new URLSearchParams(body);
    const action = form.get("Action") ?? "";
    if (action === "AssumeRole") asked.push(`${form.get("SerialNumber")} ${form.get("TokenCode")}`);
    const wrong = form.get("TokenCode") === "000000";
    const keys =
      "<Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>";
    const failure =
      "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code. </Message></Error></ErrorResponse>";
    response.writeHead(wrong ? 403 : 200, { "content-type": "text/xml" });
    response.end(
      wrong
        ? failure
        : `<${action}Response><${action}Result>${action === "AssumeRole" ? keys : WHO}</${action}Result></${action}Response>`,
    );
  });
  const config = join(folder, "config");
  writeFileSync(
    config,
    "[profile mfa]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me\n[profile base]\naws_access_key_id = A\naws_secret_access_key = b\n",
  );
  for (const name of Object.keys(process.env)) if (/^AWS_|_proxy$/i.test(name)) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_CONFIG_FILE", config);
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  vi.stubEnv("AWS_PROFILE", "mfa");
  vi.stubEnv("AWS_ENDPOINT_URL", `https://${AWS_HOST}`);
  vi.stubEnv("HTTPS_PROXY", network.proxy);
  vi.stubEnv("AWS_CA_BUNDLE", AUTHORITY);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await network.stop();
});
beforeEach(() => void (asked.length = 0));

function clients(code: string | undefined): Clients {
  return new Clients({
    faults,
    target: { region: "us-east-1" },
    calls: new CallLog(),
    readOnly: true,
    env: process.env,
    askCode: (profile, device) => {
      asked.push(`${profile} ${device}`);
      return Promise.resolve(code);
    },
  });
}

describe("a profile with an MFA device", () => {
  test("asks once, for all services of a command", async () => {
    const aws = clients(" 123 456 ");
    await Promise.all([(await aws.of(stsClient)).getCallerIdentity(), (await aws.of(stsClient)).getCallerIdentity()]);
    await (await aws.of(iamClient)).getUser({}).catch(() => undefined);
    expect(asked).toEqual(["mfa arn:aws:iam::1:mfa/me", "arn:aws:iam::1:mfa/me 123456"]);
    expect(await aws.origin()).toBe("profile mfa: a role");
  });

  test.each([
    ["a wrong code", "000000", "mfa_refused", /does not take the MFA code for profile `mfa`/],
    ["nothing typed", undefined, "mfa_refused", /no MFA code was typed for profile `mfa`/],
    ["words", "hello", "mfa_refused", /no MFA code/],
  ])("%s", async (_, code, is, text) => {
    const failed: unknown = await (
      await clients(code).of(stsClient)
    )
      .getCallerIdentity()
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: is, message: expect.stringMatching(text) as string });
  });

  test("the terminal is asked on stderr, and Ctrl-C is no answer", async () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const term = terminal({ stdin, stdout, stderr, env: {} }, true);
    const answer = ask(term, "Code:");
    stdin.write("123456\n");
    expect(await answer).toBe("123456");
    expect(String(stderr.read())).toContain("Code:");
    expect(stdout.read()).toBeNull();
    const given = new AbortController();
    const none = ask(term, "Code:", given.signal);
    given.abort();
    expect(await none).toBeUndefined();
  });
});

test("the way out, in words", () => {
  const none = { fips: false, dual: false };
  expect(wayOut({}, "us-east-1", none)).toEqual([]);
  expect(wayOut({ NO_PROXY: "amazonaws.com", HTTPS_PROXY: "http://p" }, "us-east-1", none)).toEqual([]);
  expect(wayOut({ HTTPS_PROXY: "http://u:p@p:3128" }, "us-east-1", { fips: true, dual: true })).toEqual([
    "through the proxy http://p:3128",
    "FIPS and dual-stack endpoints of AWS",
  ]);
});
