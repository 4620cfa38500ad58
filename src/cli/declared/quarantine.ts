import type { QuarantineRow } from "../../operate/index.ts";
import { keys } from "./json.ts";
import { command, type Group, on } from "./kit.ts";
import { count, flag, text } from "./options.ts";

/** Which lines. */
const filters = {
  file: text("<key>", "only this file"),
  prefix: text("<prefix>", "only keys that start so"),
  reason: text("<text>", "only reasons that hold this"),
} as const;

export const quarantineList = command({
  name: "list",
  summary: "Object, line number and reason; never the content",
  options: {
    ...filters,
    all: flag("also what a later reading has solved"),
    limit: count("<n>", "at most this many lines"),
  },
  examples: ["metriccare quarantine list --env dev --file Patient.000.ndjson"],
  env: true,
  json: `lines: ${keys<QuarantineRow>({
    bucket: "",
    key: "",
    file_id: "",
    line: "",
    entry: "",
    reason: "",
    run_id: "",
    at: "",
    solved: "",
  })}`,
});

export const quarantineReplay = command({
  name: "replay",
  summary: "Read the files again that have lines there, after a fix",
  options: {
    ...filters,
    dryRun: flag("only say what would be done"),
    wait: flag("then follow the runs until nothing waits"),
  },
  examples: ["metriccare quarantine replay --env dev --dry-run"],
  env: true,
  json: "lines as of `ledger reprocess`",
});

export const quarantine: Group = {
  name: "quarantine",
  summary: "Lines that could not be read",
  examples: ["metriccare quarantine list --env dev", "metriccare quarantine replay --env dev --reason JSON"],
  commands: [
    on(quarantineList, () => import("../commands/quarantine-list.ts")),
    on(quarantineReplay, () => import("../commands/quarantine-replay.ts")),
  ],
};
