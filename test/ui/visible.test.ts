import { PassThrough } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Plan } from "../../src/engine/types.ts";
import { report } from "../../src/cli/report.ts";
import { failed } from "../../src/cli/errors.ts";
import { applyView } from "../../src/ui/apply.ts";
import { alertsView, checkLine } from "../../src/ui/doctor.ts";
import { ingestView } from "../../src/ui/ingest.ts";
import { auditView, backfillView, changeView, quarantineLines, whereLines } from "../../src/ui/ledger.ts";
import { findingLines, planLines } from "../../src/ui/plan.ts";
import { runView } from "../../src/ui/run.ts";
import { table } from "../../src/ui/table.ts";
import { terminal, type Terminal } from "../../src/ui/terminal.ts";
import { coloured, visible, visibleJson } from "../../src/ui/visible.ts";

function screen(options: { json?: boolean; colour?: boolean } = {}): { term: Terminal; text: () => string } {
  let written = "";
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => (written += chunk.toString("utf8")));
  const env = options.colour === false ? { NO_COLOR: "1" } : { FORCE_COLOR: "1" };
  const term = terminal({ stdin: new PassThrough(), stdout: stream, stderr: stream, env }, options.json ?? false);
  return { term, text: () => written };
}

const at = "2026-01-02T03:04:05Z";
const address = (name: string) => ({ kind: "s3.bucket", id: name, name });

/** Every view that shows names and messages of AWS, with one hostile word wherever such a word may come. */
const VIEWS: Readonly<Record<string, (term: Terminal, word: string) => void>> = {
  table: (term, word) => {
    for (const line of table(
      [{ title: "key" }, { title: "n" }],
      [
        [word, 1],
        [term.paint.red(word), 2],
      ],
    ))
      term.line(line);
  },
  where: (term, key) => {
    const lines = whereLines(term, {
      bucket: "b",
      key,
      object: { size: 1, modified: at, etag: key },
      generations: [
        {
          generation: 1,
          status: key,
          attempt: 1,
          newest: true,
          run_id: key,
          run: null,
          tables: [{ table: key, rows: 1, commits: [key] }],
          error: key,
        },
      ],
      said: key,
      next: key,
    } as never);
    for (const line of lines) term.line(line);
  },
  quarantine: (term, key) => {
    const rows = [{ key, line: 1, entry: null, reason: key, run_id: key, solved: false }];
    for (const line of quarantineLines(rows as never)) term.line(line);
  },
  ledger: (term, key) => {
    changeView(
      term,
      "after",
    )({ type: "changed", file_id: key, key, from: "failed", to: "received", why: key } as never);
    backfillView(
      term,
      true,
    )({ type: "gap", key, version_id: null, size: 1, why: key, newest: true, inBronze: false } as never);
  },
  audit: (term, key) => {
    const view = auditView(term);
    view({ type: "step", what: key } as never);
    view({ type: "finding", code: "lost", level: "error", key, file_id: key, text: key, repair: key } as never);
    view({ type: "repair", what: key, count: 1 } as never);
  },
  ingest: (term, key) => {
    const view = ingestView(term);
    view({ type: "selected", files: 1, bytes: 1, skipped: [{ path: key, why: key }] } as never);
    view({ type: "file", key, status: "received", error: key } as never);
    view({ type: "note", text: key } as never);
    view({
      type: "finished",
      files: [{ key, status: "failed", error: key }],
      runs: [],
      error: { code: "x", text: key, fix: key },
    } as never);
  },
  run: (term, word) => {
    const view = runView(term);
    view({ type: "started", runId: word, workflow: word, because: word });
    view({ type: "job", key: word, name: word, state: word, attempt: 1, seconds: 1, jobRunId: word, error: word });
    view({ type: "reconnecting", text: word } as never);
    view({
      type: "failure",
      key: word,
      name: word,
      state: word,
      cause: word,
      log: [{ type: "log", stream: "error", at, text: word }],
      next: word,
    });
    view({
      type: "finished",
      verdict: "failed",
      runId: word,
      jobs: [{ key: word, name: word, state: "FAILED", seconds: 1 }],
      calls: 1,
      ms: 1,
      error: { code: "run_error", text: word, fix: word },
    });
  },
  plan: (term, word) => {
    const plan = {
      mode: "apply",
      steps: [
        {
          action: "update",
          address: address(word),
          because: word,
          attributes: [{ path: word, before: word, after: `${word}2` }],
        },
        { action: "create", address: address(word), attributes: [] },
      ],
      findings: [{ code: "x", level: "error", at: word, text: word, fix: word }],
    } as unknown as Plan;
    for (const line of planLines(plan, term)) term.line(line);
    for (const line of findingLines(plan.findings, term)) term.line(line);
  },
  apply: (term, word) => {
    const view = applyView(term);
    view({ type: "step-progress", address: address(word), text: word } as never);
    view({ type: "step-failed", address: address(word), error: { code: "run_error", text: word, fix: word } } as never);
    view({ type: "step-skipped", address: address(word), because: word } as never);
  },
  doctor: (term, word) => {
    checkLine(term, { type: "check", check: word, ok: false, level: "error", text: word, fix: word } as never);
    const view = alertsView(term);
    view({
      type: "alert",
      job: word,
      name: word,
      state: word,
      ok: true,
      rules: [],
      reaches: [word],
      why: word,
    } as never);
    view({
      type: "finished",
      ok: false,
      covered: 0,
      missing: 1,
      confirmed: [word],
      pending: [word],
      sent: word,
      fix: word,
    } as never);
  },
};

