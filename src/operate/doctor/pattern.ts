/** Whether an EventBridge pattern takes an event. Its documented operators; one that is not known never matches. */

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const wildcard = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"))
      .join("[\\s\\S]*")}$`,
  ).test(text);

const lower = (value: unknown): unknown => (typeof value === "string" ? value.toLowerCase() : value);

function numeric(tests: unknown, value: unknown): boolean {
  if (!Array.isArray(tests) || typeof value !== "number") return false;
  for (let at = 0; at + 1 < tests.length; at += 2) {
    const limit: unknown = tests[at + 1];
    if (typeof limit !== "number") return false;
    const holds = {
      "<": value < limit,
      "<=": value <= limit,
      ">": value > limit,
      ">=": value >= limit,
      "=": value === limit,
    };
    if (holds[tests[at] as "<"] !== true) return false;
  }
  return true;
}

/** `prefix` and `suffix`: a text, or `{"equals-ignore-case": text}`. */
function edge(operator: "prefix" | "suffix", wanted: unknown, value: unknown): boolean {
  if (typeof value !== "string") return false;
  const blind = isObject(wanted);
  const text: unknown = blind ? wanted["equals-ignore-case"] : wanted;
  if (typeof text !== "string") return false;
  const [have, edgeText] = blind ? [value.toLowerCase(), text.toLowerCase()] : [value, text];
  return operator === "prefix" ? have.startsWith(edgeText) : have.endsWith(edgeText);
}

function anythingBut(wanted: unknown, value: unknown): boolean {
  if (value === undefined) return false;
  if (isObject(wanted)) return !matcher(wanted, value);
  return !(Array.isArray(wanted) ? wanted : [wanted]).includes(value);
}

function matcher(wanted: unknown, value: unknown): boolean {
  if (!isObject(wanted)) return wanted === value;
  const [[operator, argument] = ["", undefined]] = Object.entries(wanted);
  switch (operator) {
    case "exists":
      return (value !== undefined) === argument;
    case "prefix":
    case "suffix":
      return edge(operator, argument, value);
    case "equals-ignore-case":
      return Array.isArray(argument)
        ? argument.some((one) => lower(one) === lower(value))
        : lower(argument) === lower(value);
    case "wildcard":
      return (
        typeof value === "string" &&
        (Array.isArray(argument) ? argument : [argument]).some((one) => typeof one === "string" && wildcard(one, value))
      );
    case "numeric":
      return numeric(argument, value);
    case "anything-but":
      return anythingBut(argument, value);
    default:
      return false;
  }
}

function field(wanted: unknown, value: unknown): boolean {
  if (Array.isArray(wanted)) {
    const values = Array.isArray(value) ? value : [value];
    return (values.length === 0 ? [undefined] : values).some((one) => wanted.some((each) => matcher(each, one)));
  }
  return isObject(wanted) && matches(wanted, isObject(value) ? value : {});
}

/** Whether the pattern takes the event. */
export function matches(pattern: Json, event: Json): boolean {
  return Object.entries(pattern).every(([name, wanted]) =>
    name === "$or" && Array.isArray(wanted)
      ? wanted.some((one) => isObject(one) && matches(one, event))
      : field(wanted, event[name]),
  );
}
