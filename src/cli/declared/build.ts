import type { AttributeChange, ApplyEvent, Finding } from "../../engine/index.ts";
import { keys, names } from "./json.ts";
import { command, on } from "./kit.ts";
import { flag, list, optional, text, unless, word } from "./options.ts";

/** One value of `--only`. */
const SELECTOR = "<address or service>";
const only = list(SELECTOR, "only this resource or service, with what it needs; may be repeated");
const adopt = list(
  "<address>",
  "take over a resource that exists without our mark; may be repeated; `all`: every declared one that nobody else has marked",
);
const yes = flag("do not ask", "y");
const wait = flag("wait for another apply to end instead of failing");
const asks = { 3: "declined at the prompt", 64: "bad usage or config; no terminal and no --yes" } as const;

type Event<T extends ApplyEvent["type"]> = Omit<Extract<ApplyEvent, { readonly type: T }>, "type">;

/** A line of `apply`: its type, and what it has. */
const line = <T extends ApplyEvent["type"]>(type: T, shape: Parameters<typeof names<Event<T>>>[0]): string =>
  `\`${type}\` (\`${names<Event<T>>(shape)}\`)`;

const lines = [
  line("started", { steps: "" }),
  line("step-started", { address: "", action: "" }),
  line("step-waiting", { address: "", reason: "", spentMs: "", budgetMs: "" }),
  line("step-progress", { address: "", text: "" }),
  line("step-done", { address: "", action: "", ms: "", kept: "?" }),
  line("step-failed", { address: "", action: "", error: ": {code, text, fix?}" }),
  line("step-skipped", { address: "", action: "", because: "" }),
].join(", ");

const finished = `the last is ${keys<Extract<ApplyEvent, { readonly type: "finished" }>>({
  type: ': "finished"',
  done: "",
  failed: "",
  skipped: "",
  calls: "",
  ms: "",
  waits: "?",
  error: "?: {code, text, fix?}",
})}, also when it fails before the first step`;

const attribute = names<Omit<AttributeChange, "sensitive">>({
  path: "",
  before: "",
  after: "",
  cause: "?",
  forcesReplace: "?",
  knownAfterApply: "?",
});
const finding = names<Finding>({ code: "", level: "", at: "", text: "", fix: "", attributes: "?" });

export const diff = command({
  name: "diff",
  summary: "What apply would do; only reads",
  options: {
    only,
    adopt,
    all: flag("also list what stays as it is"),
    drift: flag("only what somebody changed outside of metriccare"),
    out: text("<file>", "save the plan, for `apply <file>`"),
    exitCode: flag("exit 2 when there are changes"),
  },
  examples: [
    "metriccare diff --env dev",
    "metriccare diff --env prod --exit-code --json",
    "metriccare diff --env dev --only glue",
    "metriccare diff --env prod --out plan.json",
    "metriccare diff --env prod --adopt all",
  ],
  env: true,
  exits: {
    1: "failed, or a finding of level error: the plan cannot be applied",
    2: "with --exit-code: there are changes",
  },
  json: `\`{env, account, region, calls, summary: {create, update, replace, delete, keep}, steps: [{action, address, attributes?: [{${attribute}}], because?, adopted?}], findings: [{${finding}}]}\`; \`calls\` counts HTTP requests, retries included; \`cause\` is \`config\`, \`outside\` or \`both\`; with \`knownAfterApply\`, \`after\` is or holds \`(known after apply)\`: AWS has yet to mint it; \`adopted\` is \`true\` where a resource that exists without our mark is taken over. \`--out <file>\` writes the plan into a file as well: \`{format, tool, madeAt, env, account, region, owner, config, only, adopt, expects, steps, findings}\`, where \`expects\` is what \`apply <file>\` holds against live AWS`,
});

export const apply = command({
  name: "apply",
  summary: "Make AWS what the config says",
  arguments: { plan: optional("a plan that `diff --out` saved: steps whose resource moved since are refused") },
  options: { only, adopt, yes, wait },
  examples: [
    "metriccare apply --env local",
    "metriccare apply --env dev --yes",
    "metriccare apply --env dev --only glue.job/bronze_patient",
    "metriccare apply plan.json --yes",
    "metriccare apply --env prod --adopt all",
  ],
  env: true,
  exits: { 1: "failed: a step did, or the plan has a finding of level error", ...asks },
  json: `lines: ${lines}; ${finished}`,
});

export const destroy = command({
  name: "destroy",
  summary: "Remove what is ours; keeps data unless told otherwise",
  options: {
    only: list(SELECTOR, "only this resource or service; may be repeated"),
    includeData: flag("also buckets with objects, the ledger, databases with tables"),
    yes,
    wait,
  },
  examples: ["metriccare destroy --env dev", "metriccare destroy --env local --include-data --yes"],
  env: true,
  exits: { 1: "failed: a step did", ...asks },
  json: "lines as of `apply`",
});

export const iamPolicy = command({
  name: "iam-policy",
  summary: "The least IAM policy for whoever uses metriccare: made from the calls its code makes",
  arguments: {
    audience: word({
      of: ["deployer", "operator", "reader", "boundary"],
      noun: "policy",
      summary:
        "deployer: builds, inside of the boundary; operator: runs and repairs; reader: drift checks, no patient data; boundary: what no role may go beyond",
    }),
  },
  options: {
    iam: unless("a deployer for accounts where roles are given: it hands them on and changes none"),
    account: text("<id>", "account it is for (default: the config's, or that of the credentials)"),
    region: text("<region>", "region it is for"),
    importFrom: text("<table>", "operator: may also read this table, for `ledger import --from`"),
    forget: flag("operator: may also erase for good, with `forget`"),
    why: flag("operator: may also read what single patients count for, with `measures --why`"),
    split: flag("a list of policies, each short enough for a managed policy (6,144 characters)"),
  },
  examples: [
    "metriccare iam-policy deployer --env dev > deployer.json",
    "metriccare iam-policy reader --env prod --account 123456789012 --region eu-central-1",
    "metriccare iam-policy deployer --env prod --split",
    "metriccare iam-policy boundary --env prod > boundary.json",
  ],
  env: true,
  json: "an IAM policy document `{Version, Statement}`; with `--split` a list of them. Notes (too long for one managed policy, roles without a boundary, the name to make the boundary under) go to stderr",
});

export const build = {
  diff: on(diff, () => import("../commands/diff.ts")),
  apply: on(apply, () => import("../commands/apply.ts")),
  destroy: on(destroy, () => import("../commands/destroy.ts")),
  iamPolicy: on(iamPolicy, () => import("../commands/iam-policy.ts")),
};
