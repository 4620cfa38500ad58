import { checkBoundaries } from "./boundary.ts";
import { checkBuckets } from "./buckets.ts";
import { checkArns, checkExisting } from "./existing.ts";
import { checkFunctions } from "./functions.ts";
import { checkEventSources } from "./event-sources.ts";
import { checkEventTriggers } from "./event-trigger.ts";
import { checkFormerly } from "./formerly.ts";
import { checkFiles } from "./files.ts";
import { checkJobs, checkSecurityConfigurations } from "./jobs.ts";
import { checkKeys } from "./keys.ts";
import { checkLedger } from "./ledger.ts";
import { checkJobLoop } from "./loop.ts";
import { checkNames } from "./names.ts";
import { checkQuality } from "./quality.ts";
import { checkQueues } from "./queues.ts";
import { checkRegistry } from "./registry.ts";
import { checkReferences, distinct } from "./references.ts";
import { checkRules } from "./rules.ts";
import { checkSecrets } from "./secrets.ts";
import { checkSingles } from "./singles.ts";
import { checkSubscriptions } from "./subscriptions.ts";
import { checkTags } from "./tags.ts";
import { checkWorkflow } from "./workflow.ts";
import type { Problem } from "./problem.ts";
import { withRulesSpread } from "../job-events.ts";
import type { LakehouseConfig } from "../schema.ts";
import { scopeOf } from "../scope.ts";

export type { Problem } from "./problem.ts";

/** Which environment, and where its files lie. */
export interface CheckPlace {
  readonly env: string;
  readonly projectDir: string;
}

/**
 * Everything about a config that can be known to be wrong without AWS: references, the workflow's graph, schedules,
 * quotas, and (with `place`) names and missing files. All problems at once.
 */
export function check(config: LakehouseConfig, place?: CheckPlace): Problem[] {
  return distinct([
    ...checkSingles(config),
    ...checkReferences(config),
    ...checkWorkflow(config),
    ...checkRules(config),
    ...checkLedger(config),
    ...checkJobs(config),
    ...checkKeys(config),
    ...checkBuckets(config),
    ...checkQuality(config),
    ...checkBoundaries(config),
    ...checkSubscriptions(config),
    ...checkQueues(config),
    ...checkFunctions(config),
    ...checkEventSources(config),
    ...checkTags(config),
    ...checkSecrets(config),
    ...checkFormerly(place ? withRulesSpread(config, scopeOf(config, place.env)) : config),
    ...(place ? checkAt(config, place) : []),
  ]);
}

/** What names and files tell. */
const checkAt = (config: LakehouseConfig, { env, projectDir }: CheckPlace): Problem[] => [
  ...checkNames(config, env),
  ...checkExisting(config, env),
  ...checkArns(config, env),
  ...checkSecurityConfigurations(config, env),
  ...checkFiles(config, projectDir),
  ...checkRegistry(config, projectDir),
  ...checkEventTriggers(config, env),
  ...checkJobLoop(config, projectDir),
];
