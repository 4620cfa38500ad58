import { randomUUID } from "node:crypto";
import type { WorkflowRun } from "@aws-sdk/client-glue";
import { isAlive, machineId } from "../../aws/lease-record.ts";
import { isRunOn } from "./graph.ts";

/**
 * Run property that names the process that started a run: it tells our own start apart from somebody else's when its
 * answer got lost, and a run whose starter was killed from one that somebody follows.
 */
export const STARTER = "metriccare_start";

/** A value for `STARTER` that no other start has; it names this process only when that stays to follow the run. */
export const starterToken = (follows: boolean): string =>
  [randomUUID(), ...(follows ? [process.pid, machineId()] : [])].join(" ");

/** The run that is on, when it was started on this machine by a process that meant to follow it and is dead. */
export function orphaned(run: WorkflowRun | undefined): string | undefined {
  const [, pid, machine] = /^\S+ (\d+) (.+)$/.exec(run?.WorkflowRunProperties?.[STARTER] ?? "") ?? [];
  const abandoned = pid !== undefined && machine === machineId() && !isAlive(Number(pid));
  return abandoned && isRunOn(run?.Status) ? run?.WorkflowRunId : undefined;
}
