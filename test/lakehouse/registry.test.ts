import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OWN, type Registry, registryFrom, registryOf } from "../../src/lakehouse/registry.ts";
import { tablesOf } from "../../src/lakehouse/tables.ts";
import { publishable } from "../../src/operate/measures/publishable.ts";
import { marked } from "../../src/operate/measures/read.ts";
import { measureLines } from "../../src/ui/measures.ts";
import { inProcess } from "../harness/in-process.ts";
import { compiled, load, project } from "../services/compile/project.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const FILE = "glue-scripts/metriccare_etl/schemas/lakehouse.json";
const SHIPPED = readFileSync(join(ROOT, FILE), "utf8");

/** The shipped registry with one more measure. */
const ENTRY = {
  title: "Stays of a week and more",
  datasets: ["patient", "encounter"],
  figures: {
    long_stay: {
      title: "long stays",
      unit: "stays of 7 days and more / discharges",
      factor: 100,
      decimals: 1,
      counts: ["stays", "stays"],
    },
  },
};
type Said = Record<"measures" | "datasets", Record<string, object>>;
function said(change: (one: Said) => void): Said {
  const parsed = JSON.parse(SHIPPED) as Said;
  change(parsed);
  return parsed;
}
const WITH_ONE_MORE = said((one) => (one.measures["long_stay"] = ENTRY));

let folder: ReturnType<typeof project>;
beforeEach(() => {
  folder = project();
});
afterEach(() => folder.remove());

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder.dir, path)), { recursive: true });
  writeFileSync(join(folder.dir, path), text);
}

/** What a new measure takes, apart from the job that computes it: its SQL and its entry. */
function addMeasure(text = JSON.stringify(WITH_ONE_MORE)): void {
  put(FILE, text);
  for (const { sql } of (registryFrom(WITH_ONE_MORE) as Registry).measures.values())
    put(`glue-scripts/metriccare_etl/sql/${sql}`, "SELECT 1\n");
}
const GOLD = "glue-scripts/jobs/gold.py";
const JOB = `layer: gold, measure: long_stay, script: ${GOLD}`;
const overlay = (job: string, id = "gold_long_stay"): void =>
  put(
    "config/dev.yaml",
    `jobs:\n  ${id}: { ${job} }\nworkflow:\n  triggers:\n    more: { type: conditional, after: [silver_patient, silver_encounter], actions: [${id}] }\n`,
  );
const validate = (): ReturnType<typeof inProcess> => inProcess(folder.dir, ["validate", "--env", "dev"]);

describe("a measure that a project adds", () => {
  test("is accepted in the config, by its SQL and its entry alone", async () => {
    addMeasure();
    overlay(JOB);
    const ran = await validate();
    expect(ran.code, ran.err).toBe(0);
    const { desired } = await compiled(folder.dir, "dev");
    const job = desired.find(({ address }) => address.kind === "glue.job" && address.id === "gold_long_stay");
    expect(job?.props).toMatchObject({ arguments: { "--measure": "long_stay" } });
    const config = load({ dir: folder.dir, env: "dev" });
    expect(tablesOf(config, folder.dir)["gold_long_stay"]).toEqual({ layer: "gold", table: "long_stay" });
  });

  test("must wait for what it reads, as those of ours do", async () => {
    addMeasure();
    overlay(JOB);
    const path = join(folder.dir, "config/dev.yaml");
    writeFileSync(path, readFileSync(path, "utf8").replace("silver_patient, silver_encounter", "silver_condition"));
    const ran = await validate();
    expect(ran.err).toContain("`gold_long_stay` reads what `silver_patient`, `silver_encounter` write");
  });

  test("is printed with its unit and its decimals, and marked by its counts", () => {
    addMeasure();
    const registry = registryOf(load({ dir: folder.dir, env: "dev" }), folder.dir);
    const row = (measure: string, numerator: number, denominator: number) => ({
      measure,
      cohort: "all",
      facility: "all",
      period: "all",
      numerator,
      denominator,
      rate: (100 * numerator) / denominator,
    });
    const rows = [row("long_stay", 30, 90), row("length_of_stay", 300, 90)];
    const [head, line, , last] = measureLines(rows, registry);
    expect(head).toContain("measure");
    expect(line).toMatch(/long_stay +all +all +all +30\/90 +33\.3 +stays of 7 days and more \/ discharges/);
    expect(last).toBe("All patients: discharges 90, days 300, long stays 30/90.");
    // Eight stays of a week and more are few, and so are the eight that are not.
    for (const count of [8, 82]) {
      expect(publishable([row("long_stay", count, 90), row("length_of_stay", 300, 90)], registry)[0]).toMatchObject({
        numerator: null,
      });
    }
    expect(marked([row("long_stay", 8, 90)], registry)[0]?.suppressed).toBe(true);
  });

  test("is a word of `measures`, which others are not", async () => {
    addMeasure();
    const asked = await inProcess(folder.dir, ["measures", "--env", "dev", "--measure", "long_stays"]);
    expect([asked.code, asked.calls]).toEqual([64, []]);
    expect(asked.err).toContain("Did you mean `long_stay`?");
  });
});

