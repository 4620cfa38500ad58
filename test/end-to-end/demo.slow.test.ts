import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../harness/project.ts";
import { LONGEST } from "../harness/sample.ts";

// The README's first command, as it stands there: it lives in the checkout itself, on the checkout's own embedded AWS.

interface Demo {
  readonly code: number | null;
  readonly out: string;
}

/** Runs a program of the checkout; `interruptAt` sends Ctrl-C to all of its group once that has been printed. */
function program(args: readonly string[], interruptAt?: RegExp): Promise<Demo> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_")));
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [...args], {
      cwd: repository,
      env: { ...env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let out = "";
    let wanted = interruptAt;
    const hear = (chunk: Buffer): void => {
      out += chunk.toString("utf8");
      if (wanted?.test(out) && child.pid !== undefined) {
        wanted = undefined;
        process.kill(-child.pid, "SIGINT");
      }
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", reject);
    child.on("close", (code) => done({ code, out }));
  });
}

const demo = (interruptAt?: RegExp): Promise<Demo> => program([join("scripts", "demo.mjs")], interruptAt);
const metriccare = (...args: string[]): Promise<Demo> => program([join("bin", "metriccare"), ...args]);
const SUMS =
  "All patients: readmission 14/49, in-hospital death 0/49, 30-day death 0/49, HAI 0/279, discharges 49, days 279.";

beforeAll(async () => void (await metriccare("local", "reset", "--yes")));
afterAll(async () => void (await metriccare("local", "reset", "--yes")));

const CUT = LONGEST.includes("interrupted");

test("it computes the measures; after a Ctrl-C, with 130 and nothing left running, it goes on from there", async () => {
  if (CUT) {
    const cut = await demo(/RUNNING +bronze_patient/);
    expect(cut.code, cut.out).toBe(130);
    expect((await metriccare("local", "status", "--json")).out).toContain('{"running":false}');
  }
  const whole = await demo();
  expect(whole.code, whole.out).toBe(0);
  expect(whole.out).toContain(SUMS);
});

test("once more: nothing is processed again, the measures stand, nothing is left running", async () => {
  const again = await demo();
  expect(again.code, again.out).toBe(0);
  expect(again.out).toContain("unchanged  fhir/Patient.000.ndjson");
  expect(again.out).toContain(SUMS);
  expect((await metriccare("local", "status", "--json")).out).toContain('{"running":false}');
});
