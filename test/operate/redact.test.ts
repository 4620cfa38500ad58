import { describe, expect, test } from "vitest";
import { HINTS, hintFor } from "../../src/operate/hints.ts";
import { redact, redactText } from "../../src/operate/redact.ts";

describe("what may come from the input is masked", () => {
  test.each([
    ["ValueError: could not convert string to float: 'Smith'", "ValueError: could not convert string to float: '…'"],
    [`java.time.DateTimeException: cannot parse "1950-13-02"`, `java.time.DateTimeException: cannot parse "…"`],
    ['Malformed record: {"resourceType":"Patient","name":[{"family":"Smith"}]}', "Malformed record: {…}"],
    ["born 1950-01-02 in ward 7", "born … in ward 7"],
    ["MRN 4711081 not found", "MRN … not found"],
    ["call 555-123-4567 or j.smith@example.org, SSN 999-12-3456", "call … or …, SSN …"],
    ["no stay for Encounter/8b0484cd-3dbd-8b8d-1b72-a32f74a5a846 here", "no stay for Encounter/… here"],
    ["id 8b0484cd-3dbd-8b8d-1b72-a32f74a5a846", "id …"],
    ["Row(id='x9', name='Anna')", "Row(id='…', name='…')"],
    [
      `org.apache.spark.SparkException: [CAST_INVALID_INPUT] The value 'O''Brien' of the type "STRING"`,
      `org.apache.spark.SparkException: [CAST_INVALID_INPUT] The value '…''…' of the type "…"`,
    ],
  ])("%s", (line, safe) => expect(redact(line)).toBe(safe));
});

describe("what is ours stays readable", () => {
  test.each([
    "Traceback (most recent call last):",
    '  File "/tmp/glue/bronze_patient.py", line 12, in main',
    '    raise RuntimeError("not_found")',
    "RuntimeError: boom, on purpose",
    "KeyError: 'patient_id'",
    "org.apache.hudi.exception.HoodieException: table s3://metriccare-gold-dev-123456789012-us-east-1/hai/ has no commit 20240501101530123",
    "\tat org.apache.spark.sql.execution.QueryExecution.eagerlyExecuteCommands(QueryExecution.scala:98)",
    "2024-05-01 10:00:00,123 INFO bronze: dataset=patient files=3 records_in=120 quarantined=1",
    "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
    "run wr_8b0484cd3dbd8b8d1b72a32f74a5a846 doesn't answer",
    "Missing argument '--ledger_table'",
    "AnalysisException: [UNRESOLVED_COLUMN] 'birth_date' cannot be resolved",
  ])("%s", (line) => expect(redact(line)).toBe(line));
});

test("our jobs' own lines are told as counts, other people's JSON is masked", () => {
  expect(
    redact('{"event": "bronze", "job": "metriccare_bronze_patient_local", "files": 3, "rows": 13, "run_id": "wr_1"}'),
  ).toBe("bronze files=3 rows=13");
  expect(redact('{"as_of": "2023-06-30", "event": "gold", "job": "j", "outcome": "written", "run_id": "wr_1"}')).toBe(
    "gold as_of=2023-06-30 outcome=written",
  );
  expect(redact('{"event": "gold", "job": "j", "name": "Smith", "list": ["Smith"], "run_id": "wr_1"}')).toBe(
    "gold name=… list=…",
  );
  expect(redact('{"event": "login", "name": "Smith"}')).toBe("{…}");
});

test("a long text is cut", () => {
  expect(redactText("a\n".repeat(100), 3).split("\n")).toHaveLength(3);
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
