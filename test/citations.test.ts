import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** What is in the repository: neither built nor installed nor left behind by a run. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const texts = files.filter(
  (file) => /\.(ts|mjs|py|sql|cql|json|md|ya?ml|sh)$/.test(file) && !file.endsWith("-lock.json"),
);
const RULES = new Set([...read("docs/measures.md").matchAll(/\*\*([A-Z]\d[ab]?)\*\*/g)].map(([, id = ""]) => id));

/** Names in capitals of sheets that people keep beside a repository, cited by name and section or as a file. */
const SHEET = /\b[A-Z]{4,}(?:_[A-Z]+)*(?:\.md\b| [A-I]\.\d\b| \d\.\d+ to \d\.\d+)/g;
const MARKDOWN = /[\w./-]*\w\.md\b/g;

/** Where a document is meant from: the repository, its documents, or the citing file's own folder. */
const isThere = (cited: string, from: string): boolean =>
  [root, join(root, "docs"), join(root, dirname(from))].some((folder) => existsSync(resolve(folder, cited)));

test("no file cites a document that is not in the repository", () => {
  const wrong = texts.flatMap((file) => {
    const text = read(file);
    const cited = [...(text.match(SHEET) ?? []).filter((one) => !one.endsWith(".md")), ...(text.match(MARKDOWN) ?? [])];
    // Uploads of a test are named like documents.
    const known = (one: string): boolean => isThere(one, file) || /^(fhir|f)\/README\.md$/.test(one);
    return cited.filter((one) => !known(one)).map((one) => `${file}: ${one}`);
  });
  expect(wrong).toEqual([]);
});

test("each rule that is cited stands in docs/measures.md", () => {
  expect(RULES.size).toBeGreaterThan(30);
  // With the document's name anywhere; by the id alone in the data path and its tests, where nothing else is called so.
  const named = texts.flatMap((file) =>
    [...read(file).matchAll(/docs\/measures\.md[ (,:]{1,2}((?:[A-Z]\d[ab]?|,? (?:to|and|,)?|, )*)/g)].map(
      ([, ids = ""]) => [file, ids] as const,
    ),
  );
  const bare = texts
    .filter((file) => /^glue-scripts\/metriccare_etl\/.*\.(py|sql)$|^docs\/cql\/|^test\/python\/.*\.py$/.test(file))
    .map((file) => [file, read(file)] as const);
  const cited = [...named, ...bare].flatMap(([file, text]) =>
    // What is quoted is data: a name of a case, a code.
    [
      ...text
        .replaceAll('"""', "")
        .replace(/"[^"\n]*"|'[^'\n]*'/g, "")
        .matchAll(/(?<![\w.])([CEKMPSTV]\d[ab]?)(?![\w"'])/g),
    ].map(([, id = ""]) => [file, id] as const),
  );
  expect(cited.length).toBeGreaterThan(25);
  expect(cited.filter(([, id]) => !RULES.has(id)).map(([file, id]) => `${basename(file)}: ${id}`)).toEqual([]);
});
