import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ConfigInvalid } from "../../src/config/index.ts";
import { expand } from "../../src/lakehouse/expand.ts";
import { withRulesSpread } from "../../src/lakehouse/job-events.ts";
import { type LakehouseConfig, outputs, pathOf } from "../../src/lakehouse/index.ts";
import { placesOf } from "../../src/lakehouse/access/places.ts";
import { matches } from "../../src/operate/doctor/pattern.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

/** Rules that name more jobs than EventBridge takes in one pattern. */

let remove = (): void => undefined;
afterEach(() => remove());

const SCOPE = scopeOf("dev");

/** The shipped config with further jobs, and what else stands in the environment's file. */
function lake(further: number, rules = ""): LakehouseConfig {
  const made = project({ "own.py": "" });
  remove = made.remove;
  const ids = ["first", ...Array.from({ length: further - 1 }, (_, i) => `extract_${String(i).padStart(3, "0")}`)];
  const text = `jobs:\n${ids.map((id) => `  ${id}: {type: pythonshell, role: side, script: own.py}\n`).join("")}`;
  writeFileSync(join(made.dir, "config", "dev.yaml"), `roles: {side: {}}\n${text}${rules}`);
  return load({ dir: made.dir, env: "dev" });
}

/** Tells the ids of the rules that hear of a job's end. */
function ears(config: LakehouseConfig): (job: string, state: string) => string[] {
  const rules = Object.entries(expand(config, SCOPE).rules).flatMap(([id, { pattern }]) =>
    pattern === undefined ? [] : [[id, pattern as Record<string, unknown>] as const],
  );
  return (jobName, state) => {
    const event = { source: "aws.glue", "detail-type": "Glue Job State Change", detail: { jobName, state } };
    return rules.filter(([, pattern]) => matches(pattern, event)).map(([id]) => id);
  };
}

const jobNames = (config: LakehouseConfig): string[] =>
  Object.values(outputs(config, SCOPE).jobs).map(({ name }) => name);
const patterns = (config: LakehouseConfig): Record<string, string> =>
  Object.fromEntries(
    Object.entries(expand(config, SCOPE).rules).flatMap(([id, { pattern }]) =>
      pattern === undefined ? [] : [[id, JSON.stringify(pattern)]],
    ),
  );

test("a rule that fits stays as it is", () => {
  const config = lake(40);
  expect(withRulesSpread(config, SCOPE)).toBe(config);
  expect(Object.keys(patterns(config))).toEqual(["failure", "completion"]);
});

test.each([60, 99, 300])(
  "with %i jobs more each end is heard by one rule of each sort, and no pattern is too long",
  (further) => {
    const config = lake(further);
    const lengths = Object.values(patterns(config)).map(({ length }) => length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2048);
    // as few as it takes: all but the last of each are nearly full
    expect(lengths.filter((length) => length < 1900).length).toBeLessThanOrEqual(2);
    const hearing = ears(config);
    for (const name of jobNames(config)) {
      expect(hearing(name, "FAILED")).toEqual([
        expect.stringMatching(/^failure(_\d)?$/),
        expect.stringMatching(/^completion(_\d)?$/),
      ]);
      expect(hearing(name, "SUCCEEDED")).toEqual([expect.stringMatching(/^completion(_\d)?$/)]);
    }
    expect(hearing("somebody_elses", "FAILED")).toEqual([]);
  },
);

test("a new job at the end changes the last part alone", () => {
  const [before, after] = [patterns(lake(99)), patterns(lake(100))];
  expect(Object.keys(after)).toEqual(Object.keys(before));
  const changed = Object.keys(after).filter((id) => after[id] !== before[id]);
  expect(changed).toEqual(["failure_2", "completion_2"]);
});

