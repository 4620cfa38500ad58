import { STRATA } from "../../lakehouse/strata.ts";
import type { AlertCover, AlertsFinished } from "../../operate/doctor/alerts.ts";
import type { Check, Hop, IngestFinished, RunFinished, Where } from "../../operate/index.ts";
import type { LedgerDetail } from "../../operate/ledger/item.ts";
import type { AccountRow } from "../../operate/measures/accounting.ts";
import type { MeasureRow, RowBasis } from "../../operate/measures/row.ts";
import type { Profile } from "../../operate/profile/index.ts";
import type { InTable, WhereGeneration } from "../../operate/where.ts";
import type { WhereResource, WhereVersion } from "../../operate/where-resource.ts";
import type { ForgetFinished, ForgetPlan } from "../../operate/forget/index.ts";
import { keys, names } from "./json.ts";
import { command, type Group, on } from "./kit.ts";
import { any, duration, flag, list, maybe, oneOf, pairs, required, some, text, unless } from "./options.ts";
import { WHY_KEYS } from "./why.ts";

export const ingest = command({
  name: "ingest",
  summary: "Put FHIR files under the raw prefix, where they start the workflow",
  arguments: { paths: some("a file goes by its name, a folder by the paths inside it", "files or folders") },
  options: {
    wait: flag("follow the runs until every file is at its end, Gold included"),
    timeout: duration("with --wait: give up after this long"),
    neutralNames: flag("replace file names by dataset and content hash"),
  },
  examples: [
    "metriccare ingest --env local --wait test/fhir-sample",
    "metriccare ingest --env dev export/*.ndjson.gz --neutral-names",
  ],
  env: true,
  exits: { 1: "failed; with --wait: a file or a run failed" },
  json: keys<Pick<IngestFinished, "files" | "runs" | "error">>({
    files: `: [{${names<IngestFinished["files"][number]>({ key: "", version_id: "", etag: "", status: "", error: "?" })}}]`,
    runs: `: [{${names<IngestFinished["runs"][number]>({ runId: "", verdict: "", jobs: "" })}}]`,
    error: "?: {code, text, fix}",
  }),
});

export const runWorkflow = command({
  name: "run-workflow",
  summary: "Start the workflow, or attach to a run, and follow it to its verdict",
  options: {
    attach: flag("follow the run that is on; start one when none is"),
    run: text("<id>", "follow this run"),
    wait: unless("start and leave"),
    timeout: duration("stop following after this long; the run goes on"),
    stopOnInterrupt: flag("Ctrl-C stops the run instead of leaving it alone"),
    property: pairs("<key=value>", "run property; may be repeated"),
    full: flag("Gold computes all patients anew, not only those who changed"),
    resume: maybe("[run]", "run again what failed in this (or the last) run, and what follows it"),
    workflow: text("<id>", "a workflow of `workflows`; the pipeline's when left out, or the only one"),
  },
  examples: [
    "metriccare run-workflow --env local",
    "metriccare run-workflow --env dev --attach",
    "metriccare run-workflow --env dev --json --timeout 2h",
  ],
  env: true,
  exits: { 1: "failed, or the run failed, was stopped, or is on after --timeout" },
  json: `lines: \`started\`/\`attached\` (\`because?\` when it was not asked for)/\`resume\`/\`nothing_to_resume\` (exit 0), \`job\`, \`reconnecting\`, \`failure\`; the last is ${keys<RunFinished>(
    {
      type: ': "finished"',
      verdict: "",
      runId: "",
      jobs: `: [{${names<RunFinished["jobs"][number]>({ key: "", name: "", state: "", seconds: "", error: "?" })}}]`,
      failedFiles: "?",
      because: "?: `quality`",
      quality: "?: as in `runs show`",
      calls: "",
      ms: "",
      error: "?: {code, text, fix?}",
    },
  )}`,
});

export const where = command({
  name: "where",
  summary: "Where a file went (S3, ledger, run, tables), or what became of a resource",
  arguments: {
    file: required("key, file name, s3:// URL or file_id; or Patient/<id>, Encounter/<id>, Condition/<id>"),
  },
  examples: [
    "metriccare where --env dev Patient.000.ndjson",
    "metriccare where --env dev fhir/Patient.000.ndjson --json",
    "metriccare where --env dev Encounter/4711",
  ],
  env: true,
  json: `${keys<Where>({
    bucket: "",
    key: "",
    object: ": {size, etag, modified} or null",
    generations: `: [{…as of ledger show, ${names<Omit<WhereGeneration, keyof LedgerDetail>>({
      newest: "",
      run: "",
      tables: `: [{${names<InTable>({ table: "", rows: "", commits: "" })}}]`,
    })}}]`,
    said: "",
    next: "",
  })}; of a resource ${keys<WhereResource>({
    resource: ": its dataset",
    versions: `: [{${names<WhereVersion>({ key: "", file_id: "", line: "", entry: "", time: "", deletes: "", counts: "" })}}]`,
    said: "",
  })}`,
});

