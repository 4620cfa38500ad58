import { findProject, type Project } from "../../config/index.ts";
import { table } from "../../ui/table.ts";
import type { configDiff } from "../declared/project.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { environmentOf, loadLakehouse } from "../lakehouse.ts";

interface Difference {
  /** `jobs.bronze_patient.workerType`; keys with dots are in quotes. */
  readonly path: string;
  /** Absent (null in JSON) where an environment has no such key. */
  readonly left?: unknown;
  readonly right?: unknown;
}

/** How the merged configs of two environments differ, every default filled in. */
export const run: Run<typeof configDiff> = async (cli, options, { left, right }) => {
  const project = findProject(cli.cwd, options.config);
  const differences = compare(await merged(project, left), await merged(project, right));
  cli.term.emit({
    left,
    right,
    differences: differences.map(({ path, left: a = null, right: b = null }) => ({ path, left: a, right: b })),
  });
  if (differences.length === 0) cli.term.line(`${left} and ${right} say the same.`);
  else {
    const columns = [{ title: "key" }, { title: left }, { title: right }];
    const rows = differences.map((one) => [one.path, shown(one.left), shown(one.right)]);
    for (const line of table(columns, rows)) cli.term.line(line);
  }
  return options.exitCode && differences.length > 0 ? EXIT.changes : EXIT.ok;
};

const merged = async (project: Project, env: string): Promise<object> =>
  (await loadLakehouse(project, environmentOf(project, env))).value;

const shown = (value: unknown): string => (value === undefined ? "-" : JSON.stringify(value));

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Differences leaf by leaf, in the order of the keys; lists count as one value, as they do in an overlay. */
export function compare(left: unknown, right: unknown, path = ""): Difference[] {
  if (isMap(left) && isMap(right)) {
    const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return keys.flatMap((key) => compare(left[key], right[key], join(path, key)));
  }
  // What only one side has is told leaf by leaf too.
  if (isMap(left) && right === undefined && Object.keys(left).length > 0) return compare(left, {}, path);
  if (isMap(right) && left === undefined && Object.keys(right).length > 0) return compare({}, right, path);
  return stable(left) === stable(right) ? [] : [{ path, left, right }];
}

const join = (path: string, key: string): string => {
  const name = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
  return path === "" ? name : `${path}.${name}`;
};

/** Maps inside lists: the order of their keys says nothing. */
function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`;
  if (!isMap(value)) return JSON.stringify(value) ?? "absent";
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${keys
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${stable(value[key])}`)
    .join()}}`;
}
