import { invalidInput } from "../errors.ts";

type Value = string | number | null;
type Test = (values: readonly string[]) => boolean;
interface Column {
  Name?: string | undefined;
  Type?: string | undefined;
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
  private readonly tokens: string[];
  private readonly keys: readonly Column[];
  private readonly source: string;
  private at = 0;

  constructor(tokens: string[], keys: readonly Column[], source: string) {
    this.tokens = tokens;
    this.keys = keys;
    this.source = source;
  }

  all(): Test {
    const test = this.or();
    if (this.at < this.tokens.length) this.fail();
    return test;
  }

  private or(): Test {
    let left = this.and();
    while (this.word("OR")) {
      const [a, b] = [left, this.and()];
      left = (v) => a(v) || b(v);
    }
    return left;
  }

  private and(): Test {
    let left = this.not();
    while (this.word("AND")) {
      const [a, b] = [left, this.not()];
      left = (v) => a(v) && b(v);
    }
    return left;
  }

  private not(): Test {
    if (this.word("NOT")) {
      const inner = this.not();
      return (v) => !inner(v);
    }
    if (this.word("(")) {
      const inner = this.or();
      this.expect(")");
      return inner;
    }
    return this.comparison();
  }

  private comparison(): Test {
    const left = this.operand();
    if (this.word("IS")) {
      const negated = this.word("NOT");
      this.expect("NULL");
      return (v) => (left(v) === null) !== negated;
    }
    const negated = this.word("NOT");
    const test = this.rest(left);
    // NULL is neither in nor out.
    return negated ? (v) => left(v) !== null && !test(v) : test;
  }

  private rest(left: (v: readonly string[]) => Value): Test {
    if (this.word("IN")) {
      this.expect("(");
      const options = [this.operand()];
      while (this.word(",")) options.push(this.operand());
      this.expect(")");
      return (v) => options.some((option) => compare(left(v), option(v)) === 0);
    }
    if (this.word("BETWEEN")) {
      const low = this.operand();
      this.expect("AND");
      const high = this.operand();
      return (v) => compare(left(v), low(v)) >= 0 && compare(left(v), high(v)) <= 0;
    }
    if (this.word("LIKE")) {
      const pattern = this.operand();
      return (v) => like(String(left(v)), String(pattern(v)));
    }
    const operator = this.next();
    const accepts = OPERATORS[operator] ?? this.fail();
    const right = this.operand();
    return (v) => accepts(compare(left(v), right(v)));
  }

  private operand(): (v: readonly string[]) => Value {
    const token = this.next();
    if (token.startsWith("'")) {
      const text = token.slice(1, -1).replaceAll("''", "'");
      return () => text;
    }
    if (/^-?\d/.test(token)) return () => Number(token);
    const name = token.replaceAll(/^[`"]|[`"]$/g, "").toLowerCase();
    // date '2024-01-01', timestamp '…': the type word before a literal says nothing that the text does not.
    if ((name === "date" || name === "timestamp") && this.tokens[this.at]?.startsWith("'")) return this.operand();
    const index = this.keys.findIndex((key) => key.Name?.toLowerCase() === name);
    if (index < 0) this.fail();
    const numeric = NUMERIC.test(this.keys[index]?.Type ?? "");
    return (v) => {
      const value = v[index];
      if (value === undefined || value === HIVE_NULL) return null;
      return numeric ? Number(value) : value;
    };
  }

  private word(word: string): boolean {
    if (this.tokens[this.at]?.toUpperCase() !== word) return false;
    this.at += 1;
    return true;
  }

  private expect(word: string): void {
    if (!this.word(word)) this.fail();
  }

  private next(): string {
    return this.tokens[this.at++] ?? this.fail();
  }

  private fail(): never {
    throw invalidInput(`Unsupported expression '${this.source}'`);
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
