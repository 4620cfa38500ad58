import type { Emulator } from "./emulator.ts";
import { AwsError } from "./errors.ts";

/** Why Glue cannot run a job with this role, in AWS's words, or undefined. An emulator that does not answer is no problem. */
export async function roleProblem(emulator: Emulator, arn: string): Promise<string | undefined> {
  const problem = `Role ${arn} should be given assume role permissions for Glue Service.`;
  try {
    const name = arn.slice(arn.lastIndexOf("/") + 1);
    const answer = await emulator.query("iam", { Action: "GetRole", RoleName: name });
    const document = answer.match(/<AssumeRolePolicyDocument>([^<]*)</)?.[1];
    return document === undefined || trustsGlue(document) ? undefined : problem;
  } catch (error) {
    return error instanceof AwsError && error.code.startsWith("NoSuchEntity") ? problem : undefined;
  }
}

/** The document comes percent-encoded, or with XML entities. */
function trustsGlue(document: string): boolean {
  let text = document.replaceAll("&quot;", '"').replaceAll("&#34;", '"').replaceAll("&amp;", "&");
  try {
    text = text.trimStart().startsWith("{") ? text : decodeURIComponent(text.replaceAll("+", " "));
    const policy = JSON.parse(text) as { Statement?: unknown };
    return [policy.Statement].flat().some(allowsGlue);
  } catch {
    // A document that cannot be read here is not refused here.
    return true;
  }
}

function allowsGlue(statement: unknown): boolean {
  if (typeof statement !== "object" || statement === null) return false;
  const { Effect, Principal } = statement as { Effect?: unknown; Principal?: unknown };
  if (Effect !== "Allow") return false;
  if (Principal === "*") return true;
  const services = [(Principal as { Service?: unknown } | undefined)?.Service].flat();
  return services.some((service) => service === "*" || service === "glue.amazonaws.com");
}
