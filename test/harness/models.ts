import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Called } from "./in-process.ts";

/** AWS's published service models, as botocore carries them in the environments of the tests and of the embedded AWS. */
interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly union?: boolean;
}
interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const root = resolve(import.meta.dirname, "../..");
const VENVS = [".metriccare/test/moto/venv", ".metriccare/runtime/venv"];
const NAMES: Readonly<Record<string, string>> = { tagging: "resourcegroupstaggingapi" };
const models = new Map<string, Model>();

function folder(): string | undefined {
  for (const venv of VENVS) {
    const lib = join(root, venv, "lib");
    for (const python of existsSync(lib) ? readdirSync(lib) : []) {
      const data = join(lib, python, "site-packages", "botocore", "data");
      if (existsSync(data)) return data;
    }
  }
  return undefined;
}

/** Whether the models are on this machine. */
export const haveModels = (): boolean => folder() !== undefined;

function modelOf(service: string): Model {
  const known = models.get(service);
  if (known) return known;
  const data = folder();
  if (data === undefined) throw new Error("no botocore on this machine: run a test on moto first");
  const base = join(data, NAMES[service] ?? service);
  const version = readdirSync(base).toSorted().at(-1) ?? "";
  const file = join(base, version, "service-2.json");
  const bytes = existsSync(file) ? readFileSync(file) : gunzipSync(readFileSync(`${file}.gz`));
  const model = JSON.parse(bytes.toString("utf8")) as Model;
  models.set(service, model);
  return model;
}

/** Everything about a request that AWS's model of its service forbids. */
export function problemsOf({ service, operation, input }: Called): string[] {
  const model = modelOf(service);
  const known = model.operations[operation];
  if (!known) return [`${service}:${operation}: no such operation`];
  const problems: string[] = [];
  if (known.input) check(model, known.input.shape, input ?? {}, "", problems);
  return problems.map((problem) => `${service}:${operation}${problem}`);
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function check(model: Model, name: string, value: unknown, at: string, problems: string[]): void {
  const shape = model.shapes[name];
  const wrong = (what: string): void => void problems.push(`${at}: ${what} (${shown(value)})`);
  if (!shape) return wrong(`no shape ${name}`);
  const within = (size: number, what: string): void => {
    if (shape.min !== undefined && size < shape.min) wrong(`${what} below ${shape.min}`);
    if (shape.max !== undefined && size > shape.max) wrong(`${what} above ${shape.max}`);
  };
  switch (shape.type) {
    case "structure": {
      if (!isPlain(value)) return wrong("no structure");
      const given = Object.entries(value).filter(([, one]) => one !== undefined);
      for (const member of shape.required ?? []) if (value[member] === undefined) wrong(`${member} is missing`);
      if (shape.union && given.length !== 1) wrong("one member of the union is wanted");
      for (const [member, one] of given) {
        const inner = shape.members?.[member];
        if (inner) check(model, inner.shape, one, `${at}.${member}`, problems);
        else wrong(`unknown member ${member}`);
      }
      return;
    }
    case "list":
      if (!Array.isArray(value)) return wrong("no list");
      within(value.length, "length");
      for (const [i, one] of value.entries()) check(model, shape.member?.shape ?? "", one, `${at}[${i}]`, problems);
      return;
    case "map":
      if (!isPlain(value)) return wrong("no map");
      within(Object.keys(value).length, "length");
      for (const [key, one] of Object.entries(value)) {
        check(model, shape.key?.shape ?? "", key, `${at}{${key}}`, problems);
        check(model, shape.value?.shape ?? "", one, `${at}.${key}`, problems);
      }
      return;
    case "string":
      if (typeof value !== "string") return wrong("no text");
      within([...value].length, "length");
      if (shape.enum && !shape.enum.includes(value)) wrong(`none of ${shape.enum.join(", ")}`);
      if (shape.pattern !== undefined && regexOf(shape.pattern)?.test(value) === false) wrong(`not ${shape.pattern}`);
      return;
    case "blob":
      if (typeof value === "string" || value instanceof Uint8Array) within(value.length, "length");
      else if (typeof value !== "object") wrong("no bytes");
      return;
    case "boolean":
      if (typeof value !== "boolean") wrong("neither true nor false");
      return;
    case "timestamp":
      if (!(value instanceof Date)) wrong("no time");
      return;
    default:
      if (typeof value !== "number" || (/integer|long/.test(shape.type) && !Number.isInteger(value)))
        return wrong(`no ${shape.type}`);
      within(value, "value");
  }
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? "undefined").slice(0, 200);

/** Whole values count. The patterns are Java's: `u` reads their surrogate ranges, a few only parse without it. */
function regexOf(pattern: string): RegExp | undefined {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(`^(?:${pattern})$`, flags);
    } catch {
      // The next spelling.
    }
  }
  return undefined;
}

/** For clients of tests: a request that AWS's model forbids fails at once. */
export function holdToModel(call: Called): void {
  const problems = problemsOf(call);
  if (problems.length > 0) throw new Error(`AWS's model forbids this request:\n${problems.join("\n")}`);
}
