/**
 * Log lines and causes of failures may quote input: Spark's JSON and cast errors do. What is shown to people has quotes,
 * JSON, dates and identifiers masked, unless they look like our own technical words.
 */

/** Words in quotes that are code, not data: `patient_id`, `spark.sql.x`, `--conf`, paths, class names, FHIR element names. */
const TECHNICAL = [
  /^[a-z][a-z0-9]*([_.][a-z0-9]+)+$/,
  /^_[a-z0-9_]+$/,
  /^--?[A-Za-z][\w-]*$/,
  /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/,
  /^([a-z]\w*\.)+[A-Za-z]\w*$/,
  /^s3a?:\/\/\S+$/,
  /^(\/|\.\/|glue-scripts\/)\S*\.(py|scala|java|jar|zip|csv)$/,
  /^<?[a-z]+>?$/,
];
const VOCABULARY = new Set(
  (
    "id class status subject period start end meta code coding system value display encounter condition patient priority hospitalization admission " +
    "type partOf serviceProvider birthDate deceasedDateTime deceasedBoolean resourceType entry resource lastUpdated module str int float list dict NoneType bytes"
  ).split(" "),
);
/** Lower-case single words are names as often as code: only those of the vocabulary stay. */
const isTechnical = (text: string): boolean =>
  VOCABULARY.has(text) || TECHNICAL.slice(0, -1).some((pattern) => pattern.test(text)) || /^<[a-z]+>$/.test(text);

const MASK = "…";

function maskQuotes(line: string): string {
  return line.replace(/(["'`])((?:\\.|(?!\1)[^\\])*)\1/g, (whole, quote: string, inside: string, at: number) => {
    // An apostrophe inside a word opens nothing: `doesn't`.
    if (quote === "'" && /\w/.test(line[at - 1] ?? "")) return whole;
    return isTechnical(inside) ? whole : `${quote}${MASK}${quote}`;
  });
}

/** From the first thing that looks like a JSON object or a list of them: masked to the end of the line. */
const maskJson = (line: string): string =>
  line.replace(/[[{]\s*\\?"[^\n]*$/, `{${MASK}}`).replace(/\{[^{}\n]*:[^{}\n]*\}/g, `{${MASK}}`);

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // References and ids of resources.
  [/\b(Patient|Encounter|Condition|Practitioner|Organization|Observation)\/[A-Za-z0-9\-.]+/g, `$1/${MASK}`],
  [/\burn:uuid:[0-9a-fA-F-]+/g, `urn:uuid:${MASK}`],
  [/\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b/g, MASK],
  // Social security, telephone, e-mail.
  [/\b\d{3}-\d{2}-\d{4}\b/g, MASK],
  [/\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b/g, MASK],
  [/\b[\w.+-]+@[\w-]+\.[\w.]+\b/g, MASK],
  // A dotted number is an address or a version, a long bare one a record number. Hudi's instants (17 digits, 20…) stay.
  [/(?<![\w.:/-])(?!20\d{15}\b|20\d{12}\b)\d{6,}(?![\w.-])/g, MASK],
];

/** A date that is not the time stamp at the start of a log line: a birth or a visit as likely as not. */
const maskDates = (line: string): string => {
  const stamp = /^\s*\[?\d{2,4}[-/]\d{2}[-/]\d{2,4}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?\S*/.exec(line)?.[0] ?? "";
  return stamp + line.slice(stamp.length).replace(/\b(18|19|20)\d{2}-\d{2}(-\d{2})?(T[\d:.+Z-]+)?\b/g, MASK);
};

/** Python's and Java's own frames carry code only, and the source line under a frame is ours. */
const isFrame = (line: string): boolean =>
  /^\s*(File "[^"]+", line \d+|at [\w$.<>]+\([\w. :$-]*\)|Traceback \(most recent|Caused by: [\w.$]+$|\.\.\. \d+ more)/.test(
    line,
  );

/** Fields of our jobs' own lines whose text is ours too: settings, outcomes, times of Hudi. */
const OUR_TEXT = new Set(["as_of", "outcome", "bronze_instant", "since", "dataset", "table", "verdict", "time_zone"]);

/**
 * Our jobs log one flat JSON object of counts a line, with `event`, `job` and `run_id`. Told as `bronze files=3 rows=13`;
 * other people's JSON is not touched here, and so masked.
 */
function ownLine(text: string): string | undefined {
  if (!text.startsWith("{") || !text.includes('"event"') || !text.includes('"job"')) return undefined;
  try {
    const { event, job, run_id, error, ...fields } = JSON.parse(text) as Record<string, unknown>;
    if (typeof event !== "string" || typeof job !== "string" || !/^[a-z_]{1,20}$/.test(event)) return undefined;
    if (typeof run_id !== "string" && typeof error !== "string" && run_id !== null) return undefined;
    const told = Object.entries(fields).map(
      ([name, value]) =>
        `${name}=${typeof value === "string" && !OUR_TEXT.has(name) ? MASK : typeof value === "object" && value !== null ? MASK : String(value)}`,
    );
    return [event, ...told, ...(typeof error === "string" ? [redact(error)] : [])].join(" ");
  } catch {
    // Not JSON after all.
    return undefined;
  }
}

/** One line, safe to show. Keeps frames, error classes, our technical words; masks what may come from the input. */
export function redact(line: string): string {
  const short = line.length > 2000 ? `${line.slice(0, 2000)}${MASK}` : line;
  const own = ownLine(short.trim());
  if (own !== undefined) return own;
  if (isFrame(short)) return short;
  return PATTERNS.reduce((text, [pattern, to]) => text.replace(pattern, to), maskDates(maskQuotes(maskJson(short))));
}

/** A message of several lines, each made safe; the first lines only. */
export const redactText = (text: string, lines = 12): string => text.split("\n").slice(0, lines).map(redact).join("\n");
