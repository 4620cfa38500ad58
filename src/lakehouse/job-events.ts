import type { Scope } from "../aws/arn.ts";
import { PATTERN_MAX, patternLength } from "../services/events/pattern.ts";
import type { Expansion } from "./expansion.ts";
import { namesOf } from "./naming.ts";
import type { LakehouseConfig } from "./schema.ts";
import type { RuleConfig } from "./sections.ts";

type Json = Readonly<Record<string, unknown>>;
type JobEvents = NonNullable<RuleConfig["jobEvents"]>;
type Rules = Readonly<Record<string, RuleConfig>>;

/** A rule's entries with the names of their jobs, each once. */
interface Named {
  readonly states: JobEvents[number]["states"];
  readonly jobs: ReadonlyMap<string, string>;
}

const named = ({ config: { jobs }, names }: Pick<Expansion, "config" | "names">, events: JobEvents): Named[] =>
  events.map(({ states, jobs: listed, layer }) => {
    const ids = listed ?? Object.keys(jobs).filter((id) => layer === undefined || jobs[id]?.layer === layer);
    return { states, jobs: new Map(ids.map((id) => [id, names.job(id).name])) };
  });

/** Ends of our jobs, by their exact names: other people's jobs in the account are none of our business. */
function patternOf(entries: readonly Named[]): Json {
  const details = entries.map(({ states, jobs }) => ({ jobName: [...jobs.values()], state: states }));
  const [first] = details;
  return {
    source: ["aws.glue"],
    "detail-type": ["Glue Job State Change"],
    detail: details.length === 1 ? first : { $or: details },
  };
}

/** The pattern of what a rule waits for. */
export const jobPattern = (all: Pick<Expansion, "config" | "names">, events: JobEvents): Json =>
  patternOf(named(all, events));

/**
 * The entries of a rule in parts whose patterns are as long as EventBridge takes. Jobs keep their order, so that a new one at
 * the end changes the last part alone; all entries of a job are in one part, so that none of its ends is told twice.
 */
function partsOf(jobs: LakehouseConfig["jobs"], entries: readonly Named[]): JobEvents[] {
  const only = (ids: readonly string[]): Named[] =>
    entries
      .map((one) => ({
        ...one,
        jobs: new Map(ids.flatMap((id) => (one.jobs.has(id) ? [[id, one.jobs.get(id) ?? ""]] : []))),
      }))
      .filter((one) => one.jobs.size > 0);
  const parts: string[][] = [];
  for (const id of Object.keys(jobs).filter((one) => entries.some((entry) => entry.jobs.has(one)))) {
    const open = parts.at(-1);
    if (open && patternLength(patternOf(only([...open, id]))) <= PATTERN_MAX) open.push(id);
    else parts.push([id]);
  }
  return parts.map((ids) => only(ids).map(({ states, jobs: own }) => ({ states, jobs: [...own.keys()] })));
}

/**
 * `failure` as `failure`, `failure_2`, …: the first keeps its name, the others have those that follow from their ids (printed
 * policies know these, however many there are), and none takes an id that stands in the config.
 */
function spreadRule(id: string, rule: RuleConfig, parts: readonly JobEvents[], taken: Rules): [string, RuleConfig][] {
  const { name: _name, formerly: _formerly, ...own } = rule;
  let number = 1;
  return parts.map((jobEvents, i) => {
    if (i === 0) return [id, { ...rule, jobEvents }];
    do number += 1;
    while (Object.hasOwn(taken, `${id}_${number}`));
    return [`${id}_${number}`, { ...own, jobEvents }];
  });
}

/**
 * The config with rules that name more jobs than EventBridge takes in a pattern as several, which tell the same. A config
 * without such a rule is answered as it is.
 */
export function withRulesSpread(config: LakehouseConfig, scope: Scope): LakehouseConfig {
  const all = { config, names: namesOf(config, scope) };
  const spread = Object.entries(config.rules).map(([id, rule]): [string, RuleConfig][] => {
    const entries = named(all, rule.jobEvents ?? []);
    if (patternLength(patternOf(entries)) <= PATTERN_MAX) return [[id, rule]];
    return spreadRule(id, rule, partsOf(config.jobs, entries), config.rules);
  });
  return spread.every(({ length }) => length === 1) ? config : { ...config, rules: Object.fromEntries(spread.flat()) };
}
