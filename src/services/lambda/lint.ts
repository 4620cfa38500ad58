import type { FindingCode } from "../../codes/index.ts";
import { type Address, addressText, type Finding } from "../../engine/types.ts";
import { clashes } from "./lint-settings.ts";
import type { FunctionProps } from "./props.ts";

/** Lambda refuses variables with these names. */
const RESERVED = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
]);

/** Source: Lambda's service model. */
const NAME = /^[a-zA-Z]\w+$/;

/** What Lambda would refuse. */
export function lint(address: Address, props: FunctionProps): readonly Finding[] {
  const at = addressText(address);
  const error = (code: FindingCode, text: string, fix: string): Finding => ({ code, level: "error", at, text, fix });
  const size = Object.entries(props.environment).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const within = (code: FindingCode, value: number, from: number, to: number, unit: string): readonly Finding[] =>
    value >= from && value <= to ? [] : [error(code, `${value} ${unit} is not possible`, `Choose ${from} to ${to}.`)];
  return [
    ...([props.codeSha256 ?? undefined, props.codeS3 ?? undefined, props.imageUri].filter((one) => one !== undefined)
      .length !== 1
      ? [
          error(
            "function_code",
            "a function needs its code from a folder, a bucket or an image",
            "Give exactly one of them.",
          ),
        ]
      : []),
    ...Object.keys(props.environment)
      .filter((key) => RESERVED.has(key))
      .map((key) => error("function_variable", `Lambda sets ${key} itself`, "Choose another name.")),
    ...Object.keys(props.environment)
      .filter((key) => !RESERVED.has(key) && !NAME.test(key))
      .map((key) =>
        error(
          "function_variable",
          `"${key}" is no name of a variable`,
          "Use two or more letters, digits and underscores, a letter first.",
        ),
      ),
    ...(size > 4096
      ? [error("function_environment", `the environment has ${size} characters; Lambda takes 4096`, "Shorten it.")]
      : []),
    ...clashes(props).map(([text, fix]) => error("function_settings", text, fix)),
    ...within("function_timeout", props.timeoutSeconds, 1, 900, "s"),
    ...within("function_memory", props.memoryMb, 128, 10_240, "MB"),
    ...within("function_retries", props.retryAttempts, 0, 2, "retries"),
    ...within("function_event_age", props.maxEventAgeSeconds, 60, 21_600, "s"),
  ];
}
