import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { javaArguments } from "../../../src/local/runtime/java-network.ts";
import { pipNetwork } from "../../../src/local/runtime/pip.ts";
import { findPython } from "../../../src/local/runtime/python.ts";
import { run } from "../../../src/local/runtime/run.ts";
import { AUTHORITY, AWS_HOST, type Corporate, corporate } from "../../harness/corporate.ts";
import { temporaryFolder } from "./fakes.ts";

/** What the embedded AWS fetches, in a network that lets nothing out but through its proxy. */
let folder: ReturnType<typeof temporaryFolder>;
let network: Corporate;
const wheel = zipSync({
  "thing/__init__.py": strToU8(""),
  "thing-1.0.dist-info/METADATA": strToU8("Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n"),
  "thing-1.0.dist-info/WHEEL": strToU8("Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
  "thing-1.0.dist-info/RECORD": strToU8(""),
});

beforeAll(async () => {
  folder = temporaryFolder();
  network = await corporate((request, response) => {
    if (request.url?.endsWith(".whl")) response.end(wheel);
    else response.writeHead(200, { "content-type": "text/html" }).end('<a href="thing-1.0-py3-none-any.whl">thing</a>');
  });
});
afterAll(async () => {
  await network.stop();
  folder.remove();
});

test("pip fetches through the proxy and trusts the authority", { timeout: 60_000 }, async () => {
  network.authorization = "user:pass word";
  const python = await findPython();
  const bundled = await run(python.executable, ["-c", "import ensurepip; print(ensurepip.__path__[0])"]);
  const wheels = join(bundled.stdout.trim(), "_bundled");
  const pip = readdirSync(wheels).find((name) => name.startsWith("pip-")) ?? "";
  const given = {
    PATH: process.env.PATH,
    HOME: folder.dir,
    PYTHONPATH: join(wheels, pip),
    PIP_CONFIG_FILE: "/dev/null",
    PIP_INDEX_URL: `https://${AWS_HOST}/simple`,
    https_proxy: `http://user:pass%20word@127.0.0.1:${network.port}`,
    AWS_CA_BUNDLE: AUTHORITY,
  };
  const env = { ...given, ...pipNetwork(given, folder.dir, folder.dir) };
  const ran = await run(python.executable, ["-m", "pip", "download", "--no-deps", "-d", folder.dir, "thing==1.0"], {
    env,
  });
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const sum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  expect(sum(readFileSync(join(folder.dir, "thing-1.0-py3-none-any.whl")))).toBe(sum(wheel));
  expect(new Set(network.tunnels)).toEqual(new Set([`${AWS_HOST}:443`]));
});

test("pip's own authorities stay its own, and a direct line needs nothing", () => {
  const bundle = { AWS_CA_BUNDLE: AUTHORITY };
  expect(pipNetwork({ ...bundle, PIP_CERT: "/mine" }, folder.dir, folder.dir)).toEqual({});
  expect(pipNetwork({ ...bundle, REQUESTS_CA_BUNDLE: "/mine" }, folder.dir, folder.dir)).toEqual({});
  const conf = join(folder.dir, "pip.conf");
  writeFileSync(conf, "[global]\ncert = /mine\n");
  expect(pipNetwork({ ...bundle, PIP_CONFIG_FILE: conf }, folder.dir, folder.dir)).toEqual({});
  expect(pipNetwork({}, folder.dir, folder.dir)).toEqual({});
});

test("Java is told in a file of its owner alone, not on its command line", async () => {
  const java = { executable: "java", version: "17", home: "/nowhere" };
  const env = { HTTPS_PROXY: "http://us%22er:pa%5Css@proxy.corp:3128", NO_PROXY: "internal" };
  const file = (await javaArguments(env, java, folder.dir)) ?? "";
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8").split("\n")).toEqual([
    '"-Dhttps.proxyHost=proxy.corp"',
    '"-Dhttps.proxyPort=3128"',
    '"-Dhttp.proxyUser=us\\"er"',
    '"-Dhttp.proxyPassword=pa\\\\ss"',
    '"-Djdk.http.auth.tunneling.disabledSchemes="',
    "",
  ]);
  expect(await javaArguments({ ...env, NO_PROXY: "maven.org" }, java, folder.dir)).toBeUndefined();
  expect(await javaArguments({}, java, folder.dir)).toBeUndefined();
});
