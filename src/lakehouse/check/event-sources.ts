import { FUNCTION_ID, LEDGER_ID } from "../ids.ts";
import { queuesOf } from "../queues.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";
import { missing } from "./reference.ts";

type EventSource = LakehouseConfig["eventSources"][string];

/** AWS's own default of a queue. */
const VISIBLE_AGAIN_SECONDS = 30;

const functionOf = (config: LakehouseConfig, id: string) =>
  id === FUNCTION_ID && config.made.includes("function") ? config.function : config.functions[id];

const tableOf = (config: LakehouseConfig, id: string) =>
  id === LEDGER_ID && config.made.includes("ledger") ? config.ledger : config.tables[id];

function checkFunction(config: LakehouseConfig, id: string, one: EventSource): Problem[] {
  const fn = functionOf(config, one.function);
  if (fn === undefined || (one.alias === undefined && !("existing" in fn && fn.existing !== undefined))) return [];
  if ("existing" in fn && fn.existing !== undefined)
    return [
      {
        path: ["eventSources", id, "function"],
        message: `function \`${one.function}\` is not ours: whoever owns it says what calls it`,
        suggestion: "Name a function of `functions` that is made here.",
      },
    ];
  return missing(["eventSources", id, "alias"], "alias", one.alias ?? "", fn.aliases ?? {});
}

/** Lambda takes no queue whose messages come back while the function may still be at them. */
function checkQueue(config: LakehouseConfig, id: string, { queue, function: of }: EventSource): Problem[] {
  const [own, fn] = [queue === undefined ? undefined : queuesOf(config)[queue], functionOf(config, of)];
  if (own === undefined || own.existing !== undefined || fn === undefined) return [];
  const visible = own.visibilityTimeout ?? VISIBLE_AGAIN_SECONDS;
  if (visible >= fn.timeout) return [];
  return [
    {
      path: ["eventSources", id, "queue"],
      because: [
        ["queues", queue ?? "", "visibilityTimeout"],
        ["functions", of ?? "", "timeout"],
      ],
      message: `queue \`${queue}\` shows its messages again after ${visible} seconds, and function \`${of}\` may take ${fn.timeout}: Lambda refuses that`,
      suggestion: `Set queues.${queue}.visibilityTimeout to ${fn.timeout} or more (AWS advises ${fn.timeout * 6}).`,
    },
  ];
}

function checkTable(config: LakehouseConfig, id: string, { table }: EventSource): Problem[] {
  const own = table === undefined ? undefined : tableOf(config, table);
  if (own === undefined || own.stream !== undefined) return [];
  const theirs = "existing" in own && own.existing !== undefined;
  return [
    {
      path: ["eventSources", id, "table"],
      message: theirs
        ? `table \`${table}\` is not ours, and its stream has a name that AWS has made up`
        : `table \`${table}\` has no stream`,
      suggestion: theirs ? "Name the stream by its ARN: `arn`." : `Say what it tells: tables.${table}.stream.`,
    },
  ];
}

/** Two of one function and one source are one to AWS. */
function checkTwice(all: LakehouseConfig["eventSources"]): Problem[] {
  const seen = new Map<string, string>();
  return Object.entries(all).flatMap(([id, { function: fn, queue, table, arn, kafka }]): Problem[] => {
    const key = JSON.stringify([fn, queue, table, arn, kafka]);
    const first = seen.get(key);
    seen.set(key, id);
    return first === undefined
      ? []
      : [{ path: ["eventSources", id], message: `has the same function and source as event source \`${first}\`` }];
  });
}

/** What Lambda would refuse of an event source, as far as the config tells. */
export const checkEventSources = (config: LakehouseConfig): Problem[] => [
  ...checkTwice(config.eventSources),
  ...Object.entries(config.eventSources).flatMap(([id, one]) => [
    ...checkFunction(config, id, one),
    ...checkQueue(config, id, one),
    ...checkTable(config, id, one),
  ]),
];
