import { z } from "zod";
import { descriptionSchema, existingSchema, formerlySchema, nameSchema, scalarSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";
import { aliasName } from "./words.ts";

/** Where events go: one of the two. */
export const destinationSchema = z.strictObject({
  queue: reference("queues").optional(),
  topic: reference("topics").optional(),
});

/** The image in place of a zip. */
const imageSchema = z.strictObject({
  uri: z
    .string()
    .regex(/^\d{12}\.dkr\.ecr\.[a-z0-9.-]+\/[a-z0-9._/-]+(:[\w.-]+|@sha256:[a-f0-9]{64})$/, {
      error: "an image is named <account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag> or …@sha256:<digest>",
    })
    .describe("ImageUri, in a repository of ECR. With a digest it always is the same image."),
  command: z.array(z.string()).max(1500).default([]),
  entryPoint: z.array(z.string()).max(1500).default([]),
  workingDirectory: z.string().min(1).max(1000).optional(),
});

const levelSchema = z.enum(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]);

const aliasSchema = z.strictObject({
  version: z
    .union([z.literal(["newest", "$LATEST"]), z.int().min(1)])
    .default("newest")
    .describe("The number of a version; newest follows what `publish` has published last."),
  description: z.string().max(256).default(""),
  routing: z
    .record(z.string().regex(/^\d+$/, "the number of a version"), z.number().min(0).max(1))
    .default({})
    .describe("Another version and its part of the calls: {7: 0.1}."),
  provisionedConcurrency: z
    .int()
    .min(1)
    .optional()
    .describe("Instances that are kept warm. They cost while nothing runs."),
});

const permissionSchema = z.strictObject({
  principal: z
    .string()
    .regex(
      /^([a-z0-9.-]+\.amazonaws\.com(\.cn)?|\d{12}|arn:[^:]+:(iam|sts)::\d{12}:.+)$/,
      "a service such as apigateway.amazonaws.com, an account of twelve digits, or the ARN of a role or user",
    )
    .describe("Who may call. Nobody may let everybody in: `*` is refused."),
  sourceArn: z.string().min(1).optional().describe("Only on behalf of this: the ARN of what calls."),
  sourceAccount: z
    .string()
    .regex(/^\d{12}$/, "an account has twelve digits")
    .optional()
    .describe("Only on behalf of this account."),
  organization: z
    .string()
    .regex(/^o-[a-z0-9]{10,32}$/, "an organisation is named o-…")
    .optional()
    .describe("PrincipalOrgID: only of this organisation."),
  eventSourceToken: z.string().min(1).max(256).optional().describe("Of Alexa: the id of the skill."),
  alias: aliasName.optional().describe("One of `aliases`. Default: its newest code."),
});

