import type { Scope } from "../aws/arn.ts";
import { PATTERN_MAX, patternLength } from "../services/events/pattern.ts";
import type { Expansion } from "./expansion.ts";
import { namesOf } from "./naming.ts";
import type { LakehouseConfig } from "./schema.ts";
import type { RuleConfig } from "./sections.ts";

type Json = Readonly<Record<string, unknown>>;
type JobEvents = NonNullable<RuleConfig["jobEvents"]>;
type Rules = Readonly<Record<string, RuleConfig>>;

/** Keys of the jobs whose ends are meant. */
const jobsMeant = ({ jobs }: LakehouseConfig, { jobs: named, layer }: JobEvents[number]): readonly string[] =>
  named ?? Object.keys(jobs).filter((id) => layer === undefined || jobs[id]?.layer === layer);

/** Ends of our jobs, by their exact names: other people's jobs in the account are none of our business. */
export function jobPattern({ config, names }: Pick<Expansion, "config" | "names">, events: JobEvents): Json {
  const details = events.map((event) => ({
    jobName: jobsMeant(config, event).map((id) => names.job(id).name),
    state: event.states,
  }));
  const [first] = details;
  return {
    source: ["aws.glue"],
    "detail-type": ["Glue Job State Change"],
    detail: details.length === 1 ? first : { $or: details },
  };
}

/**
 * The events of a rule in parts whose patterns are as long as EventBridge takes. Jobs keep their order, so that a new one at
 * the end changes the last part alone; all events of a job are in one part, so that none of its ends is told twice.
 */
function partsOf({ config, names }: Pick<Expansion, "config" | "names">, events: JobEvents): JobEvents[] {
  const meant = events.map((event) => ({ states: event.states, jobs: new Set(jobsMeant(config, event)) }));
  const bare = patternLength(
    jobPattern(
      { config, names },
      events.map(({ states }) => ({ states, jobs: [] })),
    ),
  );
  const parts: string[][] = [];
  let room = 0;
  for (const id of Object.keys(config.jobs)) {
    const times = meant.filter(({ jobs }) => jobs.has(id)).length;
    if (times === 0) continue;
    // with its comma
    const length = times * (JSON.stringify(names.job(id).name).length + 1);
    if (parts.length === 0 || length > room) {
      parts.push([]);
      room = PATTERN_MAX - bare;
    }
    parts.at(-1)?.push(id);
    room -= length;
  }
  return parts.map((ids) =>
    meant
      .map(({ states, jobs }) => ({ states, jobs: ids.filter((id) => jobs.has(id)) }))
      .filter(({ jobs }) => jobs.length > 0),
  );
}

/** `failure` as `failure`, `failure_2`, …: the first keeps its name, and none takes one that stands in the config. */
function spreadRule(id: string, rule: RuleConfig, parts: readonly JobEvents[], taken: Rules): [string, RuleConfig][] {
  const { name, formerly: _formerly, ...own } = rule;
  let number = 1;
  return parts.map((jobEvents, i) => {
    if (i === 0) return [id, { ...rule, jobEvents }];
    do number += 1;
    while (Object.hasOwn(taken, `${id}_${number}`));
    return [`${id}_${number}`, { ...own, ...(name === undefined ? {} : { name: `${name}_${number}` }), jobEvents }];
  });
}

/**
 * The config with rules that name more jobs than EventBridge takes in a pattern as several, which tell the same. A config
 * without such a rule is answered as it is.
 */
export function withRulesSpread(config: LakehouseConfig, scope: Scope): LakehouseConfig {
  const all = { config, names: namesOf(config, scope) };
  const spread = Object.entries(config.rules).map(([id, rule]): [string, RuleConfig][] => {
    const { jobEvents: events } = rule;
    if (events === undefined || patternLength(jobPattern(all, events)) <= PATTERN_MAX) return [[id, rule]];
    return spreadRule(id, rule, partsOf(all, events), config.rules);
  });
  return spread.every(({ length }) => length === 1) ? config : { ...config, rules: Object.fromEntries(spread.flat()) };
}
