import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HINTS, hintFor } from "../../src/operate/runs/hints.ts";
import { NOT_SHOWN, safeCause, safeLine } from "../../src/operate/safe/index.ts";

const ROLE = "arn:aws:sts::123456789012:assumed-role/metriccare_glue_bronze_dev/GlueJobRunnerSession";

describe("lines of known shapes are shown, without what could be data", () => {
  test.each([
    ["Traceback (most recent call last):", "Traceback (most recent call last):"],
    ['  File "/tmp/extra/metriccare_etl/bronze.py", line 12, in ingest', '  File "metriccare_etl/bronze.py", line 12'],
    ['  File "/tmp/glue/john_smith.py", line 7, in smith', '  File "…", line 7'],
    ["RuntimeError: boom, on purpose", "RuntimeError: …"],
    ["ValueError: patient John Smith", "ValueError: …"],
    ["ZeroDivisionError: division by zero", "ZeroDivisionError: division by zero"],
    ["ModuleNotFoundError: No module named 'metriccare_etl'", "ModuleNotFoundError: No module named 'metriccare_etl'"],
    ["No module named 'x'", "No module named 'x'"],
    ["seconds=12", "seconds=12"],
    ["seconds=1.5 rows=13 files=2", "seconds=1.5 rows=13 files=2"],
    [
      "org.apache.spark.SparkException: [CAST_INVALID_INPUT] The value 'O''Brien' of the type \"STRING\" cannot be cast",
      "org.apache.spark.SparkException: [CAST_INVALID_INPUT] …",
    ],
    ["Caused by: java.time.DateTimeException: Text '1950-13-02'", "Caused by: java.time.DateTimeException: …"],
    [
      "Caused by: java.lang.OutOfMemoryError: Java heap space",
      "Caused by: java.lang.OutOfMemoryError: Java heap space",
    ],
    [
      "py4j.protocol.Py4JJavaError: An error occurred while calling o94.save. org.apache.hudi.exception.HoodieUpsertException: Failed to upsert for commit time 20240501101530123",
      "py4j.protocol.Py4JJavaError: org.apache.hudi.exception.HoodieUpsertException: Failed to upsert for commit time 20240501101530123",
    ],
    [
      "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
      "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
    ],
    [
      `botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the GetItem operation: User: ${ROLE} is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:1:table/t`,
      "botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the GetItem operation: not authorized to perform: dynamodb:GetItem",
    ],
    [
      "24/05/01 10:00:00 INFO SparkContext: Running Spark version 3.5.4",
      "INFO SparkContext: Running Spark version 3.5.4",
    ],
    [
      "2026-01-02T03:04:05.678 WARN TaskSetManager: Lost task 0.0 in stage 1.0 (TID 3) (10.0.0.1 executor 2): java.lang.RuntimeException: John Smith",
      "WARN TaskSetManager: Lost task 0.0 in stage 1.0 (TID 3) …",
    ],
    [
      "INFO org.apache.hudi.common.table.timeline.HoodieActiveTimeline: Loaded instants upto : Option{val=[20240501101530123__commit__COMPLETED]}",
      "INFO HoodieActiveTimeline: Loaded instants upto : Option{val=[20240501101530123__commit__COMPLETED]}",
    ],
    [
      "ERROR ProcessLauncher: Error from Python:Traceback (most recent call last):",
      "ERROR ProcessLauncher: Traceback (most recent call last):",
    ],
    ["ERROR ProcessLauncher: ValueError: patient John Smith", "ERROR ProcessLauncher: ValueError: …"],
    [
      "metriccare_bronze_patient_dev: ClientError GetItem ResourceNotFoundException at ledger.py:41",
      "failed: ClientError GetItem ResourceNotFoundException at ledger.py:41",
    ],
    [
      "JobFailed: job: HAI value set, line 3: match must be prefix or code",
      "failed: HAI value set, line 3: match must be prefix or code",
    ],
    [
      "JobFailed: job: arguments: --as_of is missing, --max_files_per_run is no whole number from 1 on, --x is none of Smith",
      "failed: arguments: --as_of is missing, --max_files_per_run is no whole number from 1 on, --x is none of …",
    ],
    ["JobFailed: job: arguments: Smith is missing", "failed: arguments: …"],
    ["JobFailed: job: the measure's query sql/smith.sql answers no hits", "failed: the measure's query … answers no …"],
  ])("%s", (line, shown) => expect(safeLine(line)).toBe(shown));

  test("our jobs' own lines are told as counts; a field that is not known is left out", () => {
    const line = (fields: object): string => JSON.stringify({ job: "j", run_id: "wr_1", ...fields });
    expect(safeLine(line({ event: "bronze", files: 3, rows: 13, seconds: { ingesting: 2.5, marking: 0.1 } }))).toBe(
      "bronze files=3 rows=13 seconds=ingesting:2.5,marking:0.1",
    );
    expect(safeLine(line({ event: "gold", as_of: "2023-06-30", outcome: "written" }))).toBe(
      "gold as_of=2023-06-30 outcome=written",
    );
    expect(safeLine(line({ event: "failed", error: "j: TypeError at gold.py:12" }))).toBe(
      "failed: TypeError at gold.py:12",
    );
    expect(
      safeLine(
        line({ event: "gold", outcome: "Smith", name: "Smith", smith: 3, list: ["Smith"], encounters: { Smith: 1 } }),
      ),
    ).toBe("gold");
    expect(safeLine(line({ event: "Smith" }))).toBeUndefined();
    expect(safeLine(line({ event: "failed", error: "j: John Smith" }))).toBeUndefined();
  });
});

