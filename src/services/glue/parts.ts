import { z } from "zod";
import { scalarSchema } from "../parts.ts";
import { reference } from "../reference.ts";

export const argumentKey = z.string().regex(/^--/, "job arguments start with --");
export const jobArguments = z.record(argumentKey, scalarSchema).default({});

export const sparkUi = z.strictObject({
  bucket: reference("buckets").optional().describe("Id of the bucket of the event logs."),
  prefix: z.string().default("spark-ui/").describe("Beginning of their keys."),
  url: z.string().min(1).optional().describe("s3://… in place of bucket and prefix."),
});

export const securityReference = reference("securityConfigurations", { byName: true });

export const WORKER_TYPES = [
  "Standard",
  "G.1X",
  "G.2X",
  "G.4X",
  "G.8X",
  "G.12X",
  "G.16X",
  "G.025X",
  "R.1X",
  "R.2X",
  "R.4X",
  "R.8X",
] as const;
/** The newest are what people write; the older ones run on where they run already. */
export const GLUE_VERSIONS = ["4.0", "5.0", "5.1", "6.0", "3.0", "2.0", "1.0"] as const;
export const JOB_TYPES = ["glueetl", "gluestreaming", "pythonshell"] as const;

export const scriptSchema = z
  .string()
  .min(1)
  .describe(
    "Script, relative to the project folder, which apply uploads to the same key; or s3://… that lies there already.",
  );
export const jobRoleSchema = reference("roles", { passedTo: "glue.amazonaws.com" });