test("parts take no id that stands in the config, and are shown and allowed", () => {
  const config = lake(99, "rules: {failure: {name: bad}, failure_2: {schedule: rate(1 hour), targets: [function]}}\n");
  const { rules } = outputs(config, SCOPE);
  expect(Object.keys(rules).toSorted()).toEqual(
    ["completion", "completion_2", "failure", "failure_2", "failure_3", "schedule"].toSorted(),
  );
  // The deployer's printed policy knows the names that follow from ids, however many there will be.
  expect([rules["failure"]?.name, rules["failure_3"]?.name]).toEqual(["bad", "metriccare_failure_3_dev"]);
  expect(rules["completion_2"]?.name).toBe("metriccare_completion_2_dev");
  expect(placesOf(config, SCOPE)["rules"]).toEqual([
    expect.stringMatching(/rule\/metriccare_\*_dev$/),
    expect.stringMatching(/rule\/bad$/),
  ]);
  expect(pathOf(config, { kind: "events.rule", id: "completion_2" })).toEqual(["rules", "completion"]);
  expect(pathOf(config, { kind: "events.rule", id: "failure_2" })).toEqual(["rules", "failure_2"]);
});

test("an end that two entries mean is told once", () => {
  const config = lake(
    99,
    "rules: {failure: {jobEvents: [{layer: gold, states: [FAILED]}, {states: [FAILED]}, {jobs: [first], states: [STOPPED]}]}}\n",
  );
  const hearing = ears(config);
  const told = (name: string, state = "FAILED") => hearing(name, state).filter((id) => id.startsWith("failure"));
  for (const name of jobNames(config)) expect(told(name), name).toHaveLength(1);
  expect(told("metriccare_first_dev", "STOPPED")).toHaveLength(1);
  expect(told("metriccare_gold_hai_dev", "STOPPED")).toEqual([]);
});

test("a part whose name is too long is told where its rule stands, once", () => {
  const id = `job_ends_${"x".repeat(64 - "metriccare_job_ends__dev".length)}`;
  const told = (): LakehouseConfig =>
    lake(300, `rules:\n  ${id}:\n    jobEvents: [{states: [FAILED]}]\n    targets: [alerts]\n`);
  expect(told).toThrow(ConfigInvalid);
  expect(told).toThrow(/config\/dev\.yaml:\d+:\d+ rules\.job_ends_x+: .*has 66 characters; AWS takes 64/);
  expect(told).not.toThrow(/\n.*AWS takes 64/);
});

test("what is made under an id, a part as well, cannot be a former one", () => {
  const rule = (formerly: string) => `{formerly: ${formerly}, jobEvents: [{states: [FAILED]}], targets: [alerts]}`;
  const told = (jobs: number, id: string, formerly: string) => (): LakehouseConfig =>
    lake(jobs, `rules: {${id}: ${rule(formerly)}}\n`);
  expect(told(5, "late", "failure")).toThrow(/rules\.late\.formerly: `failure` is still declared/);
  expect(told(5, "failure", "failure")).toThrow(/is its own id/);
  expect(told(5, "late", "failure_2")).not.toThrow();
  expect(told(99, "late", "failure_2")).toThrow(/`failure_2` is still declared/);
});

test("a rule is cut where its pattern is full, however many entries it has", () => {
  const entries = Array.from(
    { length: 60 },
    (_, i) => `{jobs: [extract_${String(i).padStart(3, "0")}], states: [FAILED]}`,
  );
  const config = lake(99, `rules: {watch: {jobEvents: [${entries.join(", ")}], targets: [alerts]}}\n`);
  const parts = Object.entries(patterns(config)).filter(([id]) => id.startsWith("watch"));
  expect(parts.map(([id]) => id)).toEqual(["watch", "watch_2"]);
  expect(parts.every(([, text]) => text.length <= 2048)).toBe(true);
  expect(parts[0]?.[1].length).toBeGreaterThan(1900);
  // the same job over and over is one
  const twice = Array.from({ length: 2 }, () => [...Array(55).keys()]).flat();
  const ids = twice.map((i) => `extract_${String(i).padStart(3, "0")}`);
  const again = lake(
    99,
    `rules: {watch: {jobEvents: [{jobs: [${ids.join(", ")}], states: [FAILED]}], targets: [alerts]}}\n`,
  );
  expect(Object.keys(patterns(again)).filter((id) => id.startsWith("watch"))).toEqual(["watch"]);
  expect(patterns(again)["watch"]?.length).toBe(1700);
});
