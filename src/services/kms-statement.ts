import type { Scope } from "../aws/arn.ts";
import type { PolicyStatement } from "./iam/props.ts";

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
});

/** Use of KMS keys, by ARN or id. Keys known only by alias are found by it. */
export function keyStatement(
  scope: Scope,
  Sid: string,
  keys: readonly (string | undefined)[],
  actions: readonly string[],
): PolicyStatement[] {
  const named = [...new Set(keys.filter((key) => key !== undefined))];
  const alias = (key: string): string | undefined => /(alias\/.+)$/.exec(key)?.[1];
  const base = `arn:${scope.partition}:kms:${scope.region}:${scope.account}:key/`;
  const byId = named.filter((key) => !alias(key)).map((key) => (key.startsWith("arn:") ? key : `${base}${key}`));
  const byAlias = named.flatMap((key) => alias(key) ?? []);
  return [
    ...(byId.length > 0 ? [allow(Sid, actions, byId)] : []),
    ...(byAlias.length > 0
      ? [
          {
            ...allow(`${Sid}ByAlias`, actions, [`${base}*`]),
            Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": byAlias } },
          },
        ]
      : []),
  ];
}
