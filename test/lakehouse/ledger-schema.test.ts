import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import registry from "../../glue-scripts/metriccare_etl/schemas/lakehouse.json" with { type: "json" };
import schema from "../../glue-scripts/metriccare_ledger/ledger.json" with { type: "json" };
import { ATTRIBUTES, type Attribute, fixedOf, updateOf } from "../../src/lakehouse/ledger.ts";
import { LIST_FIELDS, SHOW_FIELDS } from "../../src/operate/ledger/fields.ts";
import { fileIdOf, parseFileId } from "../../src/operate/ledger/file-id.ts";
import { detailOf, fileOf, type Item, type LedgerFile } from "../../src/operate/ledger/item.ts";
import { repository } from "../harness/project.ts";

/** Attributes whose names are words of every day, or of other things too: of these, only what reads or writes an item counts. */
const WORDS = new Set<Attribute>([
  "attempt", // of job runs
  "bucket",
  "dataset", // of jobs
  "entity", // of an ARN
  "error",
  "etag",
  "event_ms", // of an event of S3, before it is in the ledger
  "failed_files", // of runs, as `runs` tells them
  "files",
  "generation",
  "history",
  "key",
  "last_ms",
  "link",
  "lost",
  "pending",
  "records_in", // of a job's report of a file
  "run_id", // of runs
  "sequencer",
  "size",
  "status",
  "verdict", // of runs
  "version",
  "version_id", // of an object
]);

const sources = ["src", "glue-scripts"].flatMap((folder) =>
  readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|py|json)$/.test(name) && !name.includes("__pycache__"))
    .map((name) => join(repository, folder, name)),
);
const texts = new Map(sources.map((file) => [relative(repository, file), readFileSync(file, "utf8")]));

/** How code says an attribute of an item: as a name behind `#x`, as a member of an item, as a value of DynamoDB's. */
const asAttribute = (name: string): RegExp =>
  new RegExp(
    [
      `"#\\w+"\\]?(:| =) f?"${name}"`,
      `\\["${name}"( satisfies Attribute)?\\]\\??\\.?\\[?"?[SNLM]\\b`,
      `"${name}" satisfies Attribute`,
      `\\b${name}"?: \\{ ?"?[SNLM]"?:`,
      `(text|number)\\(\\w+, "${name}"\\)`,
      `AttributeName"?: "${name}"`,
      `(self|item)(\\.get\\(|\\[)"${name}"`,
      `"${name}": \\{\\s+"type"`,
    ].join("|"),
  );

const spelt = (name: Attribute): string[] =>
  [...texts]
    .filter(([, text]) => (WORDS.has(name) ? asAttribute(name) : new RegExp(`\\b${name}\\b`)).test(text))
    .map(([file]) => file);

test.each(Object.keys(ATTRIBUTES) as Attribute[])("%s is spelt in four source files at most", (name) => {
  const files = spelt(name);
  expect(files).toContain("glue-scripts/metriccare_ledger/ledger.json");
  expect(files.length, files.join(", ")).toBeLessThanOrEqual(4);
});

