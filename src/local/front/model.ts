import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { AwsError, validation } from "./errors.ts";
import { isObject, type Json } from "./wire.ts";

/** The part of botocore's service model that requests are checked against. */
interface Shape {
  readonly type: string;
  readonly required?: string[];
  readonly members?: Record<string, { shape: string }>;
  readonly member?: { shape: string };
  readonly key?: { shape: string };
  readonly value?: { shape: string };
  readonly enum?: string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly document?: boolean;
}
interface ServiceModel {
  readonly operations: Record<string, { input?: { shape: string } }>;
  readonly shapes: Record<string, Shape>;
}

/** Checks requests as AWS's own front end does, before any operation sees them. */
export interface RequestModel {
  has(operation: string): boolean;
  operations(): string[];
  /** Throws ValidationException or SerializationException with AWS's own texts. */
  check(operation: string, input: Json): void;
}

/** Reads botocore's `service-2.json` (or `.json.gz`). */
export function loadModel(path: string): RequestModel {
  const bytes = readFileSync(path);
  const text = path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  const model = JSON.parse(text.toString("utf8")) as ServiceModel;
  return {
    has: (operation) => Object.hasOwn(model.operations, operation),
    operations: () => Object.keys(model.operations),
    check(operation, input) {
      const shape = model.operations[operation]?.input?.shape;
      if (!shape) return;
      const checker = new Checker(model.shapes);
      checker.check(shape, input, "");
      checker.finish();
    },
  };
}

const patterns = new Map<string, RegExp | undefined>();

/** AWS matches whole values. Its patterns are Java's: `u` reads their surrogate ranges, a few only parse without it. */
function regexOf(pattern: string): RegExp | undefined {
  if (!patterns.has(pattern)) {
    let regex: RegExp | undefined;
    for (const flags of ["u", ""]) {
      try {
        regex = new RegExp(`^(?:${pattern})$`, flags);
        break;
      } catch {
        // the next spelling
      }
    }
    patterns.set(pattern, regex);
  }
  return patterns.get(pattern);
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

class Checker {
  readonly #problems: string[] = [];
  readonly #shapes: Record<string, Shape>;

  constructor(shapes: Record<string, Shape>) {
    this.#shapes = shapes;
  }

  finish(): void {
    const [count, list] = [this.#problems.length, this.#problems.join("; ")];
    if (count > 0) throw validation(`${count} validation error${count > 1 ? "s" : ""} detected: ${list}`);
  }

  check(name: string, value: unknown, path: string): void {
    const shape = this.#shapes[name];
    if (!shape || shape.document) return;
    switch (shape.type) {
      case "structure":
        return this.#structure(shape, value, path);
      case "list":
        return this.#list(shape, value, path);
      case "map":
        return this.#map(shape, value, path);
      case "string":
        return this.#string(shape, value, path);
      case "boolean":
        return this.#expect(typeof value === "boolean", value, path, "Boolean");
      case "blob":
        return this.#expect(typeof value === "string", value, path, "Blob");
      case "timestamp":
        return this.#expect(typeof value === "number" || typeof value === "string", value, path, "Timestamp");
      default:
        return this.#number(shape, value, path);
    }
  }

  #structure(shape: Shape, value: unknown, path: string): void {
    if (!isObject(value)) return this.#wrongType(value, path, "structure");
    const members = shape.members ?? {};
    const at = (member: string): string => (path ? `${path}.${lowerFirst(member)}` : lowerFirst(member));
    for (const name of shape.required ?? []) {
      if (value[name] === undefined || value[name] === null) this.#fail(null, at(name), "Member must not be null");
    }
    for (const [name, inner] of Object.entries(value)) {
      const member = Object.hasOwn(members, name) ? members[name] : undefined;
      // AWS drops what it does not know. Here that would hide a misspelt setting, so it is refused.
      if (!member) this.#fail(inner, at(name), `Member is unknown, known are: [${Object.keys(members).join(", ")}]`);
      else if (inner !== null && inner !== undefined) this.check(member.shape, inner, at(name));
    }
  }

  #list(shape: Shape, value: unknown, path: string): void {
    if (!Array.isArray(value)) return this.#wrongType(value, path, "list");
    this.#length(shape, value.length, value, path);
    const member = shape.member?.shape;
    if (member) value.forEach((inner: unknown, i) => this.check(member, inner, `${path}.${i + 1}.member`));
  }

  #map(shape: Shape, value: unknown, path: string): void {
    if (!isObject(value)) return this.#wrongType(value, path, "map");
    this.#length(shape, Object.keys(value).length, value, path);
    for (const [key, inner] of Object.entries(value)) {
      if (shape.key) this.check(shape.key.shape, key, `${path}.${key}.key`);
      if (shape.value && inner !== null) this.check(shape.value.shape, inner, `${path}.${key}.member`);
    }
  }

  #string(shape: Shape, value: unknown, path: string): void {
    if (typeof value !== "string") return this.#wrongType(value, path, "String");
    this.#length(shape, value.length, value, path);
    if (shape.enum && !shape.enum.includes(value)) {
      this.#fail(value, path, `Member must satisfy enum value set: [${shape.enum.join(", ")}]`);
    }
    if (shape.pattern && regexOf(shape.pattern)?.test(value) === false) {
      this.#fail(value, path, `Member must satisfy regular expression pattern: ${shape.pattern}`);
    }
  }

  #number(shape: Shape, value: unknown, path: string): void {
    const whole = shape.type === "integer" || shape.type === "long";
    if (typeof value !== "number" || (whole && !Number.isInteger(value)))
      return this.#wrongType(value, path, shape.type);
    if (shape.min !== undefined && value < shape.min) {
      this.#fail(value, path, `Member must have value greater than or equal to ${shape.min}`);
    }
    if (shape.max !== undefined && value > shape.max) {
      this.#fail(value, path, `Member must have value less than or equal to ${shape.max}`);
    }
  }

  #length(shape: Shape, length: number, value: unknown, path: string): void {
    if (shape.min !== undefined && length < shape.min) {
      this.#fail(value, path, `Member must have length greater than or equal to ${shape.min}`);
    }
    if (shape.max !== undefined && length > shape.max) {
      this.#fail(value, path, `Member must have length less than or equal to ${shape.max}`);
    }
  }

  #expect(right: boolean, value: unknown, path: string, type: string): void {
    if (!right) this.#wrongType(value, path, type);
  }

  #fail(value: unknown, path: string, constraint: string): void {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    this.#problems.push(
      `Value ${value === null ? "null" : `'${shown}'`} at '${path}' failed to satisfy constraint: ${constraint}`,
    );
  }

  #wrongType(value: unknown, path: string, type: string): never {
    const found =
      value === null ? "null" : Array.isArray(value) ? "list" : isObject(value) ? "structure" : typeof value;
    throw new AwsError("SerializationException", `${found} found at '${path}' where ${type} was expected.`);
  }
}
