import { FUNCTION_ID } from "./ids.ts";
import type { LakehouseConfig } from "./schema.ts";

type Events = LakehouseConfig["function"]["events"];

/** Functions of ours that new objects call, by id. */
export const heardEvents = (config: LakehouseConfig): (readonly [string, Events])[] => [
  ...(config.made.includes("function") ? [[FUNCTION_ID, config.function.events] as const] : []),
  ...Object.entries(config.functions).flatMap(([id, { events, existing }]) =>
    events && existing === undefined ? [[id, events] as const] : [],
  ),
];
