import type { CORSRule } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { Coverage } from "../../coverage.ts";
import { sameJson, unless } from "../../kit.ts";
import { keyOfId, orUndefined, ourEntries, ourId, type Place, type S3, type Setting, whole } from "./setting.ts";

/** A rule of who may call the bucket from a browser. */
export const corsSchema = z.strictObject({
  methods: z
    .array(z.enum(["GET", "PUT", "POST", "DELETE", "HEAD"]))
    .min(1)
    .describe("AllowedMethods."),
  origins: z
    .array(
      z
        .string()
        .min(1)
        .regex(/^[^*]*\*?[^*]*$/, "an origin with at most one *"),
    )
    .min(1)
    .describe("AllowedOrigins: such as https://www.example.org; one * stands for anything."),
  headers: z
    .array(
      z
        .string()
        .min(1)
        .regex(/^[^*]*\*?[^*]*$/, "a header with at most one *"),
    )
    .optional()
    .describe("AllowedHeaders: what a preflight may ask for."),
  exposeHeaders: z.array(z.string().min(1)).optional().describe("ExposeHeaders: what a script may read of an answer."),
  maxAgeSeconds: z
    .int()
    .min(0)
    .optional()
    .describe("MaxAgeSeconds: how long a browser keeps the answer of a preflight."),
});
export type Cors = z.output<typeof corsSchema>;
type Rules = Readonly<Record<string, Cors>>;

export const coverage = {
  ID: "identity",
  AllowedHeaders: "managed",
  AllowedMethods: "managed",
  AllowedOrigins: "managed",
  ExposeHeaders: "managed",
  MaxAgeSeconds: "managed",
} satisfies Coverage<CORSRule>;

const METHODS = new Set<string>(["GET", "PUT", "POST", "DELETE", "HEAD"]);
const isMethod = (text: string): text is Cors["methods"][number] => METHODS.has(text);

const fromAws = (rule: CORSRule): Cors => ({
  methods: (rule.AllowedMethods ?? []).filter(isMethod),
  origins: rule.AllowedOrigins ?? [],
  ...(rule.AllowedHeaders?.length ? { headers: rule.AllowedHeaders } : {}),
  ...(rule.ExposeHeaders?.length ? { exposeHeaders: rule.ExposeHeaders } : {}),
  ...(rule.MaxAgeSeconds === undefined ? {} : { maxAgeSeconds: rule.MaxAgeSeconds }),
});

const toAws = (key: string, { methods, origins, headers, exposeHeaders, maxAgeSeconds }: Cors): CORSRule => ({
  ID: ourId(key),
  AllowedMethods: [...methods],
  AllowedOrigins: [...origins],
  ...(headers?.length ? { AllowedHeaders: [...headers] } : {}),
  ...(exposeHeaders?.length ? { ExposeHeaders: [...exposeHeaders] } : {}),
  ...(maxAgeSeconds === undefined ? {} : { MaxAgeSeconds: maxAgeSeconds }),
});

const UNSET = ["NoSuchCORSConfiguration"] as const;

/** PutBucketCors replaces all rules: those of other people are read at the last moment and sent along. */
async function put(s3: S3, at: Place, rules: Rules): Promise<unknown> {
  const present = await unless(UNSET, s3.getBucketCors(at));
  const foreign = (present?.CORSRules ?? []).filter(({ ID }) => keyOfId(ID) === undefined);
  const CORSRules = [...foreign, ...Object.entries(rules).map(([key, rule]) => toAws(key, rule))];
  return CORSRules.length > 0 ? s3.putBucketCors({ ...at, CORSConfiguration: { CORSRules } }) : s3.deleteBucketCors(at);
}

/** The first rule that matches decides: their order counts. */
const entries = (value: unknown): unknown => Object.entries(value ?? {});

export const cors: Setting<Rules> = whole<Rules>({
  actions: ["s3:GetBucketCORS", "s3:PutBucketCORS"],
  absent: UNSET,
  equal: (live, wanted) => sameJson(entries(live), entries(wanted)),
  get: async (s3, at) => {
    const { CORSRules } = await s3.getBucketCors(at);
    return orUndefined(ourEntries(CORSRules, ({ ID }) => ID, fromAws));
  },
  put,
  remove: (s3, at) => put(s3, at, {}),
});
