import type { Desired } from "../../engine/types.ts";
import { type Build, type Caller, resource } from "../build.ts";
import type { RuleProps, RuleTarget } from "./props.ts";
import type { RuleConfig, TargetConfig } from "./section.ts";
import { given } from "../kit.ts";
import { ruleKey } from "./bus.ts";
import { declaredParameters } from "./parameters.ts";
import { calleeOf, targetMap } from "./target.ts";

type Rules = { readonly rules: Readonly<Record<string, RuleConfig>> };

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

function arnOf(build: Build, target: TargetConfig): string {
  const callee = calleeOf(target);
  return callee ? build.named(callee.section, callee.reference).arn : (target.arn ?? "");
}

function targetProps(build: Build, rule: RuleConfig, target: TargetConfig): RuleTarget {
  const input = target.transformer || target.inputPath !== undefined ? null : (json(target.input) ?? json(rule.input));
  return {
    arn: arnOf(build, target),
    input,
    transformer: target.transformer ?? null,
    ...given("path", target.inputPath),
    roleArn: target.roleArn === undefined ? null : build.named("roles", target.roleArn).arn,
    dlqArn: target.deadLetter === undefined ? null : build.named("queues", target.deadLetter).arn,
    retry: target.retry ? { maxAgeSeconds: target.retry.maxAge, attempts: target.retry.attempts } : null,
    ...given("parameters", declaredParameters(target)),
  };
}

/** Rules and their targets, by the id that a target has within its rule. */
export const declareRules = ({ rules }: Rules, build: Build): Desired[] =>
  Object.entries(rules).map(([id, rule]) => {
    const targets = rule.targets.map((one, i): [string, RuleTarget] => {
      const target = targetMap(build, one);
      const key = target.id ?? calleeOf(target)?.reference.replace(/\W/g, "_") ?? `target_${i + 1}`;
      return [key, targetProps(build, rule, target)];
    });
    return resource<RuleProps>(
      { kind: "events.rule", id, name: ruleKey(build.scope, build.named("rules", id).name, rule.bus) },
      {
        description: rule.description,
        schedule: rule.schedule ?? null,
        pattern: rule.pattern ?? null,
        enabled: rule.enabled,
        ...given("managementEvents", rule.managementEvents),
        ...given("roleArn", rule.role === undefined ? undefined : build.named("roles", rule.role).arn),
        targets: Object.fromEntries(targets),
      },
      build.tags(rule.tags),
    );
  });

/** Whom rules call, and where they leave what could not be delivered. */
export const ruleCalls = ({ rules }: Rules, build: Pick<Build, "named" | "has">): Caller[] =>
  Object.entries(rules).flatMap(([id, rule]) => {
    const from = { service: "events.amazonaws.com", arn: build.named("rules", id).arn, statement: `rule_${id}` };
    const called = rule.targets.flatMap((one): Caller[] => {
      const target = targetMap(build, one);
      const callee = calleeOf(target);
      return [
        ...(callee && build.has(callee.section, callee.reference)
          ? [{ ...from, section: callee.section, id: callee.reference }]
          : []),
        ...(target.deadLetter !== undefined && build.has("queues", target.deadLetter)
          ? [{ ...from, section: "queues", id: target.deadLetter }]
          : []),
      ];
    });
    return [...new Map(called.map((one) => [`${one.section}/${one.id}`, one])).values()];
  });