test("ids are spelt by the description alone", () => {
  const said = [...texts].filter(([, text]) => /["'`](KEY|RUN|READING|DRAIN|WINDOW)#/.test(text)).map(([file]) => file);
  expect(said).toEqual(["glue-scripts/metriccare_ledger/ledger.json"]);
});

test("counts of rows are those of the registry's datasets", () => {
  expect(schema.datasets).toEqual(Object.keys(registry.datasets));
  for (const dataset of schema.datasets) expect(Object.keys(ATTRIBUTES)).toContain(`rows_${dataset}`);
});

test("one module of each language writes items", () => {
  const writers = [...texts]
    .filter(([, text]) => /\.(update_item|put_item|transact_write_items|delete_item)\(|TransactItems/.test(text))
    .map(([file]) => file);
  expect(writers.filter((file) => file.startsWith("glue-scripts/"))).toEqual([
    "glue-scripts/metriccare_ledger/table.py",
  ]);
  const ours = [...texts]
    .filter(
      ([file, text]) => file.startsWith("src/operate/") && /\b(updateItem|putItem|transactWriteItems)\(/.test(text),
    )
    .map(([file]) => file);
  expect(ours).toEqual(["src/operate/ledger/ledger.ts"]);
  const callers = [...texts].filter(([, text]) => /\bledger\.(update|create)\(/.test(text)).map(([file]) => file);
  expect(callers).toEqual(["src/operate/ledger/write.ts"]);
});

describe("ids", () => {
  test.each(schema.examples)("$id", ({ bucket, key, event_ms: ms, sequencer, id }) => {
    expect(fileIdOf(bucket, key, { ms, sequencer })).toBe(id);
    expect(parseFileId(id)).toMatchObject({ bucket, key, ms });
  });
  test.each(["raw/k", "raw/k#1-0", "#1714557600123-0", ""])("%j is none", (id) => {
    expect(parseFileId(id)).toBeUndefined();
  });
});

test("every field of `ledger list` and `show` is read from its attribute", () => {
  const ofFiles = Object.entries(ATTRIBUTES).filter(([, { items }]) => items.includes("file"));
  const item: Item = {
    id: { S: "the id" },
    ...Object.fromEntries(ofFiles.map(([name, { type }], at) => [name, type === "N" ? { N: `${at}` } : { S: name }])),
    status: { S: "skipped" },
  };
  const detail = new Map<string, unknown>(Object.entries(detailOf(fileOf(item, "id"))));
  expect([...detail.keys()]).toEqual([...LIST_FIELDS, ...SHOW_FIELDS]);
  expect(detail.get("file_id")).toBe("the id");
  expect([...detail.values()]).not.toContain(undefined);
  for (const [at, [name, { type, list, show, unit }]] of ofFiles.entries()) {
    const field = typeof show === "string" ? show : name;
    if ((!list && !show) || name === "status") continue;
    expect(detail.get(field), field).toBe(unit === "s" ? new Date(at * 1000).toISOString() : type === "N" ? at : name);
  }
});

test("what is absent is null, and an unknown state is none", () => {
  const file: LedgerFile = fileOf({ status: { S: "odd" } }, "id");
  expect(file).toMatchObject({ fileId: "", status: "received", attempt: 0, leaseUntil: null, versionId: null });
});

describe("writes", () => {
  const ledger = { hashKey: "id", ttlAttribute: "expires" };

  test("an update with everything behind placeholders, and without an expiry", () => {
    const made = updateOf("skip", { by: "me", why: "no", at: "now", was: "failed", attempt: 3 }, ledger);
    expect(made.update).toMatch(/^SET #status = :is_skipped, .* REMOVE #pending, #lease_owner, #lease_until, #expiry$/);
    expect(made.condition).toBe("#status = :was AND #attempt = :attempt");
    expect(made.names).toMatchObject({ "#status": "status", "#expiry": "expires" });
    expect(made.values).toMatchObject({ ":is_skipped": "skipped", ":was": "failed", ":attempt": 3 });
  });

  test("a parameter that is not given takes its clause with it", () => {
    const given = updateOf("put_back", { was: "failed", attempt: 1, run_id: "wr_1" }, ledger);
    expect(given.condition).toBe("#status = :was AND #attempt = :attempt AND #run_id = :run_id");
    const not = updateOf("put_back", { was: "failed", attempt: 1 }, { hashKey: "id" });
    expect(not.condition).toBe("#status = :was AND #attempt = :attempt");
    expect(Object.keys(not.values)).toEqual([":is_received", ":is_1", ":was", ":attempt"]);
    expect(not.names).not.toHaveProperty("#expiry");
  });

  test("a new row says what the indexes are read by", () => {
    expect(fixedOf("record")).toEqual({ entity: "FILE", status: "received", attempt: 0, pending: "1" });
  });
});
