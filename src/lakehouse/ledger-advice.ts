import type { Finding } from "../engine/types.ts";
import type { LakehouseConfig } from "./schema.ts";
import { warning } from "./workflow-advice.ts";

/** Bronze jobs that are told of no table to keep their ledger in. Our own script does not start without. */
export const unledgered = ({ jobs, made }: LakehouseConfig): Finding[] =>
  made.includes("ledger")
    ? []
    : Object.entries(jobs)
        .filter(([, job]) => job.layer === "bronze" && !Object.hasOwn(job.arguments, "--ledger_table"))
        .map(([id]) =>
          warning(
            "job_without_ledger",
            `glue.job/${id}`,
            "is of layer bronze, and the config has no `ledger`: it gets no --ledger_table, which our script needs",
            "Say `ledger: {}`, or name a table in the job's `arguments` (--ledger_table, --ledger_hash_key).",
          ),
        );
