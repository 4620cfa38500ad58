import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock/index.ts";
import type { JobOutcome } from "../../../src/local/front/types.ts";
import { runScript, type Script } from "../../../src/local/spark/script.ts";
import { lives, until } from "../../harness/lives.ts";
import { emulatorPython } from "../front/emulator-harness.ts";

/** One script under its keeper, without Spark: how it ends, and that nothing of it outlives it. */

const folder = mkdtempSync(join(tmpdir(), "script-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const wrapper = fileURLToPath(new URL("../../../src/local/python/run_script.py", import.meta.url));
let number = 0;

interface Started {
  script: Script;
  lines: string[];
}

function start(code: string, args: string[] = []): Started {
  number += 1;
  const script = join(folder, `s${number}.py`);
  writeFileSync(script, code);
  const lines: string[] = [];
  return {
    lines,
    script: runScript({
      python: emulatorPython ?? "",
      wrapper,
      script,
      args,
      run: `test-${process.pid}-${number}`,
      cwd: folder,
      env: { PATH: process.env["PATH"], PYTHONDONTWRITEBYTECODE: "1" },
      clock: systemClock,
      onLine: (stream, line) => lines.push(stream === "output" ? line : `! ${line}`),
    }),
  };
}

async function run(code: string, args: string[] = []): Promise<Started & { outcome: JobOutcome; seconds: number }> {
  const began = Date.now();
  const started = start(code, args);
  const outcome = await started.script.done;
  return { ...started, outcome, seconds: (Date.now() - began) / 1000 };
}

/** The numbers that a script printed as `pid N`. */
const pids = (lines: string[]): number[] => lines.flatMap((line) => /^pid (\d+)$/.exec(line)?.[1] ?? []).map(Number);

const HANGING = "import os, time\nprint('pid', os.getpid(), flush=True)\ntime.sleep(600)";
const DETACHED: [string, string][] = [
  ["a child that holds the output open", `subprocess.Popen([sys.executable, '-u', '-c', CHILD])`],
  ["one in a session of its own", `subprocess.Popen([sys.executable, '-u', '-c', CHILD], start_new_session=True)`],
  ["one without our environment", `subprocess.Popen([sys.executable, '-u', '-c', CHILD], env={}, process_group=0)`],
  [
    "a daemon that forked twice",
    `if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        exec(CHILD)\n    os._exit(0)`,
  ],
  [
    "a daemon that closed everything and hears no signal",
    `import signal
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print('pid', os.getpid(), flush=True)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.closerange(0, 256)
        time.sleep(600)
    os._exit(0)`,
  ],
];
const child = (code: string): string =>
  `import os, subprocess, sys, time\nCHILD = """${HANGING}"""\n${code}\ntime.sleep(0.4)\nprint('last', flush=True)\n`;

describe.skipIf(!emulatorPython || process.platform !== "linux")("a script and what it starts (Linux)", () => {
  it.each(DETACHED)("ends with its script: %s", async (_, code) => {
    const { outcome, lines, seconds } = await run(child(code));
    expect(outcome).toEqual({ state: "SUCCEEDED" });
    expect(lines).toContain("last");
    expect(pids(lines)).toHaveLength(1);
    expect(pids(lines).filter(lives)).toEqual([]);
    expect(seconds).toBeLessThan(10);
  });

  it.each(DETACHED)("ends when its script is stopped: %s", async (_, code) => {
    const { script, lines } = start(`${child(code)}time.sleep(600)`);
    await until(() => lines.includes("last"));
    expect(pids(lines).filter(lives)).toHaveLength(1);
    script.kill();
    expect((await script.done).state).toBe("FAILED");
    expect(pids(lines).filter(lives)).toEqual([]);
  });

  it("ends when its keeper is killed, and is found by the run's name", async () => {
    const { script, lines } = start(`${child(DETACHED[3]?.[1] ?? "")}print('keeper', os.getppid())\ntime.sleep(600)`);
    await until(() => lines.some((line) => line.startsWith("keeper")));
    process.kill(Number(lines.find((line) => line.startsWith("keeper"))?.split(" ")[1]), "SIGKILL");
    expect(await script.done).toMatchObject({ state: "FAILED", errorMessage: "The script was killed by SIGKILL." });
    expect(pids(lines).filter(lives)).toEqual([]);
  });

  it("ends when whoever started it is killed", async () => {
    const code = join(folder, "orphan.py");
    writeFileSync(code, child(DETACHED[3]?.[1] ?? ""));
    const said = `${JSON.stringify({ argv: [] })}\n`;
    const starter = spawn(
      process.execPath,
      [
        "-e",
        `const {spawn} = require("node:child_process");
         const c = spawn(${JSON.stringify(emulatorPython)}, ["-u", ${JSON.stringify(wrapper)}, ${JSON.stringify(code)}], {stdio: ["ignore", 1, 2, "pipe"], detached: true});
         c.stdio[3].write(${JSON.stringify(said)});`,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let text = "";
    starter.stdout.on("data", (part: Buffer) => (text += part.toString()));
    await until(() => /pid \d+\n/.test(text));
    const [pid = 0] = pids(text.split("\n"));
    expect(lives(pid)).toBe(true);
    starter.kill("SIGKILL");
    await until(() => !lives(pid));
  });

  it("keeps its arguments from every command line, and its keeper's output shut", async () => {
    const secret = `s3cret-${process.pid}`;
    const { script, lines } = start("import sys, time\nprint(sys.argv[1:], flush=True)\ntime.sleep(600)", [
      "--password",
      secret,
    ]);
    await until(() => lines.length > 0);
    expect(lines[0]).toBe(`['--password', '${secret}']`);
    expect(execFileSync("ps", ["-ef", "ww"], { encoding: "utf8" })).not.toContain(secret);
    script.kill();
    await script.done;
  });

  it("a group of its own: what it sends to its group does not reach its keeper", async () => {
    const { outcome } = await run("import os, signal\nos.killpg(0, signal.SIGTERM)\nimport time\ntime.sleep(600)");
    expect(outcome).toEqual({ state: "FAILED", errorMessage: "The script was killed by SIGTERM." });
  });
});

describe.skipIf(!emulatorPython)("how a script ends", () => {
  it("with its exit code, its last exception, or its signal", async () => {
    expect((await run("print('x')")).outcome).toEqual({ state: "SUCCEEDED" });
    expect((await run("raise KeyError('gone')")).outcome.errorMessage).toBe("KeyError: 'gone'");
    expect((await run("import sys; sys.exit(3)")).outcome.errorMessage).toBe("SystemExit: 3");
    expect((await run("import os; os._exit(7)")).outcome.errorMessage).toBe("The script ended with exit code 7.");
    expect((await run("import os; os.kill(os.getpid(), 9)")).outcome.errorMessage).toBe(
      "The script was killed by SIGKILL.",
    );
  });

  it("with the process tree of ps, where there is no /proc", () => {
    const code = `import sys, time
sys.platform = "darwin"
sys.path.insert(0, ${JSON.stringify(dirname(wrapper))})
import offspring, subprocess
children = [subprocess.Popen(["sh", "-c", "sleep 600 & sleep 600"]) for _ in range(2)]
time.sleep(0.3)
started = time.monotonic()
print(len(offspring.descendants(offspring.os.getpid())))
offspring.end_descendants()
print(len(offspring.descendants(offspring.os.getpid())), time.monotonic() - started < 10)
`;
    const told = execFileSync(emulatorPython ?? "", ["-c", code], { encoding: "utf8" });
    expect(told.trim().split("\n")).toEqual(["6", "0 True"]);
  });

  it("with all of its output, however much that is, and its daemon threads", async () => {
    const code = `import threading, time
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
for i in range(20000):
    print('line', i)
`;
    const { outcome, lines, seconds } = await run(code);
    expect(outcome).toEqual({ state: "SUCCEEDED" });
    expect(lines).toHaveLength(20_000);
    expect(lines.at(-1)).toBe("line 19999");
    expect(seconds).toBeLessThan(20);
  });
});
