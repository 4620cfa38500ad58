import type { AwsContext } from "../../aws/context.ts";
import type { PolicyStatement } from "../../services/iam/props.ts";
import type { Hint } from "./hints.ts";
import { command } from "../next.ts";

/** A right that IAM missed, in its own words. Names a role, an action and a resource, and no data but an object's key. */
export interface Denial {
  /** `arn:aws:sts::1:assumed-role/metriccare_glue_bronze_dev/GlueJobRunnerSession` */
  readonly principal: string;
  /** The role's name; undefined when somebody else was refused. */
  readonly role?: string;
  /** `dynamodb:UpdateItem` */
  readonly action: string;
  /** `*` when IAM names none. */
  readonly resource: string;
}

// S3 puts the resource in quotes; SNS spells its service in capitals.
const DENIED = /(arn:[^\s"]+) is not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)(?: on resource:? "?([^\s",;]+))?/i;

/** The first denial that one of the texts tells of. */
export function denialIn(texts: readonly string[]): Denial | undefined {
  for (const text of texts) {
    const found = DENIED.exec(text);
    if (!found) continue;
    const [, principal = "", named = "", resource = "*"] = found;
    const role = /:assumed-role\/([^/]+)\//.exec(principal)?.[1];
    const action = named.replace(/^[A-Z]+(?=:)/, (service) => service.toLowerCase());
    return { principal, ...(role ? { role } : {}), action, resource };
  }
  return undefined;
}

/** What would allow it. */
const statementFor = ({ action, resource }: Denial): PolicyStatement => ({
  Effect: "Allow",
  Action: action,
  Resource: resource,
});

/** What to tell of a right that a role of ours misses. */
export function denialHint(ctx: AwsContext, denial: Denial): Pick<Hint, "id" | "means" | "fix"> {
  const statement = JSON.stringify(statementFor(denial));
  return {
    id: "missing_right",
    means: `The role ${denial.role ?? denial.principal} may not ${denial.action} on ${denial.resource}. The statement to add: ${statement}`,
    fix: `${command(ctx, "apply --only iam")} puts back what the config gives the role; what a script of your own needs goes under roles.<id>.policies`,
  };
}
