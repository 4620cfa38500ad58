import { isClass, ownEvent, ownFailure } from "./own.ts";
import { knownLogged, knownLogger, knownMessage } from "./shapes.ts";
import { CATEGORIES, MEASURED, OUR_FILES } from "./words.ts";

/**
 * Job output is other people's: a script prints what it likes, an exception quotes what it could not read. So a line is shown only when
 * its shape is known and every open slot of it holds a number or a word of a closed list. What is told is put together anew from these:
 * nothing of the line passes by itself.
 */

/** Longer lines are nobody's known shape. */
const LONGEST = 2000;

const STAMP = /^(?:\[?(?:\d{4}-\d\d-\d\d|\d\d\/\d\d\/\d\d)[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?\]? +)?/;
const LOGGED =
  /^(TRACE|DEBUG|INFO|WARN|ERROR|FATAL) +(?:\[[\w -]{1,60}\] +)?([\w.$]{1,120})(?: \([\w.$:() -]{1,120}\))?: (.*)$/;
// Py4J puts the Java exception on a line of its own, after a colon.
const THROWN = /^(Caused by: |Exception in thread "main" |: )?((?:[a-z]\w*\.)*[A-Z]\w*|error)(?:: ?(.*))?$/;
const FRAME = /^( *)File "([^"]*)", line (\d{1,7})(?:, in .*)?$/;
const OURS = /(?:^|\/)(?:(metriccare_(?:etl|ledger)\/[a-z_]{1,30})|jobs\/(bronze|silver|gold))\.py$/;
const FIXED = [
  /^Traceback \(most recent call last\):$/,
  /^During handling of the above exception, another exception occurred:$/,
  /^The above exception was the direct cause of the following exception:$/,
  /^\s*\.\.\. \d{1,5} more$/,
  /^ +[~^]{1,200}$/,
];

/** An exception by its class; its message only where that is one without data. */
function thrown(text: string): string | undefined {
  const [, lead = "", name = "", message] = THROWN.exec(text) ?? [];
  if (!isClass(name)) return undefined;
  if (message === undefined || message.trim() === "") return `${lead}${name}`;
  const called = /^An error occurred while calling (?:o\d{1,9}|[zn]:)\S*\s*(.*)$/.exec(message);
  if (called) return `${lead}${name}: ${thrown(called[1] ?? "") ?? "…"}`;
  return `${lead}${name}: ${knownMessage(message.trim()) ?? thrown(message.trim()) ?? "…"}`;
}

/** A frame of Python: the line, and the file where it is ours. */
function frame(text: string): string | undefined {
  const [whole, indent = "", path = "", line] = FRAME.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const [, module, job] = OURS.exec(path) ?? [];
  const ours = OUR_FILES.has(module?.split("/")[1] ?? "");
  const own = ours ? `${module}.py` : job && `jobs/${job}.py`;
  return `${indent}File "${own ?? "…"}", line ${line}`;
}

/** `seconds=12 rows=3`, with words of the trade and numbers alone. */
function measured(text: string): string | undefined {
  const parts = text.trim().split(/[ ,]+/);
  const known = parts.every((part) => {
    const [, name = ""] = /^([a-z_]{1,20})=-?\d{1,15}(?:\.\d{1,9})?$/.exec(part) ?? [];
    return MEASURED.has(name);
  });
  return known ? text : undefined;
}

function logged(text: string): string | undefined {
  const [, level, name = "", message = ""] = LOGGED.exec(text) ?? [];
  const logger = knownLogger(name);
  if (logger === undefined) return undefined;
  const inner = message.replace(/^Error from Python:/, "");
  const told = knownLogged(message) ?? core(inner) ?? knownMessage(inner);
  return told === undefined ? undefined : `${level} ${logger}: ${told}`;
}

/** A line without stamp and logger. */
const core = (text: string): string | undefined =>
  FIXED.some((pattern) => pattern.test(text))
    ? text
    : (frame(text) ?? ownEvent(text) ?? ownFailure(text) ?? measured(text) ?? bare(text) ?? thrown(text));

/** Messages that stand on a line of their own. */
const bare = (text: string): string | undefined =>
  /^(?:No module named |An error occurred \(|Command failed with exit code )/.test(text)
    ? knownMessage(text)
    : undefined;

/** What of one line of a log may be shown; undefined where it may hold anything. */
export function safeLine(line: string): string | undefined {
  const text = line.trimEnd();
  if (text.trim() === "") return "";
  if (text.length > LONGEST) return undefined;
  const bared = text.replace(STAMP, "");
  return logged(bared) ?? core(bared);
}

/** Written by Glue, or by what stands in for it, and not by a script: a script's cause begins with the name of a class. */
const LAUNCHER =
  /^(?:LAUNCH ERROR \| |JobName:\S+ and JobRunId:\S+ failed to execute with exception |Concurrent runs exceeded for |Glue could not assume the role of the job: |The script (?:ended|was killed|could not be started)|Spark itself ended while |The runner lost the script: |Job \S+ not found\.|Job ?[Rr]un (?:timed out|exceeded|cancelled)|Max concurrent runs exceeded|Exceeded maximum concurrent compute capacity|Insufficient account capacity|Resource unavailable|Glue gives no reason for )/;

/** Shown instead of a message that may quote data. */
export const NOT_SHOWN = "its message is not shown, as it may quote data; `runs logs --raw` shows the log";

const CATEGORY = /^Error Category: ([A-Z_]+); (?:Failed Line Number: (\d{1,7}); )?(.*)$/;

function causeLine(text: string): string | undefined {
  const [, category = "", number, rest = ""] = CATEGORY.exec(text) ?? [];
  if (!CATEGORIES.has(category)) return safeLine(text) || knownMessage(text);
  const told = [category, ...(number === undefined ? [] : [`line ${number}`]), causeLine(rest) ?? "…"];
  return told.join(": ");
}

/** Why Glue says that a job run failed, in what of its words may be shown. One line. */
export function safeCause(text: string): string {
  const lines = text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  if (LAUNCHER.test(text)) return lines.join(" ");
  const shown = lines.flatMap((line) => causeLine(line) ?? []).slice(0, 6);
  return shown.length > 0 ? shown.join(" ") : NOT_SHOWN;
}
