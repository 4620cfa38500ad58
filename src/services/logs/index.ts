export { group } from "./group.ts";
export { type LogGroupProps, RETENTION_DAYS } from "./props.ts";
