import { resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import { pipelinePicture } from "../../src/cli/pipeline-picture.ts";
import { load, project } from "../services/compile/project.ts";

let remove = (): void => undefined;
afterEach(() => remove());

const arrows = ({ edges }: ReturnType<typeof pipelinePicture>): string[] =>
  edges.map(({ from, to, label }) => `${from} -> ${to}${label ? ` (${label})` : ""}`);

test("the pipeline: file, function, ledger, queue, workflow, jobs, alerts", () => {
  const made = project();
  remove = made.remove;
  const picture = pipelinePicture(load({ dir: made.dir, env: "dev" }), "dev");
  expect(picture.nodes.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["raw", "function", "ledger", "workflow", "topic", "queue/undelivered", "rule/failure"]),
  );
  expect(arrows(picture)).toEqual(
    expect.arrayContaining([
      "raw -> function (object created)",
      "function -> ledger (records the file)",
      "function -> workflow (starts)",
      "rule/failure -> topic (a job ended)",
      "rule/schedule -> function (calls)",
      "workflow -> job/bronze_patient",
    ]),
  );
});

test("without a pipeline only what stands in the config is drawn, and what it tells", () => {
  const dir = resolve(import.meta.dirname, "../../examples/original");
  const picture = pipelinePicture(load({ dir, env: "dev" }), "dev");
  const ids = picture.nodes.map(({ id }) => id);
  expect(ids).toEqual(
    expect.arrayContaining([
      "bucket/lake",
      "function/start_workflow",
      "workflow/mc_de_4",
      "table/workflow_metadata",
      "ledger",
    ]),
  );
  expect(ids.filter((id) => ["raw", "function", "workflow", "topic"].includes(id))).toEqual([]);
  expect(arrows(picture)).toEqual(
    expect.arrayContaining([
      "bucket/lake -> function/start_workflow (object created)",
      "workflow/mc_de_4 -> job/bronze_patient",
      "rule/glue_failure -> topic/alerts (a job ended)",
    ]),
  );
  const nodes = new Set(ids);
  expect(picture.edges.filter(({ from, to }) => !nodes.has(from) || !nodes.has(to))).toEqual([]);
});
