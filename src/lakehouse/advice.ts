import type { Finding } from "../engine/types.ts";
import { earlyStarts } from "./check/data-flow.ts";
import { silentRules } from "./check/loop.ts";
import { graphsOf } from "./check/workflow.ts";
import { outsideBoundary } from "./boundary.ts";
import { type FileOf, foreignEvents, idleSettings, unstarted } from "./foreign-advice.ts";
import { UNDELIVERED_ID } from "./ids.ts";
import { unledgered } from "./ledger-advice.ts";
import type { LakehouseConfig } from "./schema.ts";
import { warning, workflowAdvice } from "./workflow-advice.ts";

/**
 * What is allowed, and may still surprise: findings on the config as a whole, and on its scripts where the folder is given.
 * `fileOf` says which of the environment's two files a value stands in.
 */
export const advice = (config: LakehouseConfig, projectDir?: string, fileOf?: FileOf): Finding[] => [
  ...graphsOf(config).flatMap((graph) => workflowAdvice(config, graph)),
  ...unheard(config),
  ...(projectDir === undefined ? [] : early(config, projectDir)),
  ...outsideBoundary(config),
  ...unbounded(config),
  ...shortQueue(config),
  ...unstarted(config),
  ...unledgered(config),
  ...foreignEvents(config),
  ...idleSettings(config, fileOf),
];

const early = (config: LakehouseConfig, projectDir: string): Finding[] =>
  earlyStarts(config, projectDir).map(({ trigger, text }) =>
    warning(
      "reads_early",
      `glue.trigger/${trigger}`,
      text,
      "Add the jobs to its `after`, or leave it: what they write then counts from the next run.",
    ),
  );

/** Rules that do not call the function because nobody knows what its code would do with the end of a job. */
const unheard = (config: LakehouseConfig): Finding[] =>
  silentRules(config).map((id) =>
    warning(
      "function_job_events",
      `events.rule/${id}`,
      "does not call the function: its code lies in a bucket, and code that starts a run on every event would go on for ever",
      "Say `function.jobEvents: true` when the code knows the ends of jobs (ours does), or take `function` out of the rule.",
    ),
  );

/** Roles without a boundary are as strong as whoever may write their policies wants them to be. */
function unbounded({ permissionsBoundary, roles }: LakehouseConfig): Finding[] {
  const free = Object.entries(roles)
    // What may be given to others' roles is theirs to bound.
    .filter(([, role]) => role.existing === undefined && (role.permissionsBoundary ?? permissionsBoundary) === "none")
    .map(([id]) => id);
  if (permissionsBoundary !== "none" || free.length === 0) return [];
  return [
    {
      code: "no_boundary",
      level: "note",
      at: "permissionsBoundary",
      text: `none: nothing bounds what ${free.length === 1 ? "the role" : "the roles"} ${free.join(", ")} may be given`,
      fix: "Leave it out, and the environment makes a boundary of its own; or name one.",
    },
  ];
}

/** The longest that SQS keeps a message. */
const LONGEST_DAYS = 14;

function shortQueue({ queues }: LakehouseConfig): Finding[] {
  const days = queues[UNDELIVERED_ID]?.retentionDays ?? LONGEST_DAYS;
  if (days >= LONGEST_DAYS) return [];
  return [
    warning(
      "undelivered_retention",
      `sqs.queue/${UNDELIVERED_ID}`,
      `keeps what the function could not record ${days} ${days === 1 ? "day" : "days"}: SQS drops it then, perhaps before somebody looks`,
      `Leave retentionDays out: SQS keeps a message ${LONGEST_DAYS} days at most.`,
    ),
  ];
}
