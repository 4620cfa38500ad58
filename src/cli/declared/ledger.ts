import { FILE_STATUSES, IMPORT_FIELDS, LIST_FIELDS, SHOW_FIELDS, SUM_FIELDS } from "../../operate/ledger/fields.ts";
import type { AuditFinding } from "../../operate/audit/events.ts";
import type { ImportedFile, ImportFinished, ImportPlan } from "../../operate/care/import.ts";
import type { AuditFinished, BackfillEvent, ChangeEvent } from "../../operate/index.ts";
import { keys } from "./json.ts";
import { command, type Group, on } from "./kit.ts";
import { any, count, flag, oneOf, pairs, required, some, text, time, unless } from "./options.ts";

const listed = (words: readonly string[]): string => `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

/** Which rows of the ledger. */
const filters = {
  status: oneOf({ of: FILE_STATUSES, noun: "status", value: "<status>", summary: listed(FILE_STATUSES) }),
  dataset: text("<dataset>", "patient, encounter, condition, bundle, mixed or unknown"),
  prefix: text("<prefix>", "only keys that start so"),
  run: text("<id>", "only files that this run took"),
  since: time("received at or after (ISO-8601)"),
  until: time("received before (ISO-8601)"),
} as const;

const dryRun = flag("only say what would be done");

/** What commands have that put files back. */
const changes = {
  dryRun,
  rate: count("<n>", "at most this many files a second"),
  start: unless("do not start the workflow for them"),
  wait: flag("then follow the runs until nothing waits"),
} as const;

type Of<E extends { readonly type: string }, T extends E["type"]> = Extract<E, { readonly type: T }>;

const changed = `lines: ${keys<Of<ChangeEvent, "changed">>({
  type: ': "changed", "would-change" or "left"',
  file_id: "",
  key: "",
  from: "",
  to: "",
  why: "",
})}; at the end ${keys<Of<ChangeEvent, "finished">>({ type: ': "finished"', changed: "", left: "", runId: "" })}`;
const put = `${changed}; with \`--wait\` then \`{type: "run", runId, verdict}\``;

export const ledgerList = command({
  name: "list",
  summary: "One row a file generation, newest first",
  options: { limit: count("<n>", "at most this many rows"), ...filters },
  examples: [
    "metriccare ledger list --env dev --limit 20",
    "metriccare ledger list --env dev --json --status processed",
  ],
  env: true,
  json: `lines: \`{${LIST_FIELDS.join(", ")}}\`; \`status\` is ${listed(FILE_STATUSES.map((one) => `\`${one}\``))}; \`error\` begins with a stable word (\`archived: …\`, below)`,
});

export const ledgerShow = command({
  name: "show",
  summary: "Every generation of one file",
  arguments: { file: required("key, file name or file_id") },
  examples: ["metriccare ledger show --env dev fhir/Patient.000.ndjson"],
  env: true,
  exits: { 1: "failed, or the ledger has no such file" },
  json: `lines as of \`ledger list\`, with \`${SHOW_FIELDS.join(", ")}\``,
});

export const ledgerStats = command({
  name: "stats",
  summary: "Counts by status and dataset",
  examples: ["metriccare ledger stats --env dev"],
  env: true,
  json: `\`{files, bytes, ${SUM_FIELDS.join(", ")}, by_status, by_dataset, oldest_pending}\``,
});

export const ledgerRetry = command({
  name: "retry",
  summary: "Read failed files once more, or take skipped ones back",
  arguments: { files: any("keys, file names or file_ids, failed or skipped; all failed ones when left out") },
  options: {
    status: oneOf({
      of: ["failed", "skipped"],
      noun: "status",
      summary: "all of these, when no file is named",
      hint: "Others are read again by `ledger reprocess`.",
    }),
    ...changes,
  },
  examples: [
    "metriccare ledger retry --env dev",
    "metriccare ledger retry --env dev fhir/Patient.000.ndjson --dry-run",
  ],
  env: true,
  json: put,
});

export const ledgerSkip = command({
  name: "skip",
  summary: "Set files aside: no run takes them, until `ledger retry` takes them back",
  arguments: { files: some("keys, file names or file_ids") },
  options: { why: text("<text>", "why, for whoever meets it later (no patient data)"), dryRun },
  examples: ['metriccare ledger skip --env dev doc.pdf --why "not FHIR"', "metriccare ledger retry --env dev doc.pdf"],
  env: true,
  json: changed,
});

export const ledgerReprocess = command({
  name: "reprocess",
  summary: "Read processed files once more, as the same generation: nothing is counted twice",
  arguments: { files: any("keys, file names or file_ids, instead of a filter") },
  options: { ...filters, ...changes },
  examples: [
    "metriccare ledger reprocess --env dev --prefix fhir/2024/ --dry-run",
    "metriccare ledger reprocess --env dev --since 2024-05-01 --rate 50",
  ],
  env: true,
  json: "lines as of `ledger retry`",
});

