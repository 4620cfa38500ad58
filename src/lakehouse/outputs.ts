import type { Scope } from "../aws/arn.ts";
import { type Named, namesOf } from "./naming.ts";
import { queuesOf } from "./queues.ts";
import type { LakehouseConfig } from "./schema.ts";

export interface Outputs {
  readonly buckets: Readonly<Record<string, Named>>;
  readonly databases: Readonly<Record<string, { readonly name: string }>>;
  readonly jobs: Readonly<Record<string, Named>>;
  readonly workflow: Named & { readonly triggers: Readonly<Record<string, Named>> };
  readonly function: Named;
  readonly ledger: Named;
  readonly topic: Named;
  readonly queues: Readonly<Record<string, Named>>;
  readonly rules: Readonly<Record<string, Named>>;
  readonly roles: Readonly<Record<string, Named>>;
}

/** Names and ARNs as `metriccare outputs` shows them: computed, so the same before and after an apply. */
export function outputs(config: LakehouseConfig, scope: Scope): Outputs {
  const names = namesOf(config, scope);
  const all = <T>(section: object, of: (id: string) => T): Record<string, T> =>
    Object.fromEntries(Object.keys(section).map((id) => [id, of(id)]));
  return {
    buckets: all(config.buckets, names.bucket),
    databases: all(config.databases, (id) => ({ name: names.database(id).name })),
    jobs: all(config.jobs, names.job),
    workflow: { ...names.workflow, triggers: all(config.workflow.triggers, names.trigger) },
    function: names.function,
    ledger: names.ledger,
    topic: names.topic,
    queues: all(queuesOf(config), names.queue),
    rules: all(config.rules, names.rule),
    roles: all(config.roles, names.role),
  };
}
