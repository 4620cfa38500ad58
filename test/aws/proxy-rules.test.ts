import { describe, expect, test } from "vitest";
import { childProxies, proxyFor, shownProxy } from "../../src/aws/network/proxy-rules.ts";

const S3 = "https://s3.eu-west-1.amazonaws.com";
const at = (url: string, env: Record<string, string>): string | undefined => proxyFor(new URL(url), env);

describe("which proxy a URL is asked through", () => {
  test.each([
    [{ HTTPS_PROXY: "http://p:1" }, S3, "http://p:1"],
    [{ https_proxy: "http://p:1" }, S3, "http://p:1"],
    [{ https_proxy: "http://small:1", HTTPS_PROXY: "http://big:1" }, S3, "http://small:1"],
    [{ HTTP_PROXY: "http://p:1" }, S3, undefined],
    [{ HTTP_PROXY: "http://p:1" }, "http://vpce.example", "http://p:1"],
    [{ HTTPS_PROXY: "p.corp:3128" }, S3, "http://p.corp:3128"],
    [{ HTTPS_PROXY: "" }, S3, undefined],
  ])("%j for %s", (env, url, proxy) => expect(at(url, env)).toBe(proxy));

  test.each([
    "http://127.0.0.1:4566",
    "https://127.9.9.9",
    "https://localhost:1",
    "https://a.localhost",
    "https://[::1]:9",
  ])("never for this machine: %s", (url) =>
    expect(at(url, { HTTPS_PROXY: "http://p:1", HTTP_PROXY: "http://p:1" })).toBeUndefined(),
  );

  test("never for the metadata of this machine", () => {
    const env = { HTTPS_PROXY: "http://p:1", HTTP_PROXY: "http://p:1" };
    expect([at("http://169.254.169.254", env), at("http://169.254.170.2", env)]).toEqual([undefined, undefined]);
  });

  test.each([
    ["*", true],
    ["amazonaws.com", true],
    [".amazonaws.com", true],
    ["*.amazonaws.com", true],
    ["AMAZONAWS.COM", true],
    ["example.org, amazonaws.com", true],
    ["example.org s3.eu-west-1.amazonaws.com", true],
    ["amazonaws.com:443", true],
    ["amazonaws.com:8443", false],
    ["aws.com", false],
    ["10.0.0.0/8", false],
    [",", false],
  ])("NO_PROXY=%s", (exempt, direct) => {
    const seen = at(S3, { HTTPS_PROXY: "http://p:1", NO_PROXY: exempt });
    expect(seen === undefined).toBe(direct);
    expect(at(S3, { HTTPS_PROXY: "http://p:1", no_proxy: exempt })).toBe(seen);
  });

  test.each([
    ["https://10.1.2.3", "10.0.0.0/8", true],
    ["https://11.1.2.3", "10.0.0.0/8", false],
    ["https://10.1.2.3", "10.1.2.3", true],
    ["https://[fd12::5]", "fd12::/16", true],
    ["https://[fd12::5]:8443", "[fd12::5]:8443", true],
    ["https://[fd12::5]", "fd12::5", true],
    ["https://10.1.2.3", "10.0.0.0/99", false],
  ])("addresses: %s with NO_PROXY=%s", (url, exempt, direct) =>
    expect(at(url, { HTTPS_PROXY: "http://p:1", NO_PROXY: exempt }) === undefined).toBe(direct),
  );

  test("a proxy is shown without its user and password", () => {
    expect(shownProxy("http://user:secret@p.corp:3128")).toBe("http://p.corp:3128");
    expect(shownProxy("user:secret@p.corp:3128")).toBe("http://p.corp:3128");
  });

  test("a child process keeps this machine direct", () => {
    expect(childProxies({ https_proxy: "http://p:1", NO_PROXY: "corp" })).toEqual({
      HTTPS_PROXY: "http://p:1",
      https_proxy: "http://p:1",
      NO_PROXY: "corp,localhost,127.0.0.1,::1",
      no_proxy: "corp,localhost,127.0.0.1,::1",
    });
    expect(childProxies({ NO_PROXY: "x" })).toEqual({});
  });
});