/** Lines of a script of somebody else, each with a name where a known shape has a slot. */
const MIMICS = [
  "John Smith",
  "patient John Smith, born 1950-01-02",
  "INFO HoodieSparkSqlWriter: John Smith",
  "INFO HoodieActiveTimeline: Loaded instants upto : Option{val=[Smith__commit__COMPLETED]}",
  "INFO SparkContext: Running Spark version Smith",
  "INFO Smith: Running Spark version 3.5.4",
  "2026-01-02 03:04:05 INFO DAGScheduler: Job Smith finished: collect at Smith.java:1, took 3 s",
  "24/05/01 10:00:00 INFO DAGScheduler: Job 1 finished: Smith, took Smith s",
  "INFO DAGScheduler: Job 1 finished: Smith, took 3 s and Smith",
  "INFO CodeGenerator: Code generated in 12 ms\u2028Smith",
  "Smith: 3",
  "SmithException: 3",
  "org.apache.SmithException: 3",
  "org.smith.RuntimeException: 3",
  "com.amazonaws.smith.Smith: 1",
  "Caused by: John.Smith: x",
  'Exception in thread "Smith" java.lang.RuntimeException: x',
  "KeyError: 'Smith'",
  "NameError: name 'smith' is not defined",
  "ModuleNotFoundError: No module named 'John Smith'",
  "No module named 'Smith'",
  "smith=12",
  "rows=Smith",
  "rows=12 Smith=1",
  '  File "/home/smith/Smith.py", line 3, in smith',
  '  File "/metriccare_etl/smith.py", line 3, in smith',
  "    raise ValueError('Smith')",
  "\tat org.apache.spark.Smith.smith(Smith.java:3)",
  "An error occurred (Smith) when calling the GetObject operation: x",
  "An error occurred (AccessDenied) when calling the Smith operation: x",
  "An error occurred (AccessDenied) when calling the GetObject operation: Smith",
  "An error occurred (AccessDenied) when calling the GetObject operation: User: arn:aws:sts::1:assumed-role/Smith/Smith is not authorized to perform: s3:GetObject on resource: Smith",
  "An error occurred (AccessDenied) when calling the GetObject operation: User: x is not authorized to perform: s3:Smith",
  "AnalysisException: [SMITH] x",
  "AnalysisException: [UNRESOLVED_COLUMN.SMITH] x",
  "Py4JJavaError: An error occurred while calling o94.smith. Smith",
  "metriccare_bronze_patient_dev: Smith at bronze.py:1",
  "Smith: ValueError at smith.py:1",
  "Smith: ValueError at bronze.py:1: Smith",
  "JobFailed: Smith: hai_value_set: Smith cannot be read",
  '{"event": "bronze", "job": "Smith", "run_id": "Smith", "files": "Smith", "rows": 1}',
  '{"event": "Smith", "job": "j", "run_id": "r"}',
  '{"event": "failed", "job": "j", "run_id": "r", "error": "Smith"}',
  '{"event": "failed", "job": "j", "error": "Smith: ValueError at bronze.py:1"}',
  '{"resourceType":"Patient","name":[{"family":"Smith"}]}',
  "LAUNCH ERROR | Smith",
  "Error Category: SMITH; ValueError: Smith",
  "[Smith] Traceback (most recent call last):",
  "Traceback (most recent call last): Smith",
  "Smith".repeat(1000),
];

