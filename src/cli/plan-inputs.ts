import { APPLIED_TAG, OWNER_TAG } from "../aws/marks.ts";
import { CallLog } from "../aws/call-log.ts";
import { Clients } from "../aws/clients.ts";
import { type AwsContext, awsContext } from "../aws/context.ts";
import { systemClock } from "../clock/index.ts";
import {
  ADOPT_ALL,
  addressText,
  type Desired,
  type Finding,
  Known,
  type Marks,
  makePlan,
  type Plan,
  type PlanInput,
  unknownSelectors,
} from "../engine/index.ts";
import {
  advice,
  byKey,
  compile as compileConfig,
  type Compiled,
  kinds,
  type LakehouseConfig,
  scopeOf,
} from "../lakehouse/index.ts";
import { reachStatement } from "../lakehouse/access/reach.ts";
import { usage } from "./errors.ts";
import { fileIn } from "./lakehouse.ts";
import type { Session } from "./session.ts";
import { faults } from "../services/faults.ts";

export const marksOf = (aws: AwsContext): Marks => ({ ownerKey: OWNER_TAG, appliedKey: APPLIED_TAG, owner: aws.owner });

export interface PlanOptions {
  readonly only?: readonly string[];
  readonly adopt?: readonly string[];
}

/** The resources of an environment with computed names, when no AWS is at hand: for checking and drawing. Its clients are never asked. */
export async function compile(config: LakehouseConfig, env: string, projectDir: string): Promise<Known<AwsContext>> {
  const scope = scopeOf(config, env);
  const target = { region: scope.region };
  const calls = new CallLog();
  const clients = new Clients({ target, calls, faults, readOnly: true });
  const ctx = awsContext({ ...scope, target, clients, calls, clock: systemClock, projectDir });
  return new Known({ ctx, kinds, desired: readable(await compileConfig(config, scope, projectDir)) });
}

/** The resources, where every file of theirs could be read. */
function readable({ findings: [broken], desired }: Compiled): readonly Desired[] {
  if (broken) throw usage(broken.code, broken.text, broken.fix, broken.at);
  return desired;
}

/** What needs what, in addresses: `from` must exist before `to`. */
export function dependencies({ graph, input: { desired } }: Known<AwsContext>): {
  desired: { id: string; name: string }[];
  edges: { from: string; to: string }[];
} {
  const edges = [...graph].flatMap(([to, before]) => [...before].map((from) => ({ from, to })));
  return { desired: desired.map(({ address }) => ({ id: addressText(address), name: address.name })), edges };
}

/** Checks `--only` and `--adopt` against what the config has. */
function checkSelectors(option: string, selectors: readonly string[] | undefined, desired: readonly Desired[]): void {
  const [unknown] = unknownSelectors(
    selectors ?? [],
    desired.map(({ address }) => address),
    kinds,
  );
  if (unknown === undefined) return;
  throw usage(
    "unknown_address",
    `${option} ${unknown}: nothing in the config has that address`,
    "An address is kind/id (glue.job/bronze_patient), a kind (glue.job) or a service (glue). See `metriccare diff --all`.",
  );
}

export interface PlannedInput extends PlanInput<AwsContext> {
  readonly known: Known<AwsContext>;
  readonly advice: readonly Finding[];
}

/** Compiles the session's config and gives what the planner wants, all but the mode. */
export async function planInput(session: Session, options: PlanOptions): Promise<PlannedInput> {
  const { aws, config, loaded, project } = session;
  const desired = readable(await (session.compiled ?? compileConfig(config, aws, project.dir)));
  checkSelectors("--only", options.only, desired);
  const named = options.adopt?.filter((one) => one !== ADOPT_ALL);
  checkSelectors("--adopt", named, desired);
  const keyed = await byKey(aws, kinds, desired);
  const resources = { ctx: aws, kinds: keyed.kinds, desired: keyed.desired };
  return {
    ...resources,
    known: new Known(resources),
    marks: marksOf(aws),
    adopt: new Set(options.adopt ?? []),
    only: options.only,
    classify: session.classify,
    clock: aws.clock,
    statement: (address) => reachStatement(kinds, aws, address),
    advice: [...advice(config, project.dir, fileIn(loaded)), ...keyed.findings],
  };
}

/** A plan, and what may surprise about the config as a whole. */
export async function plan(input: PlannedInput): Promise<Plan> {
  const made = await makePlan(input);
  return input.mode === "destroy" ? made : { ...made, findings: [...made.findings, ...input.advice] };
}