/** Words that every function has, the pipeline's own too. */
export const functionWords = {
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  s3Bucket: z
    .string()
    .optional()
    .describe("Code that lies in a bucket: an id of `buckets`, or the name of one elsewhere."),
  s3Key: z
    .string()
    .optional()
    .describe("Its key. Without one, in a bucket of ours, apply uploads the zip of `source`."),
  s3ObjectVersion: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe("One version of that object, in a bucket with versioning. Default: the newest."),
  timeout: z.int().min(1).max(900).default(60).describe("Seconds."),
  memory: z.int().min(128).max(10_240).default(256).describe("MB."),
  ephemeralStorage: z.int().min(512).max(10_240).default(512).describe("MB under /tmp."),
  architecture: z.enum(["x86_64", "arm64"]).default("x86_64"),
  environment: z
    .record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]+$/, "names of variables are letters, digits and _"), scalarSchema)
    .default({})
    .describe("Added to what the function is told anyway (GLUE_WORKFLOW_NAME, LEDGER_TABLE, …)."),
  kmsKeyArn: z.string().optional().describe("Key for the environment variables; default: Lambda's own."),
  maxEventAge: z.int().min(60).max(21_600).default(21_600).describe("Seconds."),
  logFormat: z.enum(["Text", "JSON"]).default("Text"),
  tracing: z.enum(["PassThrough", "Active"]).default("PassThrough").describe("Active: X-Ray."),
  reservedConcurrency: z.int().min(0).optional(),
  vpc: z
    .strictObject({
      subnets: z
        .array(z.string().regex(/^subnet-[0-9a-z]+$/, "ids of subnets begin with subnet-"))
        .min(1)
        .max(16),
      securityGroups: z
        .array(z.string().regex(/^sg-[0-9a-zA-Z]+$/, "ids of security groups begin with sg-"))
        .min(1)
        .max(5),
      ipv6: z.boolean().default(false).describe("Ipv6AllowedForDualStack."),
    })
    .optional()
    .describe("Network that it reaches. Its role gets the right to make network interfaces."),
  layers: z
    .array(
      z
        .string()
        .regex(
          /^arn:[^:]+:lambda:[^:]+:\d{12}:layer:[\w-]+:\d+$/,
          "ARNs of layers end with a version: …:layer:<name>:<version>",
        ),
    )
    .min(1)
    .max(5)
    .optional()
    .describe("ARNs of versions of layers; a later one covers an earlier one."),
  deadLetter: destinationSchema
    .optional()
    .describe("DeadLetterConfig: where events go that it failed on, without what `onFailure` tells beside them."),
  onSuccess: destinationSchema.optional().describe("Where asynchronous events go that it has dealt with."),
  fileSystem: z
    .strictObject({
      accessPoint: z
        .string()
        .regex(
          /^arn:[^:]+:elasticfilesystem:[^:]+:\d{12}:access-point\/fsap-[0-9a-f]{17}$/,
          "the ARN of an access point",
        ),
      path: z
        .string()
        .max(160)
        .regex(/^\/mnt\/[\w.-]+$/, "a path such as /mnt/data"),
    })
    .optional()
    .describe("An EFS access point and where it is mounted. Needs `vpc`."),
  image: imageSchema.optional().describe("Code from a container image, in place of `source`, `runtime` and `handler`."),
  snapStart: z.boolean().optional().describe("SnapStart of published versions."),
  logLevels: z
    .strictObject({ application: levelSchema.optional(), system: z.enum(["DEBUG", "INFO", "WARN"]).optional() })
    .optional()
    .describe("Least levels that are written, with `logFormat: JSON`."),
  sourceKmsKeyArn: z.string().optional().describe("Key that Lambda keeps the zip with; default: its own."),
  codeSigningConfig: z
    .string()
    .regex(
      /^arn:[^:]+:lambda:[^:]+:\d{12}:code-signing-config:csc-[a-z0-9]+$/,
      "the ARN of a code signing configuration",
    )
    .optional()
    .describe("ARN of the configuration that says who may sign its code."),
  publish: z.boolean().optional().describe("Publishes a version of each change of code or configuration."),
  aliases: z
    .record(aliasName, aliasSchema)
    .refine((all) => Object.keys(all).length > 0, "names at least one alias")
    .optional()
    .describe("Names for versions. Others on the function are then drift."),
  permissions: z
    .record(z.string().regex(/^\w{1,80}$/, "ids are letters, digits and _"), permissionSchema)
    .optional()
    .describe("Who may call it, beside the buckets, rules and topics of the config that name it."),
  tags: tagsSchema,
};

export const runtimeSchema = z
  .enum(["python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"])
  .default("python3.12");
/** Of a further function, in any language that Lambda runs. */
export const anyRuntimeSchema = z
  .string()
  .regex(
    /^(python(2\.7|3\.[6-9]|3\.[1-9]\d)|nodejs\d+\.x|java\d+(\.al2)?|dotnet(core\d\.\d|\d+)|ruby\d\.\d|provided(\.al\d+)?|go1\.x)$/,
    "a runtime of Lambda: python3.12, nodejs22.x, java21, …",
  )
  .default("python3.12");
export const handlerSchema = z.string().max(128);
export const sourceSchema = z.string().min(1);
export const roleSchema = reference("roles", { passedTo: "lambda.amazonaws.com" });
export const retriesSchema = z.int().min(0).max(2).default(2);

/** One function. */
export const functionSection = z.strictObject({
  ...functionWords,
  existing: existingSchema,
  role: roleSchema.default("").describe("Id or ARN of the role."),
  handler: handlerSchema.default("index.handler"),
  runtime: anyRuntimeSchema,
  source: sourceSchema.optional().describe("Folder with the code; sent as a zip."),
  maxRetryAttempts: retriesSchema.describe("Of events that it failed on, before they go to `onFailure`."),
  onFailure: destinationSchema.optional().describe("Where events go that it failed on for good."),
});
export type FunctionConfig = z.output<typeof functionSection>;
