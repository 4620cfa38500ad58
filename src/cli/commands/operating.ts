import type { Command } from "commander";
import type { Declaration, Group } from "../cli.ts";
import { count, duration } from "./options.ts";

/** Which rows of the ledger. */
export const filters = (command: Command): Command =>
  command
    .option("--status <status>", "received, claimed, processed, failed or skipped")
    .option("--dataset <dataset>", "patient, encounter, condition, bundle, mixed or unknown")
    .option("--prefix <prefix>", "only keys that start so")
    .option("--run <id>", "only files that this run took")
    .option("--since <time>", "received at or after (ISO-8601)")
    .option("--until <time>", "received before (ISO-8601)");

const changes = (command: Command): Command =>
  command
    .option("--dry-run", "only say what would be done")
    .option("--rate <n>", "at most this many files a second", count)
    .option("--no-start", "do not start the workflow for them")
    .option("--wait", "then follow the runs until nothing waits");

const quarantineFilters = (command: Command): Command =>
  command
    .option("--file <key>", "only this file")
    .option("--prefix <prefix>", "only keys that start so")
    .option("--reason <text>", "only reasons that hold this");

const care = (): Promise<typeof import("./ledger-care.ts")> => import("./ledger-care.ts");

/** Commands of the ledger that change it, or compare it. */
export const ledgerCare: readonly Declaration[] = [
  {
    name: "retry",
    description: "Read failed files once more, or take skipped ones back",
    examples: [
      "metriccare ledger retry --env dev",
      "metriccare ledger retry --env dev fhir/Patient.000.ndjson --dry-run",
    ],
    env: true,
    declare: (command) =>
      changes(
        command
          .argument("[files...]", "keys, file names or file_ids, failed or skipped; all failed ones when left out")
          .option("--status <failed|skipped>", "all of these, when no file is named"),
      ),
    load: () => care().then(({ retry }) => ({ run: retry })),
  },
  {
    name: "skip",
    description: "Set files aside: no run takes them, until `ledger retry` takes them back",
    examples: [
      'metriccare ledger skip --env dev doc.pdf --why "not FHIR"',
      "metriccare ledger retry --env dev doc.pdf",
    ],
    env: true,
    declare: (command) =>
      command
        .argument("<files...>", "keys, file names or file_ids")
        .option("--why <text>", "why, for whoever meets it later (no patient data)")
        .option("--dry-run", "only say what would be done"),
    load: () => care().then(({ skip }) => ({ run: skip })),
  },
  {
    name: "reprocess",
    description: "Read processed files once more, as the same generation: nothing is counted twice",
    examples: [
      "metriccare ledger reprocess --env dev --prefix fhir/2024/ --dry-run",
      "metriccare ledger reprocess --env dev --since 2024-05-01 --rate 50",
    ],
    env: true,
    declare: (command) =>
      changes(filters(command.argument("[files...]", "keys, file names or file_ids, instead of a filter"))),
    load: () => care().then(({ reprocess }) => ({ run: reprocess })),
  },
  {
    name: "backfill",
    description: "Take up objects that S3 has and the ledger lacks; what the tables hold is not new",
    examples: ["metriccare ledger backfill --env dev --dry-run", "metriccare ledger backfill --env dev"],
    env: true,
    declare: (command) => command.option("--dry-run", "only say what would be done"),
    load: () => care().then(({ backfill }) => ({ run: backfill })),
  },
  {
    name: "release",
    description: "Give back claims that nobody works on: their lease or their run is over",
    examples: ["metriccare ledger release --env dev --dry-run", "metriccare ledger release --env dev"],
    env: true,
    declare: changes,
    load: () => care().then(({ release }) => ({ run: release })),
  },
  {
    name: "export",
    description: "The ledger as CSV or NDJSON, in constant memory",
    examples: [
      "metriccare ledger export --env dev --out ledger.csv",
      "metriccare ledger export --env dev --format ndjson --since 2024-05-01",
    ],
    env: true,
    declare: (command) =>
      filters(command)
        .option("--format <csv|ndjson>", "csv unless --json is given")
        .option("--out <file>", "write there instead of to the terminal"),
    load: () => care().then(({ exportAll }) => ({ run: exportAll })),
  },
  {
    name: "audit",
    description: "Hold S3, the ledger and the tables against each other; exit 1 when something does not fit",
    examples: ["metriccare ledger audit --env dev", "metriccare ledger audit --env dev --repair --wait"],
    env: true,
    declare: (command) =>
      command
        .option("--repair", "mend it: backfill, release, reprocess, and a run")
        .option("--wait", "with --repair: follow the runs until nothing waits, then look once more"),
    load: () => care().then(({ audit }) => ({ run: audit })),
  },
];

/** Commands that look after the pipeline. */
export const operating: readonly (Declaration | Group)[] = [
  {
    name: "where",
    description: "Where a file went: S3, ledger, run, tables, commits",
    examples: [
      "metriccare where --env dev Patient.000.ndjson",
      "metriccare where --env dev fhir/Patient.000.ndjson --json",
    ],
    env: true,
    declare: (command) => command.argument("<file>", "key, file name, s3:// URL or file_id"),
    load: () => import("./where.ts"),
  },
  {
    name: "quarantine",
    description: "Lines that could not be read",
    examples: ["metriccare quarantine list --env dev", "metriccare quarantine replay --env dev --reason JSON"],
    commands: [
      {
        name: "list",
        description: "Object, line number and reason; never the content",
        examples: ["metriccare quarantine list --env dev --file Patient.000.ndjson"],
        env: true,
        declare: (command) =>
          quarantineFilters(command)
            .option("--all", "also what a later reading has solved")
            .option("--limit <n>", "at most this many lines", count),
        load: () => import("./quarantine.ts").then(({ list }) => ({ run: list })),
      },
      {
        name: "replay",
        description: "Read the files again that have lines there, after a fix",
        examples: ["metriccare quarantine replay --env dev --dry-run"],
        env: true,
        declare: (command) =>
          quarantineFilters(command)
            .option("--dry-run", "only say what would be done")
            .option("--wait", "then follow the runs until nothing waits"),
        load: () => import("./quarantine.ts").then(({ replay }) => ({ run: replay })),
      },
    ],
  },
  {
    name: "doctor",
    description: "Check every hop from a new file to an alert; exit 1 when one is broken",
    examples: ["metriccare doctor --env dev", "metriccare doctor --env dev --canary"],
    env: true,
    declare: (command) =>
      command
        .option("--canary", "then send a harmless file through, time each hop, and take it away again")
        .option("--timeout <duration>", "with --canary: give up after this long", duration),
    load: () => import("./doctor.ts"),
  },
  {
    name: "alerts",
    description: "Who is told when a job fails",
    examples: ["metriccare alerts test --env dev"],
    commands: [
      {
        name: "test",
        description: "Prove that each failure of each job reaches a confirmed subscriber; exit 1 when one does not",
        examples: ["metriccare alerts test --env dev", "metriccare alerts test --env prod --send"],
        env: true,
        declare: (command) => command.option("--send", "also send one test message to the topic"),
        load: () => import("./doctor.ts").then(({ alerts }) => ({ run: alerts })),
      },
    ],
  },
];
