import { afterAll, expect, test } from "vitest";
import { tellTexts } from "../../src/config/index.ts";
import { parseYaml } from "../../src/config/source.ts";
import { outputs, textNames } from "../../src/lakehouse/index.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

/** `${…}` says what `outputs` says. */
const folder = project();
afterAll(() => folder.remove());

const SCOPE = scopeOf("dev");
const told = (text: string, yaml = ""): unknown => {
  const { root } = parseYaml("config/dev.yaml", `project: metriccare\nx: ${JSON.stringify(text)}\n${yaml}`);
  const { root: after, problems } = tellTexts(root, textNames("dev", SCOPE));
  expect(problems).toEqual([]);
  return (after.value as { x: unknown }).x;
};

test("names and ARNs of everything that the shipped config makes are those of `outputs`", () => {
  const all = outputs(load({ dir: folder.dir, env: "dev" }), SCOPE);
  const pairs = (section: string, found: Readonly<Record<string, { name: string; arn?: string }>>) =>
    Object.entries(found).map(([id, named]) => [`${section}.${id}`, named] as const);
  const known = [
    ...pairs("buckets", all.buckets),
    ...pairs("databases", all.databases),
    ...pairs("jobs", all.jobs),
    ...pairs("queues", all.queues),
    ...pairs("rules", all.rules),
    ...pairs("roles", all.roles),
    ...pairs("triggers", all.workflow.triggers),
    ["workflow", all.workflow],
    ["workflows.etl_workflow", all.workflow],
    ["function", all.function],
    ["functions.trigger_glue_workflow", all.function],
    ["ledger", all.ledger],
    ["tables.processed_files", all.ledger],
    ["alerts", all.topic],
    ["topics.alerts", all.topic],
  ] as const;
  expect(known.length).toBeGreaterThan(30);
  const sections = ["buckets", "databases", "jobs", "queues", "rules", "roles"] as const;
  const maps = sections.map(
    (key) =>
      `${key}: {${Object.keys(all[key])
        .map((id) => `${id}: {}`)
        .join(", ")}}`,
  );
  const triggers = Object.keys(all.workflow.triggers).map((id) => `${id}: {}`);
  const yaml = `${maps.join("\n")}\nworkflow: {triggers: {${triggers.join(", ")}}}\n`;
  for (const [of, { name, ...more }] of known) {
    expect(told(`\${${of}.name}`, yaml)).toBe(name);
    if ("arn" in more) expect(told(`\${${of}.arn}`, yaml)).toBe(more.arn);
  }
});

test.each([
  ["${buckets.b.url}${buckets.b.arn}", "buckets: {b: {name: 'x-${env}'}}", "s3://x-dev/arn:aws:s3:::x-dev"],
  ["${roles.r.arn}", "roles: {r: {path: /etl/}}", "arn:aws:iam::111122223333:role/etl/metriccare_r_dev"],
  [
    "${roles.r.name} ${roles.r.arn}",
    "roles: {r: {existing: 'arn:aws:iam::999988887777:role/team/etl'}}",
    "etl arn:aws:iam::999988887777:role/team/etl",
  ],
  ["${databases.d.name}", "databases: {d: {name: 'Lake_${env}'}}", "lake_dev"],
  [
    "${tables.t.name} ${functions.f.name} ${topics.t.name} ${queues.q.name}",
    "tables: {t: {existing: 'arn:aws:dynamodb:eu-central-1:1:table/T'}}\nfunctions: {f: {existing: 'arn:aws:lambda:eu-central-1:1:function:F'}}\ntopics: {t: {existing: 'arn:aws:sns:eu-central-1:1:S'}}\nqueues: {q: {existing: Q}}",
    "T F S Q",
  ],
  ["${queues.undelivered.url}", "", "https://sqs.eu-central-1.amazonaws.com/111122223333/metriccare_undelivered_dev"],
  ["${partition} ${region} ${account} ${project}", "", "aws eu-central-1 111122223333 metriccare"],
])("%s", (text, yaml, said) => {
  expect(told(text, yaml)).toBe(said);
});

test("before it is known where an environment lives, what the config pins is believed, and the rest assumed", () => {
  const { root } = parseYaml(
    "dev.yaml",
    "project: p\naws: {region: cn-north-1}\nx: '${account} ${region} ${partition}'\n",
  );
  expect(tellTexts(root, textNames("dev")).root.value).toMatchObject({ x: "123456789012 cn-north-1 aws-cn" });
});

const NO_PIPELINE = "pipeline: none\n";

test.each([
  // Triggers that follow from the layers of the jobs, and those of a further workflow.
  [
    "${triggers.start.name} ${triggers.gold.name}",
    "jobs: {b: {layer: bronze}, g: {layer: gold}}",
    "metriccare_start_dev metriccare_gold_dev",
  ],
  ["${triggers.g.name}", "workflow: {stagger: true}\njobs: {b: {layer: bronze}, g: {layer: gold}}", "metriccare_g_dev"],
  ["${triggers.more_go.name}", "workflows: {more: {triggers: {go: {name: 'go-${env}'}}}}", "go-dev"],
  [
    "${workflows.more.arn}",
    `${NO_PIPELINE}workflows: {more: {}}`,
    "arn:aws:glue:eu-central-1:111122223333:workflow/metriccare_more_dev",
  ],
  ["${ledger.name}", `${NO_PIPELINE}ledger: {name: files}`, "files"],
])("%s (%s)", (text, yaml, said) => {
  expect(told(text, yaml)).toBe(said);
});

test.each([
  ["${ledger.name}", NO_PIPELINE],
  ["${queues.undelivered.url}", NO_PIPELINE],
  ["${triggers.gold.name}", "jobs: {b: {layer: bronze}}"],
  ["${triggers.gold.name}", "workflow: {triggers: {}}\njobs: {b: {layer: bronze}, g: {layer: gold}}"],
  ["${policies.boundary.arn}", ""],
  ["${jobs.j.url}", "jobs: {j: {}}"],
])("what is not made has no name: %s (%s)", (text, yaml) => {
  const { root } = parseYaml("config/dev.yaml", `project: metriccare\nx: ${JSON.stringify(text)}\n${yaml}`);
  expect(tellTexts(root, textNames("dev", SCOPE)).problems).toMatchObject([{ path: ["x"] }]);
});
