import { CODES, CONDITIONS, LOGGERS, OPERATIONS, SERVICES } from "./words.ts";

/** What a slot of a shape may hold. `*` holds anything and is shown as `…`. */
const SLOTS: Readonly<Record<string, string>> = {
  n: String.raw`-?\d{1,20}(?:[.,]\d{1,9})?(?: ?(?:B|KB|MB|GB|KiB|MiB|GiB|TiB|ms|s|min|%))?`,
  id: String.raw`\d{1,9}(?:\.\d{1,9}){1,3}`,
  instant: String.raw`20\d{12}(?:\d{3})?`,
  action:
    "commit|deltacommit|clean|rollback|replacecommit|compaction|savepoint|restore|indexing|clustering|logcompaction",
  state: "REQUESTED|INFLIGHT|COMPLETED|INVALID",
  kind: "COPY_ON_WRITE|MERGE_ON_READ",
  module: "[a-z_][a-z0-9_]{0,30}(?:[.][a-z_][a-z0-9_]{0,30}){0,5}",
  type: "int|str|float|list|dict|tuple|set|bool|bytes|NoneType|DataFrame|Column|Row|function|module|type",
  flag: "--(?:[a-z][a-z0-9_-]{0,40}|[A-Z][A-Z0-9_]{0,40})",
  "*": ".*?",
};

interface Shape {
  readonly pattern: RegExp;
  readonly parts: readonly string[];
}

/** `Job <n> finished: <*>, took <n>`: the constant text, typed slots, and what is left out. */
function shape(text: string): Shape {
  const parts = text.split(/<([\w*]+)>/);
  const source = parts.map((part, i) => (i % 2 === 0 ? escaped(part) : `(${SLOTS[part] ?? "(?!)"})`)).join("");
  return { pattern: new RegExp(`^${source}$`), parts };
}
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

function told({ pattern, parts }: Shape, text: string): string | undefined {
  const found = pattern.exec(text);
  if (!found) return undefined;
  return parts.map((part, i) => (i % 2 === 0 ? part : part === "*" ? "…" : found[(i + 1) / 2])).join("");
}

export const shapes = (text: string): readonly Shape[] =>
  text
    .trim()
    .split("\n")
    .map((line) => shape(line.trim()));

/** What Spark, Hudi, Hadoop and Glue log about their own work. */
const LOGGED = shapes(`
  Running Spark version <id>
  Starting job: <*>
  Got job <n> (<*>) with <n> output partitions
  Final stage: ResultStage <n> (<*>)
  Submitting ResultStage <n> (<*>), which has no missing parents
  Submitting ShuffleMapStage <n> (<*>), which has no missing parents
  Submitting <n> missing tasks from ResultStage <n> (<*>)
  Submitting <n> missing tasks from ShuffleMapStage <n> (<*>)
  ResultStage <n> (<*>) finished in <n>
  ShuffleMapStage <n> (<*>) finished in <n>
  ResultStage <n> (<*>) failed in <n> due to <*>
  ShuffleMapStage <n> (<*>) failed in <n> due to <*>
  Job <n> is finished. Cancelling potential speculative or zombie tasks for this job
  Job <n> finished: <*>, took <n>
  Job <n> failed: <*>, took <n>
  Adding task set <id> with <n> tasks resource profile <n>
  Removed TaskSet <id>, whose tasks have all completed, from pool<*>
  Killing all running tasks in stage <n>: <*>
  Cancelling stage <n>
  Starting task <id> in stage <id> (TID <n>) (<*>
  Finished task <id> in stage <id> (TID <n>) in <n> on <*> (<n>/<n>)
  Lost task <id> in stage <id> (TID <n>) <*>
  Task <n> in stage <id> failed <n> times; aborting job
  Running task <id> in stage <id> (TID <n>)
  Finished task <id> in stage <id> (TID <n>). <n> bytes result sent to driver
  Exception in task <id> in stage <id> (TID <n>)
  Initial job has not accepted any resources; check your cluster UI to ensure that workers are registered and have sufficient resources
  Block broadcast_<n> stored as values in memory (estimated size <n>, free <n>)
  Block broadcast_<n>_piece<n> stored as bytes in memory (estimated size <n>, free <n>)
  Code generated in <n>
  Created broadcast <n> from <*>
  Cleaned accumulator <n>
  Cleaned shuffle <n>
  Unable to load native-hadoop library for your platform... using builtin-java classes where applicable
  To enable non-built-in garbage collector(s) <*>
  No Partition Defined for Window operation! Moving all data to a single partition, this can cause serious performance degradation.
  Invoking stop() from shutdown hook
  Successfully stopped SparkContext
  SparkContext is stopping with exitCode <n>.
  MapOutputTrackerMasterEndpoint stopped!
  MemoryStore cleared
  BlockManager stopped
  BlockManagerMaster stopped
  Shutdown hook called
  File Output Committer Algorithm version is <n>
  Loading HoodieTableMetaClient from <*>
  Loading table properties from <*>
  Finished Loading Table of type <kind>(version=<n>) from <*>
  Finished Loading Table of type <kind>(version=<n>, baseFileFormat=PARQUET) from <*>
  Finished Loading Table of type <kind>(version=<n>, baseFileFormat=PARQUET, timelineLayout=<n>) from <*>
  Initializing <*> as hoodie table
  Finished initializing Table of type <kind> from <*>
  Loaded instants upto : Option{val=[<instant>__<action>__<state>]}
  Loaded instants upto : Option{val=[==><instant>__<action>__<state>]}
  Loaded instants upto : Option{val=<*>}
  Creating a new instant [==><instant>__<action>__<state>]
  Checking for file exists ?<*>
  Marking instant complete [==><instant>__<action>__<state>]
  Completed [==><instant>__<action>__<state>]
  Generate a new instant time: <instant> action: <action>
  Generate a new instant time <instant>
  Committing <instant> action <action>
  Committed <instant>
  Committing stats: Config(clustering=<*>
  Number of entries in MetadataTableFileGroupIndex: <n>
  Cleaner started
  Cleaned failed attempts if any
  Begin rollback of instant <instant>
  Rolling back instant [==><instant>__<action>__<state>]
  Rolled back inflight instant <instant>
  Rollback of Commits [<instant>] is complete
  No Instants to archive
  No earliest commit to retain. No need to scan partitions !!
  Nothing to clean here. It is already clean
  Total Partitions to clean : <n>, with policy KEEP_LATEST_COMMITS
  Using cleanerParallelism: <n>
  Took <n> ms to read <n> instants, <n> replaced file groups
  Timeline-server-based markers are not supported for HDFS: <*>
  Metadata table was not found at path <*>
  Properties file <*> not found. Ignoring to load props file
  Cannot find HUDI_CONF_DIR, please set it as the dir of hudi-defaults.conf
  Embedded Timeline Server is disabled, fallback to direct markers for spark
  Input based file-lister: <*>
  Syncing target hoodie table with hive table<*>
  Sync complete for <*>
  Sync table <*> for the first time.
  Schema difference found for <*>
  No Schema difference for <*>
  The process of this job run ended by signal <n>
`);

