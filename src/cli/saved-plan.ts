import type { ErrorCode } from "../codes/index.ts";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import pkg from "../../package.json" with { type: "json" };
import {
  ADOPT_ALL,
  adoptedBy,
  declarationHash,
  type Plan,
  type PlanInput,
  type SavedStep,
  saveSteps,
} from "../engine/index.ts";
import type { AwsContext } from "../aws/context.ts";
import { planJson } from "../ui/plan.ts";
import type { Cli } from "./cli.ts";
import { type CliError, failed, usage } from "./errors.ts";
import type { Session } from "./session.ts";

const FORMAT = 1;

const savedSchema = z.object({
  format: z.literal(FORMAT),
  tool: z.string(),
  madeAt: z.string(),
  env: z.string(),
  account: z.string(),
  region: z.string(),
  owner: z.string(),
  /** Hash of everything that the config declares. */
  config: z.string(),
  only: z.array(z.string()),
  adopt: z.array(z.string()),
  /** What the steps expect to find. */
  expects: z.array(
    z.object({
      action: z.enum(["keep", "create", "update", "replace", "delete"]),
      address: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
      live: z.string().nullable(),
      attributes: z.array(z.object({ path: z.string(), before: z.string().nullable() })),
      after: z.array(z.string()),
    }),
  ),
});

export type SavedPlan = z.output<typeof savedSchema>;

/** Writes a plan into a file: its steps for people and scripts, and what each of them expects to find. */
export function writePlan(cli: Cli, file: string, session: Session, input: PlanInput<AwsContext>, plan: Plan): void {
  const { env, account, region, owner } = session.aws;
  const expects: SavedStep[] = saveSteps(input.kinds, plan);
  const saved: SavedPlan = {
    format: FORMAT,
    tool: pkg.version,
    madeAt: new Date(cli.clock.now()).toISOString(),
    env,
    account,
    region,
    owner,
    config: declarationHash(input.kinds, input.desired),
    only: [...(input.only ?? [])],
    // Not what `all` will be by then.
    adopt: [...new Set([...[...(input.adopt ?? [])].filter((one) => one !== ADOPT_ALL), ...adoptedBy(plan)])],
    expects: expects.map((step) => ({
      ...step,
      attributes: step.attributes.map((one) => ({ ...one })),
      after: [...step.after],
    })),
  };
  const shown = planJson(plan, { env, account, region, calls: session.aws.calls.total }, false);
  const text = `${JSON.stringify({ ...saved, steps: shown["steps"], findings: shown["findings"] }, null, 2)}\n`;
  try {
    writeFileSync(resolve(cli.cwd, file), text, { mode: 0o600 });
  } catch (error) {
    throw usage("plan_file", `${file} cannot be written: ${reason(error)}`, "Name a file in a folder that exists.");
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const unreadable = (error: unknown): string =>
  error instanceof Error && "code" in error && error.code === "ENOENT"
    ? "does not exist"
    : `cannot be read as a saved plan: ${reason(error)}`;

const AGAIN = "Make a new one: `metriccare diff --env <env> --out <file>`.";

/** Reads a saved plan; refuses what is none, and what another version made. */
export function readPlan(cli: Cli, file: string): SavedPlan {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(resolve(cli.cwd, file), "utf8"));
  } catch (error) {
    throw usage("plan_file", `${file} ${unreadable(error)}`, AGAIN, file);
  }
  const parsed = savedSchema.safeParse(value);
  if (!parsed.success) throw usage("plan_file", `${file} is no saved plan of this version of metriccare`, AGAIN, file);
  const { tool } = parsed.data;
  if (tool !== pkg.version)
    throw usage("plan_version", `the plan was made by metriccare ${tool}, and this is ${pkg.version}`, AGAIN, file);
  return parsed.data;
}

/** Refuses a plan that is for somewhere else, or for another config. */
export function checkPlan(saved: SavedPlan, file: string, session: Session, input: PlanInput<AwsContext>): void {
  const { account, region, owner } = session.aws;
  const mismatch = (code: ErrorCode, text: string): CliError => failed(code, text, AGAIN, file);
  if (saved.account !== account)
    throw mismatch("plan_account", `the plan is for account ${saved.account}, and this is account ${account}`);
  if (saved.region !== region)
    throw mismatch("plan_region", `the plan is for region ${saved.region}, and this is ${region}`);
  if (saved.owner !== owner || saved.config !== declarationHash(input.kinds, input.desired))
    throw mismatch("plan_config", "the config, or a file that it names, changed since the plan was made");
}

/** The environment of the plan, unless the command names another one: then there is a disagreement. */
export function planEnvironment(saved: SavedPlan, file: string, env: string | undefined): string {
  if (env !== undefined && env !== saved.env)
    throw usage("plan_env", `the plan is for environment ${saved.env}, not ${env}`, `Say --env ${saved.env}.`, file);
  return saved.env;
}
