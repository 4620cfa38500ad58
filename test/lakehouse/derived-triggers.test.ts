import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigInvalid } from "../../src/config/index.ts";
import { advice } from "../../src/lakehouse/index.ts";
import { load, project } from "../services/compile/project.ts";

/** Triggers that follow from the layers of the jobs: in which order, for which workflows, and in place of which. */
const folder = project({ "one.py": "" });
const base = join(folder.dir, "config/lakehouse.yaml");
const shipped = readFileSync(base, "utf8");
afterAll(() => folder.remove());

function config(dev: string, text = shipped) {
  writeFileSync(base, text);
  writeFileSync(join(folder.dir, "config/dev.yaml"), dev);
  return load({ dir: folder.dir, env: "dev" });
}

const order = (triggers: ReturnType<typeof config>["workflow"]["triggers"]) =>
  Object.entries(triggers).map(([id, { actions, after = [] }]) => [id, actions, after]);

const mistakes = (text: string): string => {
  try {
    config("", text);
    return "";
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message;
    throw error;
  }
};

const told = (dev: string): string[] =>
  advice(config(dev))
    .filter(({ code }) => code === "stagger_idle")
    .map(({ at }) => at);

describe("order", () => {
  test("`triggers: null` in an environment's file: they are those that the shipped config writes out", () => {
    const written = order(config("").workflow.triggers);
    const derived = order(config("workflow: {triggers: null}").workflow.triggers);
    const sets = (all: typeof written) => all.map((one) => one.map((of) => (Array.isArray(of) ? of.toSorted() : of)));
    expect(sets(derived)).toEqual(sets(written));
  });

  test("staggered, the job that makes the stays is the first of Gold, wherever it stands", () => {
    const ids = Object.keys(config("workflow: {triggers: null, stagger: true}").workflow.triggers);
    expect(ids.slice(-5)).toEqual([
      "silver_condition",
      "gold_length_of_stay",
      "gold_readmission",
      "gold_mortality",
      "gold_hai",
    ]);
  });

  test("Gold without that job is one step", () => {
    const none =
      shipped.slice(0, shipped.indexOf("  gold_length_of_stay:")) +
      shipped.slice(shipped.indexOf("# --- AWS Glue: workflow"));
    const ids = Object.keys(
      config("workflow: {triggers: null}", none.replace(/^ {2}triggers:\n( {4}.*\n)+/m, "")).workflow.triggers,
    );
    expect(ids).toEqual(["start", "silver", "gold"]);
  });
});

describe("stagger", () => {
  test.each([
    ["workflow: {stagger: true}", ["glue.workflow/etl_workflow"]],
    ["workflows: {w: {stagger: true, triggers: {start: {type: on_demand, actions: [gold_hai]}}}}", ["glue.workflow/w"]],
    ["workflow: {stagger: true, triggers: null}", []],
    ["workflows: {w: {stagger: true}}", []],
    ["", []],
  ])("beside triggers it has no effect, and that is told: %s", (dev, at) => {
    expect(told(dev)).toEqual(at);
  });
});

const NONE = `project: metriccare
pipeline: none
buckets: {bronze: {}, silver: {}, scripts: {}}
databases: {bronze: {}, silver: {}}
roles: {r: {}}
`;
const LAYERED = `${NONE}uploads: {metriccare_etl: {source: glue-scripts/metriccare_etl, zip: true}}
jobs: {s: {layer: silver, dataset: patient, script: one.py, role: r}, b: {layer: silver, dataset: encounter, script: one.py, role: r}}
`;

describe("further workflows", () => {
  test("follow from the layers of the jobs too", () => {
    const { workflows } = config("", `${LAYERED}workflows: {w: {stagger: true}, v: {}}\n`);
    expect(order(workflows.w?.triggers ?? {})).toEqual([
      ["start", ["s"], []],
      ["b", ["b"], ["s"]],
    ]);
    expect(order(workflows.v?.triggers ?? {})).toEqual([["start", ["s", "b"], []]]);
  });

  test("and their triggers have names in texts", () => {
    const named = `${LAYERED}workflows: {w: {stagger: true, defaultRunProperties: {next: "\${triggers.w_b.name}"}}}\n`;
    expect(config("", named).workflows.w?.defaultRunProperties).toEqual({ next: "metriccare_w_b_dev" });
  });
});

test.each([
  ["workflow: {}", `${NONE}jobs: {j: {script: one.py, role: r}}\n`],
  ["workflow: {stagger: true}", `${NONE.replace("roles: {r: {}}\n", "")}`],
  ["workflows: {w: {}}", `${NONE}jobs: {j: {script: one.py, role: r}}\n`],
])("without a pipeline, a workflow that nothing starts is a mistake: %s", (yaml, rest) => {
  expect(mistakes(`${rest}${yaml}\n`)).toMatch(
    /lakehouse\.yaml:\d+:\d+ workflow\S*\.triggers: the workflow has no start trigger/,
  );
});