export const ledgerBackfill = command({
  name: "backfill",
  summary: "Take up objects that S3 has and the ledger lacks; what the tables hold is not new",
  options: { dryRun },
  examples: ["metriccare ledger backfill --env dev --dry-run", "metriccare ledger backfill --env dev"],
  env: true,
  json: `lines: ${keys<Of<BackfillEvent, "gap">>({
    type: ': "gap"',
    key: "",
    version_id: "",
    size: "",
    why: "",
    newest: "",
    in_bronze: "",
  })}, ${keys<Of<BackfillEvent, "sent">>({ type: ': "sent"', objects: "", new: "" })}; the last is ${keys<
    Of<BackfillEvent, "finished">
  >({ type: ': "finished"', looked: "", gaps: "", sent: "", in_bronze: "" })}`,
});

export const ledgerImport = command({
  name: "import",
  summary: "Take up what another table knows as processed, so that no run reads it again",
  options: {
    from: text("<table>", "table that has the history, by name or ARN"),
    map: pairs(
      "<field>=<theirs>",
      `what their attributes say (${IMPORT_FIELDS.join(", ")}; key is needed): an attribute, or a text with {attributes}`,
    ),
    where: pairs("<theirs>=<value>", "only rows whose attribute has this value"),
    dryRun,
  },
  examples: [
    "metriccare ledger import --env dev --from old_ledger --map key='fhir/{dataset}/{filename}' --map size=bytes --dry-run",
    "metriccare ledger import --env dev --from old_ledger --map key=s3_key --map version_id=version --where state=DONE",
  ],
  env: true,
  exits: { 1: "failed, or the ledger changed under some of it: run it again" },
  json: `lines: first ${keys<ImportPlan>({ type: ': "plan"', rows: "", imports: "", left: "", example: "" })}, \`left\` by reason (\`unwanted\`, \`unreadable\`, \`elsewhere\`, \`gone\`, \`changed\`, \`known\`, \`twice\`); then ${keys<ImportedFile>({ type: ': "imported", "would-import" or "left"', key: "", version_id: "", why: "" })}; the last is ${keys<ImportFinished>({ type: ': "finished"', imported: "", left: "" })}`,
});

export const ledgerRelease = command({
  name: "release",
  summary: "Give back claims that nobody works on: their lease or their run is over",
  options: changes,
  examples: ["metriccare ledger release --env dev --dry-run", "metriccare ledger release --env dev"],
  env: true,
  json: "lines as of `ledger retry`",
});

export const ledgerExport = command({
  name: "export",
  summary: "The ledger as CSV or NDJSON, in constant memory",
  options: {
    ...filters,
    format: oneOf({ of: ["csv", "ndjson"], noun: "format", summary: "csv unless --json is given" }),
    out: text("<file>", "write there instead of to the terminal"),
  },
  examples: [
    "metriccare ledger export --env dev --out ledger.csv",
    "metriccare ledger export --env dev --format ndjson --since 2024-05-01",
  ],
  env: true,
  json: "rows as of `ledger list`; with `--out`: `{file, rows}`",
});

export const ledgerAudit = command({
  name: "audit",
  summary: "Hold S3, the ledger and the tables against each other; exit 1 when something does not fit",
  options: {
    repair: flag("mend it: backfill, release, reprocess, and a run"),
    wait: flag("with --repair: follow the runs until nothing waits, then look once more"),
  },
  examples: ["metriccare ledger audit --env dev", "metriccare ledger audit --env dev --repair --wait"],
  env: true,
  exits: { 1: "failed, or something does not fit" },
  json: `lines: ${keys<AuditFinding>({
    type: ': "finding"',
    code: "",
    level: "",
    key: "",
    file_id: "",
    text: "",
    repair: "",
  })}, \`step\`, \`repair\`, \`run\`; the last (of each look, with \`--wait\`) is ${keys<AuditFinished>({
    type: ': "finished"',
    objects: "",
    files: "",
    rows: "",
    findings: "",
    repaired: "",
    ok: "",
  })}. \`key\` is an object key; of messages \`in_queue\`, the queue's name; of a table that is \`behind\` or stands on \`other_parameters\`, or that is \`unchecked\`, \`silver/<name>\` or \`gold/<name>\``,
});

export const ledger: Group = {
  name: "ledger",
  summary: "The ledger of processed files",
  examples: ["metriccare ledger list --env dev --status failed", "metriccare ledger show --env dev Patient.000.ndjson"],
  commands: [
    on(ledgerList, () => import("../commands/ledger-list.ts")),
    on(ledgerShow, () => import("../commands/ledger-show.ts")),
    on(ledgerStats, () => import("../commands/ledger-stats.ts")),
    on(ledgerRetry, () => import("../commands/ledger-retry.ts")),
    on(ledgerSkip, () => import("../commands/ledger-skip.ts")),
    on(ledgerReprocess, () => import("../commands/ledger-reprocess.ts")),
    on(ledgerBackfill, () => import("../commands/ledger-backfill.ts")),
    on(ledgerImport, () => import("../commands/ledger-import.ts")),
    on(ledgerRelease, () => import("../commands/ledger-release.ts")),
    on(ledgerExport, () => import("../commands/ledger-export.ts")),
    on(ledgerAudit, () => import("../commands/ledger-audit.ts")),
  ],
};
