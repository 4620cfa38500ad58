export { check, type CheckPlace, type Problem } from "./check.ts";
export { type Outputs, outputs } from "./outputs.ts";
export { type LakehouseConfig, lakehouseSchema } from "./schema.ts";
