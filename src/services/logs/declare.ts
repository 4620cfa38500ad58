import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { given } from "../kit.ts";
import type { LogGroupProps } from "./props.ts";
import type { LogGroupConfig } from "./section.ts";

/** Log groups. Whoever writes to one that is not there would make it: without our mark, retention and key. */
export const declareLogGroups = (
  { logGroups }: { readonly logGroups: Readonly<Record<string, LogGroupConfig>> },
  build: Build,
): Desired[] =>
  Object.entries(logGroups).map(([id, one]) =>
    resource<LogGroupProps>(
      { kind: "logs.group", id, name: build.named("logGroups", id).name },
      {
        retentionDays: one.retentionDays ?? null,
        kmsKey: one.kmsKeyId ?? null,
        logClass: one.logClass,
        ...given("deletionProtection", one.deletionProtection),
      },
      build.tags(one.tags),
    ),
  );