export const forget = command({
  name: "forget",
  summary: "Erase a person or a file: raw files, tables, old versions; the plan first",
  arguments: { what: required("Patient/<id>, or a file: key, file name or s3:// URL") },
  options: { yes: flag("do it; without it the plan is shown and nothing changes") },
  examples: [
    "metriccare forget --env dev Patient/4711",
    "metriccare forget --env dev Patient/4711 --yes",
    "metriccare forget --env dev fhir/Patient.000.ndjson --yes",
  ],
  env: true,
  exits: { 1: "failed, or something of it is still there" },
  json: `lines: ${keys<ForgetPlan>({
    type: ': "plan"',
    patients: "",
    encounters: "",
    conditions: "",
    files_removed: "",
    files_rewritten: "",
    old_versions: "",
    rows: ": {table: rows of Bronze}",
    resources: ": {dataset: ids of Silver}",
    temp_kept: ": [folders for temporary objects that are not the project's own]",
    keys_kept: ": keys of raw objects that name the person and stay",
    undelivered: ": messages in the queue of what could not be recorded, or null",
  })}; with \`--yes\` then \`{type: "step", what}\`, the lines of \`run-workflow\`, and ${keys<ForgetFinished>({
    type: ': "finished"',
    left: ": [places that still hold something]",
  })}`,
});

export const doctor = command({
  name: "doctor",
  summary: "Check every hop from a new file to an alert; exit 1 when one is broken",
  options: {
    canary: flag("then send a harmless file through, time each hop, and take it away again"),
    timeout: duration("with --canary: give up after this long"),
  },
  examples: ["metriccare doctor --env dev", "metriccare doctor --env dev --canary"],
  env: true,
  exits: { 1: "failed, or a hop is broken" },
  json: `lines: ${keys<Check>({ type: ': "check"', check: "", ok: "", level: "", text: "", fix: "" })}; with \`--canary\` then ${keys<Hop>(
    {
      type: ': "hop"',
      hop: "",
      ok: "",
      seconds: "",
      text: "",
      fix: "",
    },
  )}`,
});

export const alertsTest = command({
  name: "test",
  summary: "Prove that each failure of each job reaches a confirmed subscriber; exit 1 when one does not",
  options: { send: flag("also send one test message to the topic") },
  examples: ["metriccare alerts test --env dev", "metriccare alerts test --env prod --send"],
  env: true,
  exits: { 1: "failed, or nobody hears of some failure" },
  json: `lines: ${keys<AlertCover>({
    type: ': "alert"',
    job: "",
    name: "",
    state: "",
    ok: "",
    rules: "",
    reaches: "",
    why: "",
  })}; the last is ${keys<AlertsFinished>({
    type: ': "finished"',
    ok: "",
    covered: "",
    missing: "",
    confirmed: "",
    pending: "",
    sent: "",
    fix: "",
  })}`,
});

export const alerts: Group = {
  name: "alerts",
  summary: "Who is told when a job fails",
  examples: ["metriccare alerts test --env dev"],
  commands: [on(alertsTest, () => import("../commands/alerts-test.ts"))],
};

