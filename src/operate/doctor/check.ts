import type { AwsContext } from "../../aws/context.ts";
import type { Scope } from "../../aws/arn.ts";
import { type LakehouseConfig, type Outputs, outputs } from "../../lakehouse/index.ts";
import { withRulesSpread } from "../../lakehouse/job-events.ts";
import { errorName, isAbsent, isPassing, messageOf } from "../problem.ts";

/** What the config says, and what follows from it. */
export interface Wiring {
  readonly config: LakehouseConfig;
  /** The rules as they are made: one of the config may be several. */
  readonly rules: LakehouseConfig["rules"];
  readonly outputs: Outputs;
}

/** A config with what follows from it. */
export const wired = (config: LakehouseConfig, scope: Scope): Wiring => ({
  config,
  rules: withRulesSpread(config, scope).rules,
  outputs: outputs(config, scope),
});

/** One thing that was looked at. A warning is told and fails nothing. */
export interface Check {
  readonly type: "check";
  readonly check: string;
  readonly ok: boolean;
  readonly level: "error" | "warning";
  readonly text: string;
  /** What to do; null when all is well. */
  readonly fix: string | null;
}

export const good = (check: string, text: string): Check => ({
  type: "check",
  check,
  ok: true,
  level: "error",
  text,
  fix: null,
});

export const bad = (check: string, text: string, fix: string, level: Check["level"] = "error"): Check => ({
  type: "check",
  check,
  ok: false,
  level,
  text,
  fix,
});

/** What to type to make AWS what the config says again. */
export const applyFix = (ctx: AwsContext, only?: string): string =>
  `metriccare apply --env ${ctx.env}${only ? ` --only ${only}` : ""}`;

/** A group of checks that share their reads. An error of AWS is the answer of the whole group. */
export async function looked(
  ctx: AwsContext,
  check: string,
  only: string,
  look: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    return await look();
  } catch (error) {
    if (isAbsent(error)) return [bad(check, "it does not exist", applyFix(ctx, only))];
    if (/AccessDenied|NotAuthorized|Unauthorized|AuthorizationError|Forbidden/.test(errorName(error)))
      return [
        bad(check, `these credentials may not look: ${messageOf(error)}`, "ask for the read rights of this service"),
      ];
    if (isPassing(error)) return [bad(check, `AWS gave no answer: ${messageOf(error)}`, "try again")];
    throw error;
  }
}
