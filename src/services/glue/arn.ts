import { type Place, regionalArn } from "../../aws/arn.ts";

type Type = "job" | "workflow" | "trigger" | "database" | "crawler" | "connection";

/** ARNs of Glue and its catalog. */
export const glueArn = {
  of: (s: Place, type: Type, name: string): string => regionalArn("glue", s, `${type}/${name}`),
  table: (s: Place, database: string, table: string): string => regionalArn("glue", s, `table/${database}/${table}`),
  catalog: (s: Place): string => regionalArn("glue", s, "catalog"),
};