export const measures = command({
  name: "measures",
  summary: "The measures in the Gold tables: crude, not risk-adjusted, not a CMS result",
  options: {
    measure: text("<name>", "only this measure"),
    cohort: text("<name>", "all or age65plus"),
    by: oneOf({
      of: ["overall", "facility", "year", "month", ...STRATA],
      noun: "grouping",
      value: "<grouping>",
      summary: `only rows of this grouping: overall, facility, year, month; of a stratum of \`measures.strata\`: ${STRATA.join(", ")}`,
    }),
    facility: text("<id>", "only rows of this facility"),
    period: text("<year or month>", "only rows of this year (2024) or month (2024-05)"),
    publishable: flag("without counts of 1 to 10, and whatever they could be computed from"),
    format: oneOf({
      of: ["table", "csv", "json", "parquet", "measure-report"],
      noun: "format",
      summary: "a table unless --json is given; measure-report: FHIR R4 MeasureReports",
    }),
    out: text("<file>", "write there; MeasureReports as a Bundle, into .ndjson one a line"),
    explain: flag("what went in and what stayed out, by which rule; of one with --measure"),
    why: list("<encounter>", "why this encounter or stay counts as it does, rule by rule; may be repeated"),
    fresh: flag("exit 1 unless what is shown is fresh: the parameters that the jobs have, and the newest Silver"),
  },
  examples: [
    "metriccare measures --env local",
    "metriccare measures --env local --explain",
    "metriccare measures --env local --why 7f3c --json",
    "metriccare measures --env prod --fresh --format csv",
    "metriccare measures --env local --measure readmission_30d --by month --json",
    "metriccare measures --env prod --publishable",
    "metriccare measures --env prod --publishable --by sex --format csv",
    "metriccare measures --env prod --publishable --format measure-report --out reports.json",
    "metriccare measures --env dev --format parquet --out measures.parquet",
  ],
  env: true,
  exits: { 1: "failed; with --fresh: a figure is stale, or nothing says that it is not" },
  json: `lines: ${keys<MeasureRow & RowBasis>({
    measure: "",
    cohort: "",
    facility: "",
    period: "",
    stratum: "?",
    numerator: "",
    denominator: "",
    rate: "",
    suppressed: "?",
    as_of: "",
    time_zone: "",
    computed_at: "",
    rules: "",
    value_set: "",
    run_id: "",
    stale: "",
    stale_because: "?",
  })}; with \`--publishable\` \`numerator\`, \`denominator\` and \`rate\` are null where \`suppressed\`; \`value_set\` is its SHA-256, and null where a figure needs none; \`stale\` is null where that cannot be told, and \`stale_because\` says why. With \`--explain\`: ${keys<AccountRow>({ measure: "", rule: "", what: "", count: "" })}, \`what\` null on a rule's total. With \`--why\` one line an encounter: ${WHY_KEYS}. With \`--format measure-report\` one Bundle. With \`--out\`: \`{out, format, rows}\`. CSV and Parquet have the same columns at all times; in CSV a text that begins with \`=\`, \`+\`, \`-\`, \`@\`, a tab or a carriage return has a \`'\` before it, so that no spreadsheet computes it`,
});

const coded = ": {shown: [{system, code, count}], hidden: {values, count}}";

export const profile = command({
  name: "profile",
  summary: "What FHIR data is like, on this machine or in Bronze, and the config that fits it; shows no identifiers",
  arguments: { paths: any("files or folders: NDJSON, Bundles, gzip, zip; without them the tables of --env") },
  options: { yaml: flag("only the config that fits") },
  examples: [
    "metriccare profile export/*.ndjson.gz",
    "metriccare profile export/ --yaml > config/fits.yaml",
    "metriccare profile --env dev --json",
  ],
  env: true,
  exits: { 0: "profiled, whatever the data is like", 64: "bad usage: no such file, nothing to profile" },
  json: keys<Profile>({
    source: ": {files, bytes, left_out, not_fhir, damaged} or {tables}",
    resources: ": [{type, count, ids, further_versions, without_id}]",
    identical: "",
    broken: "",
    deletions: "",
    fhir: `: {version: "R4|R5|R4 and R5|unknown", r4, r5, profiles}`,
    dates: `: [{what, from: "2024-05", to, count, missing}]`,
    precisions: "",
    offsets: ": [{offset, count}]",
    classes: ": [{system, code, count, finished, over_midnight, parts, with_disposition, stays, why}]",
    values: `: {class, status, priority, disposition, "condition status"}, each ${coded.slice(2)}`,
    dispositions: "",
    code_systems: ": [{system, count, icd10, why}]",
    references: ": [{from, count, resolved, missing, forms}]",
    stays: ": {encounters, of_inpatient_class, discharges, with_disposition}",
    conditions: ": {count, onset}",
    config: ": {measures}",
    why: "",
    notes: "",
    yaml: "",
  }),
});

export const pipeline = {
  profile: on(profile, () => import("../commands/profile.ts")),
  ingest: on(ingest, () => import("../commands/ingest.ts")),
  runWorkflow: on(runWorkflow, () => import("../commands/run-workflow.ts")),
  where: on(where, () => import("../commands/where.ts")),
  forget: on(forget, () => import("../commands/forget.ts")),
  doctor: on(doctor, () => import("../commands/doctor.ts")),
  measures: on(measures, () => import("../commands/measures.ts")),
};