/** Messages that say what went wrong without a word of data. */
const MESSAGES = shapes(`
  No module named '<module>'
  division by zero
  list index out of range
  string index out of range
  pop from empty list
  maximum recursion depth exceeded<*>
  unsupported operand type(s) for <*>: '<type>' and '<type>'
  '<type>' object is not callable
  '<type>' object is not iterable
  '<type>' object is not subscriptable
  Java heap space
  Metaspace
  GC overhead limit exceeded
  Requested array size exceeds VM limit
  [Errno <n>] No space left on device
  No space left on device
  Connection refused
  [Errno <n>] Connection refused
  Connection reset
  Connection reset by peer
  Read timed out
  Read timed out.
  Broken pipe
  Job aborted due to stage failure: <*>
  Job aborted.
  Job <n> cancelled because SparkContext was shut down
  SparkContext was shut down
  Cannot call methods on a stopped SparkContext<*>
  Table being modified concurrently.
  Could not sync using the meta sync class <*>
  Unable to acquire lock<*>
  Failed to acquire lock<*>
  Cannot resolve conflicts for overlapping writes
  Failed upsert schema compatibility check
  Failed to upsert for commit time <instant>
  Failed to rollback <*> commits <instant>
  Failed to find the data source: hudi.<*>
  Failed to find data source: hudi.<*>
  Hoodie table not found in path <*>
  Schema validation failed<*>
  Command failed with exit code <n>
  the following arguments are required: <flag>
  the following arguments are required: <flag>, <flag>
  the following arguments are required: <flag>, <flag>, <flag>
  Container killed by YARN for exceeding memory limits.<*>
  Missing argument '<flag>'
  invalid syntax
  unexpected indent
  unindent does not match any outer indentation level
  expected an indented block<*>
  unterminated string literal (detected at line <n>)
  <n>
`);

/** The line as the first shape that fits it tells it. */
export const firstOf = (list: readonly Shape[], text: string): string | undefined => {
  for (const each of list) {
    const line = told(each, text);
    if (line !== undefined) return line;
  }
  return undefined;
};

const CALL =
  /^An error occurred \((\w+)\) when calling the (\w+) operation(?: \(reached max retries: (\d{1,3})\))?(?:: (.*))?$/;
const REFUSED = /is not authorized to perform:? ([A-Za-z0-9-]+):([A-Za-z]+)/;

/** `is not authorized to perform: s3:GetObject`: which role and which resource, the hint says. */
export function refusedFor(text: string | undefined): string {
  const [, service = "", action = ""] = REFUSED.exec(text ?? "") ?? [];
  return SERVICES.has(service.toLowerCase()) && OPERATIONS.has(action)
    ? `: not authorized to perform: ${service.toLowerCase()}:${action}`
    : text === "Access Denied"
      ? ": Access Denied"
      : "";
}

function awsCall(text: string): string | undefined {
  const [, code = "", operation = "", retries, rest] = CALL.exec(text) ?? [];
  if (!CODES.has(code) || !OPERATIONS.has(operation)) return undefined;
  const tried = retries === undefined ? "" : ` (reached max retries: ${retries})`;
  return `An error occurred (${code}) when calling the ${operation} operation${tried}${refusedFor(rest)}`;
}

/** `[CAST_INVALID_INPUT] …` */
function sparkCondition(text: string): string | undefined {
  const found = /^\[([A-Z_]+)(?:\.([A-Z_]+))?\] /.exec(text);
  if (!found || !CONDITIONS.has(found[1] ?? "")) return undefined;
  return `[${found[1]}${found[2] !== undefined && CONDITIONS.has(found[2]) ? `.${found[2]}` : ""}] …`;
}

/** The message of an exception, where it is of a shape that holds no data. */
export const knownMessage = (text: string): string | undefined =>
  firstOf(MESSAGES, text) ?? awsCall(text) ?? sparkCondition(text);

/** What a logger of Spark, Hudi or Glue says of its own work. */
export const knownLogged = (text: string): string | undefined => firstOf(LOGGED, text);

/** A logger's simple name, where it is one of those whose lines are known. */
export function knownLogger(name: string): string | undefined {
  const simple = (name.split(".").at(-1) ?? "").replace(/\$$/, "");
  return LOGGERS.has(simple) ? simple : undefined;
}
