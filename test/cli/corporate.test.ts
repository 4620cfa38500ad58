import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { execute } from "../../src/cli/main.ts";
import { systemClock } from "../../src/clock/index.ts";
import { terminal } from "../../src/ui/terminal.ts";
import { AUTHORITY, AWS_HOST, type Corporate, corporate, relay } from "../harness/corporate.ts";
import { freePort } from "../harness/port.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** The command line in a network that lets nothing out but through its proxy, and reads along with a private authority. */
let moto: MotoProject;
let network: Corporate;

beforeAll(async () => {
  moto = await motoProject();
  network = await corporate(relay(process.env.AWS_ENDPOINT_URL ?? ""));
}, 120_000);
afterAll(async () => {
  await network.stop();
  await moto.stop();
});
afterEach(() => {
  network.authorization = undefined;
  network.refuse = undefined;
});

function inside(more: Record<string, string | undefined> = {}): void {
  network.tunnels.length = 0;
  network.requests.length = 0;
  for (const name of ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "NO_PROXY"]) vi.stubEnv(name, undefined);
  vi.stubEnv("NODE_EXTRA_CA_CERTS", undefined);
  vi.stubEnv("AWS_ENDPOINT_URL", `https://${AWS_HOST}`);
  vi.stubEnv("HTTPS_PROXY", network.proxy);
  vi.stubEnv("AWS_CA_BUNDLE", AUTHORITY);
  for (const [name, value] of Object.entries(more)) vi.stubEnv(name, value);
}

const last = (out: string): { calls: number; ms: number; error?: { code: string; text: string; fix: string } } =>
  JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as { calls: number; ms: number };

describe("every call goes through the proxy", () => {
  test("an apply from nothing, and the diff after it", { timeout: 120_000 }, async () => {
    inside();
    const began = performance.now();
    const applied = await moto.run("apply", "--env", "dev", "--yes", "--json");
    expect(applied.code, applied.err + applied.out).toBe(0);
    // The host is known to no resolver, so nothing else could have answered; and all that was sent came by.
    expect(network.requests.length).toBeGreaterThanOrEqual(applied.calls.length);
    expect(network.requests.length).toBeGreaterThan(100);
    // The last line tells of the whole command, the planning before the first step too.
    const whole = performance.now() - began;
    expect(Math.abs(whole - last(applied.out).ms)).toBeLessThan(Math.max(1500, whole / 5));
    // Connections are used again: far fewer tunnels than requests.
    expect(network.tunnels.length).toBeLessThan(network.requests.length / 2);
    expect(new Set(network.tunnels.map((to) => to.split(":")[1]))).toEqual(new Set(["443"]));
    const diff = await moto.run("diff", "--env", "dev", "--exit-code");
    expect(diff.code, diff.err + diff.out).toBe(0);
  });

  test("doctor says which way it goes, and not with which password", { timeout: 60_000 }, async () => {
    network.authorization = "user:pa ss";
    inside({ HTTPS_PROXY: `http://user:pa%20ss@127.0.0.1:${network.port}` });
    const { out, err } = await moto.run("doctor", "--env", "dev");
    expect(out + err).not.toContain("pa%20ss");
    expect(out).toContain(`network: through the proxy http://127.0.0.1:${network.port}, trusting ${AUTHORITY}`);
    expect(out).toMatch(/credentials: .*\(keys in the environment\)/);
  });
});

test("doctor says which way it went when nothing comes through", async () => {
  const dead = `http://127.0.0.1:${await freePort()}`;
  inside({ HTTPS_PROXY: dead });
  const { code, out, err } = await moto.run("doctor", "--env", "dev");
  expect(code).toBe(1);
  expect(out).toContain(`network: through the proxy ${dead}, trusting ${AUTHORITY}`);
  expect(err).toContain(`nobody answers at the proxy ${dead}`);
});

