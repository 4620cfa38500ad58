import { z } from "zod";

const text = z.string().min(1);

const csv = z.strictObject({
  delimiter: text.max(1).default(","),
  quote: text.max(1).default('"').describe("QuoteSymbol."),
  containsHeader: z.enum(["UNKNOWN", "PRESENT", "ABSENT"]).default("UNKNOWN"),
  header: z.array(text).default([]),
  disableValueTrimming: z.boolean().default(false),
  allowSingleColumn: z.boolean().default(false),
  datatypes: z.array(text).default([]).describe("CustomDatatypes, in the order of the header."),
  serde: z.enum(["None", "OpenCSVSerDe", "LazySimpleSerDe"]).default("None"),
});

/** How a crawler tells what a file is. */
export const classifierSection = z
  .strictObject({
    name: text
      .max(255)
      .optional()
      .describe(
        "Name in AWS: starts with <project>_ and ends with _<env>, because AWS has no tags there and the name is the mark. Default: <project>_<id>_<env>.",
      ),
    formerly: text.max(255).optional().describe("Id or name in AWS that it had before."),
    grok: z
      .strictObject({
        classification: text,
        pattern: text.max(2048),
        customPatterns: z.string().max(16_000).default(""),
      })
      .optional()
      .describe("Lines of text, by a grok pattern."),
    csv: csv.optional(),
    json: z.strictObject({ path: text }).optional().describe("JsonPath of what becomes a row."),
    xml: z.strictObject({ classification: text, rowTag: text }).optional(),
  })
  .refine(
    ({ grok, csv: table, json, xml }) => [grok, table, json, xml].filter((one) => one !== undefined).length === 1,
    {
      error: "a classifier says one of grok, csv, json and xml",
    },
  );
export type ClassifierConfig = z.output<typeof classifierSection>;