describe("what does not fit is told with its place", () => {
  test.each([
    ["{", "lakehouse.json: is no JSON"],
    [JSON.stringify(said((one) => (one.measures["b"] = { ...ENTRY, factor: 1 }))), "measures.b: "],
    [
      JSON.stringify(said((one) => (one.measures["b"] = { ...ENTRY, datasets: ["observation"] }))),
      "measures.b.datasets: there is no dataset `observation`",
    ],
    [
      JSON.stringify(said((one) => Object.assign(one.measures, { long_stay: ENTRY, b: ENTRY }))),
      "measures.b.figures.long_stay: the figure `long_stay` is measures.long_stay.figures.long_stay's already",
    ],
    [
      JSON.stringify(said((one) => (one.measures["b"] = { ...ENTRY, table: "hai" }))),
      "measures.b: the table `hai` is measures.hai's already",
    ],
    [
      JSON.stringify(said((one) => (one.measures["b"] = { ...ENTRY, table: "quality" }))),
      "measures.b: the table `quality` is quality's already",
    ],
    [
      JSON.stringify(said((one) => (one.measures["b"] = { ...ENTRY, valueSet: true }))),
      "needs the dataset `condition`",
    ],
    [
      JSON.stringify(said((one) => (one.measures["b"] = { ...ENTRY, byCategory: true }))),
      "measures.b.byCategory: needs `valueSet`",
    ],
    [JSON.stringify(said((one) => (one.measures["b"] = ENTRY))), "measures.b: its query sql/b.sql does not exist"],
  ])("%#", async (text, message) => {
    addMeasure(text);
    const ran = await validate();
    expect(ran.code).toBe(64);
    expect(ran.err).toMatch(/^error config\/lakehouse\.yaml:\d+:\d+ uploads\.metriccare_etl\.source: /m);
    expect(ran.err).toContain(message);
    expect(ran.err).toContain("docs/measures.md");
  });

  test.each([
    ["layer: gold, measure: long_stya", "gold_x", "2:70 jobs.gold_x.measure: there is no measure `long_stya`"],
    [
      "layer: gold",
      "gold_hai_too",
      "jobs.gold_hai_too: glue-scripts/jobs/gold.py is told its measure, and this job names none",
    ],
    ["layer: gold, arguments: { --measure: hai }", "gold_x", undefined],
    ["layer: silver, measure: hai, dataset: patient", "gold_x", "jobs.gold_x.measure: is for Gold jobs"],
    ["layer: gold, measure: hai, dataset: patiant", "gold_x", "there is no dataset `patiant`"],
  ])("%s", async (job, id, message) => {
    put(GOLD, "from metriccare_etl import jobs\n\nif __name__ == '__main__':\n    jobs.gold_main()\n");
    addMeasure();
    overlay(`script: ${GOLD}, ${job}`, id);
    const ran = await validate();
    expect(ran.code, ran.err).toBe(message === undefined ? 0 : 64);
    expect(ran.err).toContain(message ?? "");
  });

  test("a script of before, one a table, is told where it has gone", async () => {
    overlay("layer: gold, script: glue-scripts/jobs/gold_hai.py");
    const ran = await validate();
    expect(ran.err).toContain("glue-scripts/jobs/gold_hai.py does not exist");
    expect(ran.err).toContain(
      "There is one script a layer: say `script: glue-scripts/jobs/gold.py` and `measure: hai`.",
    );
  });

  test("a script of one measure alone needs no word", async () => {
    for (const text of ['jobs.gold_main("hai")\n', "# its name says it\n"]) {
      put("glue-scripts/jobs/gold_hai.py", text);
      overlay("layer: gold, script: glue-scripts/jobs/gold_hai.py");
      const ran = await validate();
      expect(ran.code, ran.err).toBe(0);
      expect(ran.out).toContain("`gold_long_stay` reads what `silver_condition` writes");
    }
  });
});

test("a project without a registry has ours, and so has one whose own cannot be read", () => {
  const config = load({ dir: folder.dir, env: "dev" });
  rmSync(join(folder.dir, FILE), { force: true });
  expect(registryOf(config, folder.dir)).toBe(OWN);
  put(FILE, "[]");
  expect(registryOf(config, folder.dir)).toBe(OWN);
});

test("what measures and datasets are called stands in no source file of the program", () => {
  const names = [...OWN.figures.keys(), ...OWN.measures.keys()].filter((name) => name !== "hai");
  const lists = `"${Object.keys(OWN.datasets).slice(0, 2).join('", "')}"`;
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  expect(files.length).toBeGreaterThan(100);
  // Descriptions and examples for people may name one.
  const code = (file: string): string =>
    readFileSync(join(ROOT, "src", file), "utf8").replace(/"[^"\n]* [^"\n]*"|\/\*[^]*?\*\/|\/\/.*$/gm, "");
  const found = files.flatMap((file) =>
    [...names, lists].filter((name) => code(file).includes(name)).map((name) => `${file}: ${name}`),
  );
  expect(found).toEqual([]);
});
