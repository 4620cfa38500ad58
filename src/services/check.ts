import { checkFormerly } from "./check-formerly.ts";
import { checkFiles } from "./check-files.ts";
import { checkNames } from "./check-names.ts";
import { checkReferences } from "./check-references.ts";
import { checkRules } from "./check-rules.ts";
import { checkSecrets } from "./check-secrets.ts";
import { checkTags } from "./check-tags.ts";
import { checkWorkflow } from "./check-workflow.ts";
import type { LakehouseConfig } from "./schema.ts";

/** A mistake that the schema cannot see, with the path in the config that it concerns. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly suggestion?: string;
}

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
  return [
    ...checkReferences(config),
    ...checkWorkflow(config),
    ...checkRules(config),
    ...checkTags(config),
    ...checkSecrets(config),
    ...checkFormerly(config),
    ...(place ? [...checkNames(config, place.env), ...checkFiles(config, place.projectDir)] : []),
  ];
}
