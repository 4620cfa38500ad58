import { afterAll, beforeAll, expect, test } from "vitest";
import { classifier } from "../../src/services/faults.ts";
import { CliError } from "../../src/cli/errors.ts";
import { loadLakehouse } from "../../src/cli/lakehouse.ts";
import type { Session } from "../../src/cli/session.ts";
import * as targets from "../../src/cli/targets.ts";
import { findProject } from "../../src/config/index.ts";
import { outputs } from "../../src/lakehouse/index.ts";
import { stubContext } from "../operate/support.ts";
import { project } from "../services/compile/project.ts";

// An environment may leave parts of the pipeline out: what a command needs and has not is told before any call.

let folder: ReturnType<typeof project>;
let session: Session;

/** Another workflow, and a job that none starts. */
const BESIDE = `
roles: {side: {}}
jobs: {extract: {role: side, script: own.py}, tidy: {type: pythonshell, role: side, script: own.py}}
workflows: {side: {triggers: {begin: {type: on_demand, actions: [extract]}}}}
`;

async function sessionIn(env: string): Promise<Session> {
  const found = findProject(folder.dir);
  const loaded = await loadLakehouse(found, env);
  const aws = { ...stubContext({}), env };
  return {
    project: found,
    env,
    loaded,
    config: loaded.value,
    aws,
    outputs: outputs(loaded.value, aws),
    classify: classifier({}),
  };
}

beforeAll(async () => {
  folder = project({ "config/beside.yaml": BESIDE, "own.py": "" });
  session = await sessionIn("dev");
});
afterAll(() => folder.remove());

/** The session of an environment that lacks these. */
const without = (...parts: (keyof Session["outputs"])[]): Session =>
  ({
    ...session,
    outputs: { ...session.outputs, ...Object.fromEntries(parts.map((part) => [part, undefined])) },
  }) as Session;

function refusal(ask: () => unknown): CliError {
  try {
    ask();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("names follow from the config, and ask nobody", () => {
  const pipeline = targets.openPipeline(session);
  expect(pipeline.ledger.table).toBe(session.outputs.ledger.name);
  expect(pipeline.run.workflow).toBe(session.outputs.workflow.name);
  expect(pipeline.bronze).toBe(session.outputs.buckets["bronze"]?.name);
  expect(session.aws.calls.total).toBe(0);
});

test("a run is that of its workflow's jobs; what stands beside it is no part of it", async () => {
  const beside = await sessionIn("beside");
  const main = targets.runTarget(beside);
  expect(Object.keys(main.jobs)).toEqual(Object.keys(session.outputs.jobs));
  expect(Object.keys(main.others ?? {})).toEqual(["extract", "tidy"]);
  expect(targets.runTarget(beside, "side").jobs).toEqual({ extract: "metriccare_extract_beside" });
});

test("a layer with a prefix lies under it", () => {
  const layers = { ...session.config.layers, silver: { bucket: "raw", prefix: "silver/", database: "silver" } };
  const shared: Session = { ...session, config: { ...session.config, layers } };
  expect(targets.layerPlace(shared, "silver")).toBe(`${session.outputs.buckets["raw"]?.name}/silver`);
  expect(targets.layersOf(shared)).toMatchObject({ silver: `${session.outputs.buckets["raw"]?.name}/silver` });
});

test("an environment without a ledger says so, where its config is, and what to do", () => {
  const error = refusal(() => targets.openLedger(without("ledger")));
  expect(error).toMatchObject({ code: "not_in_config", details: { exit: 64, fault: "user" } });
  expect(error.message).toBe("environment `dev` has no ledger");
  expect(error.details.fix).toBe(
    "Its config makes none: add `ledger` to it, or choose an environment that has one with --env.",
  );
  expect(error.details.at).toMatch(/^config\/.*\.yaml:\d+:\d+$/);
});

test("each part that is left out is named by its own word", () => {
  const said = (ask: () => unknown): string => refusal(ask).message.replace("environment `dev` has no ", "");
  expect(said(() => targets.runTarget(without("workflow")))).toBe("workflow");
  expect(said(() => targets.openPipeline(without("function")))).toBe("function that records files");
  expect(said(() => targets.wiringOf(without("workflow", "function")))).toBe("function that records files");
  const noGold = { ...session, outputs: { ...session.outputs, buckets: {} } };
  expect(said(() => targets.layerPlace(noGold, "gold"))).toBe("gold layer");
  expect(said(() => targets.rawPlace(noGold))).toMatch(/^bucket `/);
});

test("who can do without a ledger does", () => {
  expect(targets.ledgerIfAny(without("ledger"))).toBeUndefined();
  expect(targets.ledgerIfAny(session)?.table).toBe(session.outputs.ledger.name);
});
