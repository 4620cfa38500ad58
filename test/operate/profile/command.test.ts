import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { parse } from "yaml";
import { afterAll, describe, expect, test } from "vitest";
import { profileTables } from "../../../src/operate/profile/index.ts";
import { inProcess } from "../../harness/in-process.ts";
import { diskS3, stubContext } from "../support.ts";
import { mimic, ndjson } from "./mimic.ts";

const NOW = Date.UTC(2026, 10, 30, 12);
const folder = mkdtempSync(join(tmpdir(), "profile-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A Bronze table as Hudi lays it out, of these resources. */
function table(name: string, resources: readonly Record<string, unknown>[]): void {
  const base = join(folder, "s3", "bronze", name);
  mkdirSync(join(base, ".hoodie"), { recursive: true });
  writeFileSync(join(base, ".hoodie", "20261125090103116.commit"), "{}");
  const data = resources.map((one) => JSON.stringify(one));
  const file = parquetWriteBuffer({ columnData: [{ name: "resource", data, type: "STRING" }] });
  writeFileSync(join(base, "f1-0_0-16-15_20261125090103116.parquet"), new Uint8Array(file));
}

describe("the command", () => {
  const file = join(folder, "export.ndjson");
  writeFileSync(file, ndjson(mimic(60, { local: true })));

  test("needs neither project nor AWS for files, and ends with the config", async () => {
    const { code, out } = await inProcess(folder, ["profile", file]);
    expect(code).toBe(0);
    const config = parse(out.slice(out.indexOf("measures:"))) as { measures: { timeZone: string } };
    expect(config.measures.timeZone).toBe("America/New_York");
    expect(out).not.toMatch(/\bundefined\b|NaN|\[object/);
  });

  test("--yaml prints the config alone, --json all of it", async () => {
    const yaml = await inProcess(folder, ["profile", "--yaml", file]);
    const json = await inProcess(folder, ["profile", "--json", file]);
    const found = JSON.parse(json.out) as { config: unknown; yaml: string };
    expect(parse(yaml.out)).toEqual(found.config);
    expect(yaml.out.trimEnd()).toBe(found.yaml);
  });

  test.each([
    [["profile"], /nothing to profile/],
    [["profile", "nowhere.ndjson"], /does not exist/],
  ])("%j is bad usage", async (argv, text) => {
    const { code, err } = await inProcess(folder, argv);
    expect([code, err]).toEqual([64, expect.stringMatching(text)]);
  });
});

describe("tables", () => {
  test("say what their files say", async () => {
    const resources = mimic(60, { local: true });
    for (const name of ["Patient", "Encounter", "Condition"])
      table(
        name.toLowerCase(),
        resources.filter((one) => one["resourceType"] === name),
      );
    const ctx = stubContext({ s3: diskS3(join(folder, "s3")) });
    const found = await profileTables(ctx, "bronze", { now: NOW });
    const { out } = await inProcess(folder, ["profile", "--json", join(folder, "export.ndjson")]);
    const files = JSON.parse(out) as object;
    expect({ ...JSON.parse(JSON.stringify(found)), source: 0 }).toEqual({ ...files, source: 0 });
  });

  test("that are not there yet are no profile", async () => {
    const ctx = stubContext({ s3: diskS3(join(folder, "s3")) });
    mkdirSync(join(folder, "s3", "empty"), { recursive: true });
    await expect(profileTables(ctx, "empty", { now: NOW })).rejects.toMatchObject({ code: "no_resources" });
  });
});
