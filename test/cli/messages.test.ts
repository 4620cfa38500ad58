import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/clock/index.ts";
import { inProcess, type InProcess, pointAt } from "../harness/in-process.ts";
import { project } from "../services/compile/project.ts";

// What a person sees who did something wrong: one message with what, where, why and what next, the right exit code, and
// the same in JSON.

let folder: ReturnType<typeof project>;
let base: string;
const servers: Server[] = [];

beforeAll(() => {
  folder = project();
  base = readFileSync(join(folder.dir, "config/lakehouse.yaml"), "utf8");
});
afterEach(() => {
  write("lakehouse.yaml", base);
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => folder.remove());

const write = (file: string, text: string): void => writeFileSync(join(folder.dir, "config", file), text);

function edit(from: string, to: string): void {
  expect(base).toContain(from);
  write("lakehouse.yaml", base.replace(from, to));
}

async function listening(answer?: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** Runs it for people and for scripts: both must say the same, and neither may show a stack. */
async function refused(argv: readonly string[]): Promise<{ readonly text: string; readonly json: InProcess }> {
  const plain = await inProcess(folder.dir, argv);
  const json = await inProcess(folder.dir, [...argv, "--json"]);
  expect(json.code).toBe(plain.code);
  expect(plain.err + json.err).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  return { text: plain.err, json };
}

const errorOf = (ran: InProcess): { code: string; text: string; fix?: string; at?: string } => {
  const last = JSON.parse(ran.out.trim().split("\n").at(-1) ?? "{}") as { error: { code: string; text: string } };
  return last.error;
};

test("a file that is not there is named once", async () => {
  const { report } = await import("../../src/cli/report.ts");
  const { OperateProblem } = await import("../../src/operate/problem.ts");
  const { terminal } = await import("../../src/ui/terminal.ts");
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const signal = new AbortController().signal;
  const term = terminal({ stdin, stdout, stderr, env: {} }, false);
  const cli = { term, clock: systemClock, cwd: "/", env: {}, interrupt: signal, interruptNow: signal };
  await report(cli, new OperateProblem("run_vanished", "there is no run wr_1", "Look.", "user", "wr_1"));
  await report(cli, new OperateProblem("run_vanished", "there is none", "Look.", "user", "wr_1"));
  expect(String(stderr.read())).toBe(
    "error there is no run wr_1 [run_vanished]\n      Look.\nerror wr_1 there is none [run_vanished]\n      Look.\n",
  );
});

describe("a saved plan that is none", () => {
  test.each(["nope.json", "config/dev.yaml"])("%s is named once", async (name) => {
    const { text, json } = await refused(["apply", name, "--yes"]);
    expect(json.code).toBe(64);
    expect(text.split(name).length - 1 - (text.match(/open '[^']*'/g) ?? []).length).toBe(1);
  });
});

describe("a config that is wrong", () => {
  test.each([
    [
      "an unknown key",
      "noncurrentDays: 90",
      "noncurentDays: 90",
      /^error config\/lakehouse\.yaml:\d+:7 .*unknown key\. Did you mean `noncurrentDays`\?$/m,
    ],
    [
      "a wrong type",
      "maxConcurrentRuns: 1",
      "maxConcurrentRuns: one",
      /^error config\/lakehouse\.yaml:\d+:22 .*expected .*got "one"/m,
    ],
    [
      "a job that is not there",
      "actions: [silver_patient,",
      "actions: [silver_patent,",
      /^error config\/lakehouse\.yaml:\d+:17 workflow\.triggers\.silver\.actions\[0\]: there is no job `silver_patent`\. Did you mean `silver_patient`\?$/m,
    ],
    [
      "a cycle",
      "after: [bronze_patient, bronze_encounter, bronze_condition]",
      "after: [gold_hai]",
      /^error config\/lakehouse\.yaml:\d+:7 .*wait for each other: silver_patient -> gold_length_of_stay -> gold_hai -> silver_patient\.$/m,
    ],
    ["a bracket left open", "databases:", "databases: [", /^error config\/lakehouse\.yaml:\d+:\d+ /m],
    [
      "a key that stands twice",
      "  bronze: {} #",
      "  raw: {} #",
      /^error config\/lakehouse\.yaml:\d+:3 this key stands twice/m,
    ],
  ])("%s: one message, with its place", async (_, from, to, says) => {
    edit(from, to);
    const { text, json } = await refused(["validate"]);
    expect(json.code).toBe(64);
    expect(text).toMatch(says);
    expect(text).toContain("1 mistake in the config; nothing was sent to AWS.");
    expect(errorOf(json)).toMatchObject({ code: "config_invalid" });
    expect(json.calls).toEqual([]);
  });

  test("a base without a line is told once for all environments", async () => {
    write("lakehouse.yaml", "");
    const { text } = await refused(["validate"]);
    expect(text.match(/project: missing/g)).toHaveLength(1);
    expect(text).toMatch(/^error config\/lakehouse\.yaml:1:1 project: missing/m);
  });
});

describe("AWS that does not answer as it should", () => {
  test("nobody listens at the endpoint", async () => {
    const port = await listening();
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
    pointAt(`http://127.0.0.1:${port}`);
    const { text, json } = await refused(["apply", "--env", "dev", "--yes"]);
    expect(json.code).toBe(1);
    expect(text).toContain(`nobody answers at http://127.0.0.1:${port}`);
    expect(JSON.parse(json.out)).toMatchObject({ type: "finished", done: 0, error: { code: "endpoint_unreachable" } });
  });

  test("the credentials have expired", async () => {
    const expired = `<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`;
    const port = await listening((_, answer) => answer.writeHead(403, { "content-type": "text/xml" }).end(expired));
    pointAt(`http://127.0.0.1:${port}`);
    for (const argv of [["diff"], ["destroy", "--yes"], ["run-workflow"], ["ledger", "list"], ["measures"]]) {
      const { text, json } = await refused([...argv, "--env", "dev"]);
      expect(json.code).toBe(1);
      expect(text).toMatch(/the AWS credentials have expired.*\n\s+Renew the session/);
      expect(errorOf(json)).toMatchObject({ code: "credentials_expired" });
    }
  });
});

describe("a machine on which the embedded AWS cannot start", () => {
  const up = ["local", "up"];

  test("no Python", async () => {
    const bin = join(folder.dir, "only-java");
    mkdirSync(bin);
    symlinkSync(program("java"), join(bin, "java"));
    vi.stubEnv("PATH", bin);
    vi.stubEnv("METRICCARE_PYTHON", undefined);
    const { text, json } = await refused(up);
    expect(json.code).toBe(1);
    expect(text).toMatch(/needs Python 3\.10 .*none was found/);
    expect(errorOf(json)).toMatchObject({ code: "no_python" });
  });

  test("no Java", async () => {
    const bin = join(folder.dir, "only-python");
    mkdirSync(bin);
    symlinkSync(python(), join(bin, "python3"));
    vi.stubEnv("PATH", bin);
    vi.stubEnv("JAVA_HOME", undefined);
    const { text, json } = await refused(up);
    expect(json.code).toBe(1);
    expect(text).toMatch(/needs Java 17 .*no Java was found/);
    expect(errorOf(json)).toMatchObject({ code: "no_java" });
  });

  test("a fixed port that somebody else has", async () => {
    const port = await listening();
    const local = readFileSync(join(folder.dir, "config/local.yaml"), "utf8");
    write("local.yaml", `${local}\nlocal:\n  port: ${port}\n`);
    const { text, json } = await refused([...up, "--env", "local"]);
    write("local.yaml", local);
    expect(json.code).toBe(1);
    expect(text).toContain(`The port ${port} is in use by another program.`);
    expect(errorOf(json)).toMatchObject({ code: "port_in_use" });
  });
});

/** The real interpreter, not a version manager's shim, which would need its own programs. */
const python = (): string =>
  execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();

const program = (name: string): string => execFileSync("which", [name], { encoding: "utf8" }).trim();

test("a run that is to compute all is started: one that is on cannot be told", async () => {
  const { text } = await refused(["run-workflow", "--env", "dev", "--full", "--attach"]);
  expect(text).toContain("--full starts a run, and --attach would follow another");
});
