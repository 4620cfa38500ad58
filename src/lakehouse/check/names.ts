import { scopeOf } from "../scope.ts";
import type { Problem } from "./problem.ts";
import { namesOf } from "../naming.ts";
import type { LakehouseConfig } from "../schema.ts";
import { queuesOf } from "../queues.ts";

interface Limit {
  readonly max: number;
  readonly min?: number;
  readonly form: RegExp;
  readonly words: string;
}

/** Source: the services' API models. Glue itself takes any printable text; names go into ARNs and log streams, so not here. */
const LIMITS = {
  bucket: { min: 3, max: 63, form: /^[a-z0-9][a-z0-9-]*[a-z0-9]$/, words: "lower case letters, digits and -" },
  database: { max: 255, form: /^[a-z0-9_-]+$/, words: "lower case letters, digits, _ and -" },
  glue: { max: 255, form: /^[A-Za-z0-9_-]+$/, words: "letters, digits, _ and -" },
  role: { max: 64, form: /^[\w+=,.@-]+$/, words: "letters, digits and _+=,.@-" },
  function: { max: 64, form: /^[A-Za-z0-9_-]+$/, words: "letters, digits, _ and -" },
  table: { min: 3, max: 255, form: /^[A-Za-z0-9_.-]+$/, words: "letters, digits and _.-" },
  topic: { max: 256, form: /^[A-Za-z0-9_-]+$/, words: "letters, digits, _ and -" },
  queue: { max: 80, form: /^[A-Za-z0-9_-]+$/, words: "letters, digits, _ and -" },
  rule: { max: 64, form: /^[.\-_A-Za-z0-9]+$/, words: "letters, digits and ._-" },
} as const satisfies Record<string, Limit>;

function problem(what: keyof typeof LIMITS, name: string): string | undefined {
  const limit: Limit = LIMITS[what];
  if (name.length > limit.max) return `the name ${name} has ${name.length} characters; AWS takes ${limit.max}`;
  if (name.length < (limit.min ?? 1))
    return `the name ${name} is shorter than the ${limit.min} characters that AWS wants`;
  return limit.form.test(name) ? undefined : `the name ${name} may hold only ${limit.words}`;
}

/** Names as they will be in AWS: their characters, lengths, and no two alike. Where the account is not pinned, one of twelve digits is assumed. */
export function checkNames(config: LakehouseConfig, env: string): Problem[] {
  const names = namesOf(config, scopeOf(config, env));
  const rows: [keyof typeof LIMITS, string[], string, string | undefined][] = [
    ...Object.entries(config.buckets).map(([id, one]) =>
      row("bucket", ["buckets", id], names.bucket(id).name, one.name),
    ),
    ...Object.entries(config.databases).map(([id, one]) =>
      row("database", ["databases", id], names.database(id).name, one.name),
    ),
    ...Object.entries(config.jobs).map(([id, one]) => row("glue", ["jobs", id], names.job(id).name, one.name)),
    ...Object.entries(config.workflow.triggers).map(([id, one]) =>
      row("glue", ["workflow", "triggers", id], names.trigger(id).name, one.name),
    ),
    row("glue", ["workflow"], names.workflow.name, config.workflow.name),
    ...Object.entries(config.roles).map(([id, one]) => row("role", ["roles", id], names.role(id).name, one.name)),
    ...Object.entries(config.rules).map(([id, one]) => row("rule", ["rules", id], names.rule(id).name, one.name)),
    ...Object.keys(queuesOf(config)).map((id) =>
      row("queue", ["queues", id], names.queue(id).name, config.queues[id]?.name),
    ),
    row("function", ["function"], names.function.name, config.function.name),
    row("table", ["ledger"], names.ledger.name, config.ledger.name),
    row("topic", ["alerts"], names.topic.name, config.alerts.name),
  ];
  return [...rows.flatMap(([what, path, name]) => toProblem(path, problem(what, name))), ...twice(rows)];
}

function row(
  what: keyof typeof LIMITS,
  path: string[],
  name: string,
  override: string | undefined,
): [keyof typeof LIMITS, string[], string, string | undefined] {
  return [what, override === undefined ? path : [...path, "name"], name, override];
}

const toProblem = (path: string[], message: string | undefined): Problem[] =>
  message === undefined ? [] : [{ path, message }];

function twice(rows: readonly [string, string[], string, string | undefined][]): Problem[] {
  const seen = new Map<string, string[]>();
  return rows.flatMap(([, path, name]) => {
    const key = `${path.slice(0, path[0] === "workflow" ? 2 : 1).join(".")}:${name}`;
    const first = seen.get(key);
    seen.set(key, path);
    return first
      ? [{ path, message: `the name ${name} is taken by ${first.filter((part) => part !== "name").join(".")}` }]
      : [];
  });
}
