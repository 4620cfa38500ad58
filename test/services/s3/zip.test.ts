import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterEach, expect, test } from "vitest";
import { readFolder, zipFiles } from "../../../src/services/s3/zip.ts";
import { sha256Hex } from "../../../src/services/s3/content.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("the same files give the same zip, in any order, at any time, in any time zone", () => {
  const zone = process.env["TZ"];
  const one = zipFiles({ "b.py": bytes("b"), "a/ä.py": bytes("a"), "2": bytes("two") });
  process.env["TZ"] = "Asia/Tokyo";
  const two = zipFiles({ "2": bytes("two"), "a/ä.py": bytes("a"), "b.py": bytes("b") });
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
  expect(sha256Hex(two)).toBe(sha256Hex(one));
  expect(Object.keys(unzipSync(one)).toSorted()).toEqual(["2", "a/ä.py", "b.py"]);
});

test("the bytes of a zip are pinned: another library version or platform must not change what is deployed", () => {
  expect(sha256Hex(zipFiles({ "main.py": bytes("print(1)\n") }))).toMatchInlineSnapshot(
    `"bccebb53a614f48bf8833226e5d577873f8060405cf1f0dcb0c8f3be416f8010"`,
  );
});

test("a folder is read without what interpreters and editors leave behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "metriccare-zip-"));
  folders.push(folder);
  mkdirSync(join(folder, "__pycache__"));
  mkdirSync(join(folder, "inner"));
  for (const name of ["a.py", "inner/b.py", "a.pyc", ".DS_Store", "__pycache__/a.py", "a.py~"]) {
    writeFileSync(join(folder, name), name);
  }
  expect(Object.keys(readFolder(folder, "pkg"))).toEqual(["pkg/a.py", "pkg/inner/b.py"]);
});
