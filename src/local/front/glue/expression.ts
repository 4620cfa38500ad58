import { invalidInput } from "../errors.ts";

type Value = string | number | null;
type Test = (values: readonly string[]) => boolean;
interface Column {
  readonly Name?: string | undefined;
  readonly Type?: string | undefined;
}

const TOKEN = /\s*(?:('(?:[^']|'')*')|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w]*|`[^`]+`|"[^"]+")|(<=|>=|<>|!=|[=<>(),]))/y;
const NUMERIC = /^(tinyint|smallint|int|integer|bigint|long|float|double|decimal)/i;
/** What an empty partition value is called in Hive. */
const HIVE_NULL = "__HIVE_DEFAULT_PARTITION__";

/**
 * The filter of GetPartitions: `year = '2024' AND month > 6`, with = <> != < <= > >= IN, BETWEEN, LIKE, IS NULL, NOT, OR and
 * parentheses. Columns of numeric type compare as numbers. Throws InvalidInputException.
 */
export function partitionFilter(expression: string | undefined, keys: readonly Column[]): Test {
  if (expression === undefined || expression.trim() === "") return () => true;
  const parser = new Parser(tokens(expression), keys, expression);
  return parser.all();
}

function tokens(expression: string): string[] {
  const found: string[] = [];
  const text = expression.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw invalidInput(`Unsupported expression '${expression}' near '${text.slice(at, at + 20)}'`);
    found.push(match[0].trim());
  }
  return found;
}

class Parser {
  readonly #tokens: string[];
  readonly #keys: readonly Column[];
  readonly #source: string;
  #at = 0;

  constructor(tokens: string[], keys: readonly Column[], source: string) {
    this.#tokens = tokens;
    this.#keys = keys;
    this.#source = source;
  }

  all(): Test {
    const test = this.#or();
    if (this.#at < this.#tokens.length) this.#fail();
    return test;
  }

  #or(): Test {
    let left = this.#and();
    while (this.#word("OR")) {
      const [one, other] = [left, this.#and()];
      left = (row) => one(row) || other(row);
    }
    return left;
  }

  #and(): Test {
    let left = this.#not();
    while (this.#word("AND")) {
      const [one, other] = [left, this.#not()];
      left = (row) => one(row) && other(row);
    }
    return left;
  }

  #not(): Test {
    if (this.#word("NOT")) {
      const inner = this.#not();
      return (row) => !inner(row);
    }
    if (this.#word("(")) {
      const inner = this.#or();
      this.#expect(")");
      return inner;
    }
    return this.#comparison();
  }

  #comparison(): Test {
    const left = this.#operand();
    if (this.#word("IS")) {
      const negated = this.#word("NOT");
      this.#expect("NULL");
      return (row) => (left(row) === null) !== negated;
    }
    const negated = this.#word("NOT");
    const test = this.#rest(left);
    // NULL is neither in nor out.
    return negated ? (row) => left(row) !== null && !test(row) : test;
  }

  #rest(left: (row: readonly string[]) => Value): Test {
    if (this.#word("IN")) {
      this.#expect("(");
      const options = [this.#operand()];
      while (this.#word(",")) options.push(this.#operand());
      this.#expect(")");
      return (row) => options.some((option) => compare(left(row), option(row)) === 0);
    }
    if (this.#word("BETWEEN")) {
      const low = this.#operand();
      this.#expect("AND");
      const high = this.#operand();
      return (row) => compare(left(row), low(row)) >= 0 && compare(left(row), high(row)) <= 0;
    }
    if (this.#word("LIKE")) {
      const pattern = this.#operand();
      return (row) => like(String(left(row)), String(pattern(row)));
    }
    const operator = this.#next();
    const accepts = OPERATORS[operator] ?? this.#fail();
    const right = this.#operand();
    return (row) => accepts(compare(left(row), right(row)));
  }

  #operand(): (row: readonly string[]) => Value {
    const token = this.#next();
    if (token.startsWith("'")) {
      const text = token.slice(1, -1).replaceAll("''", "'");
      return () => text;
    }
    if (/^-?\d/.test(token)) return () => Number(token);
    const name = token.replaceAll(/^[`"]|[`"]$/g, "").toLowerCase();
    // date '2024-01-01', timestamp '…': the type word before a literal says nothing that the text does not.
    if ((name === "date" || name === "timestamp") && this.#tokens[this.#at]?.startsWith("'")) return this.#operand();
    const index = this.#keys.findIndex((key) => key.Name?.toLowerCase() === name);
    if (index < 0) this.#fail();
    const numeric = NUMERIC.test(this.#keys[index]?.Type ?? "");
    return (row) => {
      const value = row[index];
      if (value === undefined || value === HIVE_NULL) return null;
      return numeric ? Number(value) : value;
    };
  }

  #word(word: string): boolean {
    if (this.#tokens[this.#at]?.toUpperCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #expect(word: string): void {
    if (!this.#word(word)) this.#fail();
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? this.#fail();
  }

  #fail(): never {
    throw invalidInput(`Unsupported expression '${this.#source}'`);
  }
}

const OPERATORS: Record<string, (order: number) => boolean> = {
  "=": (order) => order === 0,
  "<>": (order) => order < 0 || order > 0,
  "!=": (order) => order < 0 || order > 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** NaN compares false with everything, as NULL does. */
function compare(a: Value, b: Value): number {
  if (a === null || b === null) return Number.NaN;
  if (typeof a === "number" || typeof b === "number") return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function like(text: string, pattern: string): boolean {
  const escaped = pattern.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("%", ".*").replaceAll("_", ".")}$`, "s").test(text);
}
