export type { KeyType, TableIndex, TableProps } from "./props.ts";
export { table } from "./table.ts";