describe("what a network refuses is said in one message", () => {
  const refused = async (): Promise<{ code: string; text: string; fix: string }> => {
    const { code, out, err } = await moto.run("diff", "--env", "dev", "--json");
    expect(code).toBe(1);
    expect(err).not.toMatch(/\n\s+at /);
    expect(out + err).not.toContain("secret");
    return last(out).error ?? { code: "", text: out, fix: "" };
  };

  test("the proxy wants a password", async () => {
    network.authorization = "user:secret";
    inside({ HTTPS_PROXY: `http://user:secreT@127.0.0.1:${network.port}` });
    const error = await refused();
    expect(error.code).toBe("proxy_authentication");
    expect(error.text).toContain(`http://127.0.0.1:${network.port} wants a user and a password`);
    expect(JSON.stringify(error)).not.toContain("secreT");
  });

  test("the proxy does not let us there", async () => {
    network.refuse = 403;
    inside();
    expect(await refused()).toMatchObject({
      code: "proxy_refused",
      text: expect.stringContaining(`refuses to connect to ${AWS_HOST}:443 (403)`) as string,
      fix: expect.stringContaining("NO_PROXY") as string,
    });
  });

  test("nobody is where the proxy should be", async () => {
    inside({ HTTPS_PROXY: `http://127.0.0.1:${await freePort()}` });
    expect(await refused()).toMatchObject({
      code: "proxy_unreachable",
      fix: expect.stringContaining("HTTPS_PROXY") as string,
    });
  });

  test.each(["socks5://p:1", "http://", "http://user:%zz@p:1"])("a proxy that is none: %s", async (proxy) => {
    inside({ HTTPS_PROXY: proxy });
    expect((await refused()).code).toBe("proxy_invalid");
  });

  test("the certificate of a proxy that reads along is not trusted", async () => {
    inside({ AWS_CA_BUNDLE: undefined });
    expect(await refused()).toMatchObject({
      code: "certificate_untrusted",
      fix: expect.stringContaining("AWS_CA_BUNDLE") as string,
    });
  });

  test("the authority is another one than that of the bundle", async () => {
    const other = join(moto.dir, "other.pem");
    const { rootCertificates } = await import("node:tls");
    writeFileSync(other, rootCertificates[0] ?? "");
    inside({ AWS_CA_BUNDLE: other });
    expect((await refused()).fix).toContain(`${other} (AWS_CA_BUNDLE) lacks that authority`);
  });

  test.each([
    ["does not exist", "/nowhere/ca.pem"],
    ["is a folder", "/"],
    ["holds no certificate", import.meta.filename],
  ])("AWS_CA_BUNDLE %s", async (text, file) => {
    inside({ AWS_CA_BUNDLE: file });
    expect(await refused()).toMatchObject({ code: "ca_bundle", text: expect.stringContaining(text) as string });
  });
});

test("a person's thinking counts for nothing in the time that a command took", async () => {
  vi.stubEnv("AWS_ENDPOINT_URL", moto.emulator.endpoint);
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let thought = 0;
  stderr.on("data", (chunk: Buffer) => {
    if (!chunk.toString().includes("to go on:")) return;
    thought = 3_600_000;
    stdin.write("no\n");
  });
  const term = terminal(
    {
      stdin: Object.assign(stdin, { isTTY: true }),
      stdout,
      stderr: Object.assign(stderr, { isTTY: true }),
      env: { CI: "1" },
    },
    false,
  );
  const signal = new AbortController().signal;
  const cli = { term, clock: { ...systemClock, now: () => Date.now() + thought }, cwd: moto.dir, env: process.env };
  const code = await execute(["destroy", "--env", "dev"], { ...cli, interrupt: signal, interruptNow: signal });
  expect(code).toBe(3);
  const seconds = / calls in ([\d.]+) s/.exec(String(stdout.read()))?.[1];
  expect(thought).toBeGreaterThan(0);
  expect(Number(seconds)).toBeLessThan(600);
});

test("this machine itself is never asked through a proxy", async () => {
  network.refuse = 403;
  inside({ AWS_ENDPOINT_URL: moto.emulator.endpoint, HTTP_PROXY: network.proxy });
  const { code, err } = await moto.run("outputs", "--env", "dev");
  expect(code, err).toBe(0);
  expect(network.tunnels).toEqual([]);
});