const NASTY = [
  "\u001b[2J",
  "\u001b]0;title\u0007",
  "\n✓ done",
  "\r\n",
  "\t",
  "\u0085",
  "\u009b31m",
  "\u007f",
  "\u202e",
  "\u2028",
  "\u2029",
  "\u2066",
  "\u200f",
  "\u061c",
  "\u200b",
  "\ufeff",
  "\u{e0041}",
  "\u0011deadbeef:31\u0012",
  "\ud800",
  "a",
  "ü",
  "漢",
  "/",
];
const hostile = fc
  .array(fc.constantFrom(...NASTY), { minLength: 1, maxLength: 8 })
  .map((parts) => `k${parts.join("")}k`);

// oxlint-disable-next-line no-control-regex -- what a terminal obeys is what is looked for
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Cf}]/u;
// oxlint-disable-next-line no-control-regex -- our own colours
const withoutColours = (text: string): string => text.replace(/\u001b\[(?:1|2|22|3[1236]|39)m/g, "");

describe("what comes from AWS forges nothing on the terminal", () => {
  it.each(Object.keys(VIEWS))("%s", (name) => {
    const show = VIEWS[name]!;
    const tame = screen();
    show(tame.term, "key");
    expect(tame.text()).toContain("key");
    fc.assert(
      fc.property(hostile, (word) => {
        const { term, text } = screen();
        show(term, word);
        expect(withoutColours(text())).not.toMatch(FORBIDDEN);
        expect(text().split("\n")).toHaveLength(tame.text().split("\n").length);
        const plain = screen({ colour: false });
        show(plain.term, word);
        expect(plain.text()).not.toMatch(FORBIDDEN);
        expect(plain.text()).not.toContain("\u001b");
        expect(plain.text()).toBe(withoutColours(text()));
      }),
      { numRuns: 60 },
    );
  });

  test("JSON stays what it says, on one line, without a character that a terminal obeys", () => {
    fc.assert(
      fc.property(hostile, (key) => {
        const { term, text } = screen({ json: true });
        term.emit({ key });
        expect(text().slice(0, -1)).not.toMatch(FORBIDDEN);
        expect(text().split("\n")).toHaveLength(2);
        expect(JSON.parse(text())).toEqual({ key });
      }),
    );
  });

  test("a failure's message is one line, whatever AWS said in it", async () => {
    const { term, text } = screen({ colour: false });
    await report({ term } as never, failed("no_run", "no such key a\nerror forged\u001b[1m", "look at a\nb"));
    expect(text()).toBe("error no such key a\\nerror forged\\u001b[1m [no_run]\n      look at a\\nb\n");
  });
});

test("a cell keeps its column, however its text is escaped", () => {
  expect(
    table(
      [{ title: "key" }, { title: "n" }],
      [
        ["a\nb", 1],
        ["abcd", 2],
      ],
    ),
  ).toEqual(["key   n", "a\\nb  1", "abcd  2"]);
});

test("what is not hidden stays as it is", () => {
  for (const text of ["ward 7/Ünï-漢字 (2).json", "✓ – … → µ", "é", ""]) {
    expect(visible(text)).toBe(text);
    expect(coloured(text)).toBe(text);
    expect(visibleJson(text)).toBe(JSON.stringify(text));
  }
});

test("several lines of our own stay several, each of them safe", () => {
  const { term, text } = screen({ colour: false });
  term.block("a: 1\nb: \u001b[2J\nc: 3");
  expect(text()).toBe("a: 1\nb: \\u001b[2J\nc: 3\n");
});
