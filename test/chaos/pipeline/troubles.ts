import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/clock/index.ts";
import { MARK } from "../../../src/local/environment.ts";
import { localPaths } from "../../../src/local/paths.ts";
import { type Lake, stubborn } from "./lake.ts";
import { pick } from "./uploads.ts";

type Random = () => number;

/** Something that goes wrong while files come and runs are on. Answers what it did, or that there was nothing to do it to. */
export interface Trouble {
  readonly name: string;
  make(lake: Lake, random: Random): Promise<string>;
}

interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Processes of the embedded AWS of this project alone, by the mark in their environment. */
export function processesOf(lake: Lake): Process[] {
  const wanted = `${MARK}=${localPaths(lake.project.dir).local}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (
          !readFileSync(join("/proc", name, "environ"), "utf8")
            .split("\0")
            .includes(wanted)
        )
          return [];
        return [
          { pid: Number(name), command: readFileSync(join("/proc", name, "cmdline"), "utf8").replaceAll("\0", " ") },
        ];
      } catch {
        return [];
      }
    });
}

const killing = (name: string, what: RegExp, waitMs: number): Trouble => ({
  name,
  make: async (lake, random) => {
    const until = systemClock.now() + waitMs;
    for (;;) {
      const found = processesOf(lake).filter((one) => what.test(one.command));
      if (found.length > 0) {
        await systemClock.sleep(Math.floor(random() * 1500));
        const { pid } = pick(random, found);
        try {
          process.kill(pid, "SIGKILL");
          return `killed ${pid}`;
        } catch {
          return "it had ended by itself";
        }
      }
      if (systemClock.now() > until) return "nothing to kill";
      await systemClock.sleep(100);
    }
  },
});

/** The front is in the supervisor's process: the next command starts it again, as it would for a user. */
const killFront: Trouble = {
  name: "the front",
  make: async (lake, random) => {
    const record: unknown = JSON.parse(
      readFileSync(join(localPaths(lake.project.dir).local, "supervisor.json"), "utf8"),
    );
    const pid = typeof record === "object" && record !== null && "pid" in record ? Number(record.pid) : 0;
    process.kill(pid, "SIGKILL");
    await systemClock.sleep(Math.floor(random() * 2000));
    const up = await lake.project.run(["local", "up"]);
    if (up.code !== 0) throw new Error(`the embedded AWS did not come back: ${up.err}`);
    return `killed ${pid}`;
  },
};

const stopRun: Trouble = {
  name: "a run is stopped",
  make: async (lake) => {
    const run = await lake.lastRun();
    if (!run?.on) return "no run is on";
    const stopped = await lake.run("runs", "stop", run.id);
    return `exit ${stopped.code}`;
  },
};

/** Two people, and the function, start the workflow at once. */
const race: Trouble = {
  name: "two runs are started at once",
  make: async (lake) => {
    const both = await Promise.all([lake.run("run-workflow", "--no-wait"), lake.run("run-workflow", "--no-wait")]);
    return `exit ${both.map((ran) => ran.code).join(" and ")}`;
  },
};

const restart: Trouble = {
  name: "everything is shut down in the middle",
  make: async (lake) => {
    await lake.project.run(["local", "down"]);
    const up = await lake.project.run(["local", "up"]);
    if (up.code !== 0) throw new Error(`the embedded AWS did not come back: ${up.err}`);
    return "down and up";
  },
};

/** Somebody has files read again while others are being read. */
const reprocess: Trouble = {
  name: "files are read again",
  make: async (lake) => {
    const again = await stubborn(() => lake.run("ledger", "reprocess", "--prefix", "fhir/"), "reprocess");
    return `exit ${again.code}`;
  },
};

export const TROUBLES: readonly Trouble[] = [
  killing("the function's process", /_worker\.py/, 1500),
  killing("a job's Python process", /run_script\.py/, 8000),
  killing("a job's Python process", /run_script\.py/, 8000),
  killing("the JVM", /\/bin\/java /, 1000),
  killing("the Spark owner", /spark_owner\.py/, 1000),
  killing("the emulator", /launcher\.py/, 1000),
  killFront,
  stopRun,
  race,
  restart,
  reprocess,
];
