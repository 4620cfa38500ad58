import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { jsonSchemas, jsonSchemaText } from "../../src/lakehouse/json-schema.ts";

const CONFIG = resolve(import.meta.dirname, "../../config");

describe("the JSON schemas beside the config", () => {
  it.each(Object.entries(jsonSchemas()))("%s is current (`npm run schema` writes it)", async (file, schema) => {
    await expect(jsonSchemaText(schema)).toMatchFileSnapshot(resolve(CONFIG, file));
  });

  it("lets an overlay leave out everything", () => {
    expect(jsonSchemaText(jsonSchemas()["environment.schema.json"] ?? {})).not.toContain('"required": [');
  });
});
