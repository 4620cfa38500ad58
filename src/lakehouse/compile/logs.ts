import type { Desired } from "../../engine/types.ts";
import { hasOwnLogs, LOG_STREAMS } from "../log-groups.ts";
import type { LogGroupProps } from "../../services/logs/props.ts";
import { type Build, resource, tagsOf } from "./build.ts";

/** The log groups of the environment's jobs. Glue would make them on first use: without our mark, retention and key. */
export function jobLogs(build: Build): Desired[] {
  const { config, names } = build;
  if (!hasOwnLogs(config, names)) return [];
  return LOG_STREAMS.map((stream) =>
    resource<LogGroupProps>(
      { kind: "logs.group", id: `jobs_${stream}`, name: `${names.jobLogs}/${stream}` },
      logProps(build),
      tagsOf(build, {}),
    ),
  );
}

/** Settings of every log group that we make. */
export const logProps = ({ config: { logs } }: Build, retentionDays = logs.retentionDays): LogGroupProps => ({
  retentionDays: retentionDays ?? null,
  kmsKey: logs.kmsKeyId ?? null,
  logClass: "STANDARD",
});
