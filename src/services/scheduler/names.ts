import { nameOf, type Place, regionalArn, type Scope } from "../../aws/arn.ts";

/** Key of the group of an environment's schedules. */
export const GROUP_ID = "schedules";

/** The environment's group. */
export const groupName = (scope: Pick<Scope, "project" | "env">): string => nameOf(scope, GROUP_ID);

export const groupArn = (scope: Place, name: string): string =>
  regionalArn("scheduler", scope, `schedule-group/${name}`);

/** ARN of a schedule from `<group>/<name>`. */
export const scheduleArn = (scope: Place, key: string): string => regionalArn("scheduler", scope, `schedule/${key}`);

/** Group and name of a schedule's address. */
export function placed(key: string): { readonly GroupName: string; readonly Name: string } {
  const at = key.indexOf("/");
  return { GroupName: key.slice(0, at), Name: key.slice(at + 1) };
}
