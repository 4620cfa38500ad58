import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "./item.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Sets attributes of a row and forgets others (its expiry always: expired it would be taken for an upload that the ledger was
 * never told of), if it still is as it was read: the attempt fences old claims off, and a run that claims it at this moment
 * wins. False when it changed meanwhile.
 */
export function rewrite(
  ledger: Ledger,
  item: Item,
  set: Readonly<Record<string, string>>,
  forget: readonly string[],
): Promise<boolean> {
  const forgotten = [...forget, ...(ledger.ttlAttribute ? [ledger.ttlAttribute] : [])];
  const was = Object.entries({
    status: item["status"] ?? { S: "" },
    attempt: item["attempt"] ?? { N: "0" },
    ...(item["run_id"] ? { run_id: item["run_id"] } : {}),
  });
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const named = (prefix: string, name: string, at: number): string => {
    names[`#${prefix}${at}`] = name;
    return `#${prefix}${at}`;
  };
  const equal = (prefix: string, name: string, value: AttributeValue, at: number): string => {
    values[`:${prefix}${at}`] = value;
    return `${named(prefix, name, at)} = :${prefix}${at}`;
  };
  const sets = Object.entries(set).map(([name, value], at) => equal("set", name, { S: value }, at));
  return ledger.update(ledger.idOf(item), {
    UpdateExpression: `SET ${sets.join(", ")} REMOVE ${forgotten.map((name, at) => named("gone", name, at)).join(", ")}`,
    ConditionExpression: was.map(([name, value], at) => equal("was", name, value, at)).join(" AND "),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  });
}