describe("a script of somebody else puts names where they would pass", () => {
  test.each(MIMICS)("%s", (line) => {
    const shown = `${safeLine(line) ?? ""} ${safeLine(`ERROR ProcessLauncher: ${line}`) ?? ""} ${safeLine(`2026-01-02 03:04:05,678 ${line}`) ?? ""}`;
    expect(shown.toLowerCase()).not.toMatch(/smith|john|1950/);
  });

  test("as the cause of a job's failure, too", () => {
    for (const line of MIMICS) {
      for (const cause of [
        `ValueError: ${line}`,
        `SystemExit: ${line}`,
        `ValueError: x\n${line}`,
        `SmithError: ${line}`,
        `Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 8; ValueError: ${line}`,
      ])
        expect(safeCause(cause).toLowerCase()).not.toMatch(/smith|john|1950/);
    }
  });

  test("whatever is put into a slot of a known shape", () => {
    const name = fc.constantFrom("Smith", "John Smith", "smith", "o'Smith", "Smith-Jones", "SMITH", "smith_john");
    fc.assert(
      fc.property(fc.constantFrom(...MIMICS), name, fc.nat(60), (line, word, at) => {
        const put = `${line.slice(0, at)}${word}${line.slice(at)}`;
        expect((safeLine(put) ?? "").toLowerCase()).not.toContain("smith");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the cause of a failure", () => {
  test.each([
    ["ValueError: patient John Smith", "ValueError: …"],
    ["SystemExit: 1", "SystemExit: 1"],
    ["LAUNCH ERROR | File does not exist s3://b/x.py", "LAUNCH ERROR | File does not exist s3://b/x.py"],
    [
      "Error Category: IMPORT_ERROR; Failed Line Number: 3; ModuleNotFoundError: No module named 'x'",
      "IMPORT_ERROR: line 3: ModuleNotFoundError: No module named 'x'",
    ],
    ["JobFailed: j: Problem at gold.py:1", "failed: Problem at gold.py:1"],
    ["something nobody knows", NOT_SHOWN],
    [
      "JobName:x and JobRunId:y failed to execute with exception Role arn:aws:iam::1:role/r should be given assume role permissions for Glue Service.",
      "JobName:x and JobRunId:y failed to execute with exception Role arn:aws:iam::1:role/r should be given assume role permissions for Glue Service.",
    ],
  ])("%s", (cause, shown) => expect(safeCause(cause)).toBe(shown));
});

test("every text that our scripts fail with can be told", () => {
  const folder = "glue-scripts/metriccare_etl";
  const texts = readdirSync(folder)
    .filter((file) => file.endsWith(".py"))
    .flatMap((file) => [...readFileSync(join(folder, file), "utf8").matchAll(/raise Problem\(\s*f?"([^"]*)"/g)])
    .map(([, text = ""]) => text.replace(/\{[^}]*\}/g, "7"));
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.filter((text) => safeLine(`job: ${text}`) === undefined)).toEqual([]);
});

test("every module of ours, and every count that a Bronze job logs, can be told", () => {
  const folder = "glue-scripts/metriccare_etl";
  const files = readdirSync(folder).filter((file) => file.endsWith(".py"));
  for (const one of [folder, "glue-scripts/metriccare_ledger"])
    for (const file of readdirSync(one).filter((name) => name.endsWith(".py"))) {
      expect(safeLine(`job: ValueError at ${file}:7`), file).toBeDefined();
      expect(safeLine(`  File "/tmp/${one}/${file}", line 7, in x`)).toContain(`${one.split("/")[1]}/${file}`);
    }
  const text = readFileSync(join(folder, "jobs.py"), "utf8");
  const outcome = /outcome = \{(.*?)\n {4}\}/s.exec(text)?.[1] ?? "";
  const names = [...outcome.matchAll(/"([a-z_]+)": /g)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(5);
  const fields = Object.fromEntries(names.map((name) => [name, 7]));
  const told = safeLine(JSON.stringify({ event: "bronze", job: "j", run_id: "r", ...fields })) ?? "";
  expect(names.filter((name) => !told.includes(`${name}=7`))).toEqual([]);
  const parts = files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/\.time\("([a-z_]+)"\)/g)].map(([, part = ""]) => part),
  );
  const seconds = Object.fromEntries(parts.map((part) => [part, 1.5]));
  const line = safeLine(JSON.stringify({ event: "bronze", job: "j", run_id: "r", seconds })) ?? "";
  expect(parts.filter((part) => !line.includes(`${part}:1.5`))).toEqual([]);
});

describe("hints", () => {
  test.each([
    [
      "role_trust",
      "JobName:x and JobRunId:y failed to execute with exception Role arn:aws:iam::1:role/r should be given assume role permissions for Glue Service.",
    ],
    ["hudi_jar", "java.lang.ClassNotFoundException: Failed to find data source: hudi. Please find packages at"],
    ["hudi_schema", "org.apache.hudi.exception.MissingSchemaFieldException: Schema validation failed"],
    ["catalog_sync", "org.apache.hudi.exception.HoodieMetaSyncException: Could not sync using the meta sync class"],
    ["memory", "java.lang.OutOfMemoryError: Java heap space"],
    ["concurrent_job", "Concurrent runs exceeded for workflow: foo."],
    ["python_import", "ModuleNotFoundError: No module named 'metriccare_etl'"],
  ])("%s", (id, text) => expect(hintFor([text])?.id).toBe(id));
  test("nothing known, nothing said", () => expect(hintFor(["RuntimeError: boom"])).toBeUndefined());
  test("ids are unique", () => expect(new Set(HINTS.map((hint) => hint.id)).size).toBe(HINTS.length));
});
