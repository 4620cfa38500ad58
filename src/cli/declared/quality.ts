import type { QualityRow } from "../../operate/quality/results.ts";
import { keys } from "./json.ts";
import { command, on } from "./kit.ts";
import { flag } from "./options.ts";

export const quality = command({
  name: "quality",
  summary: "What the quality checks of the newest run found; exit 1 when one of level error failed",
  options: { failed: flag("only checks that failed, or that could not be made") },
  examples: ["metriccare quality --env dev", "metriccare quality --env prod --failed --json"],
  env: true,
  exits: { 1: "failed, or a check of level error did" },
  json: `lines: ${keys<QualityRow>({
    check: "",
    dataset: "",
    level: "",
    status: "",
    count: "",
    total: "",
    text: "",
    run_id: "",
    checked_at: "",
  })}; \`status\` is \`passed\`, \`failed\`, \`broken\` (could not be made) or \`skipped\` (nothing to look at); \`dataset\` is null for a check of one's own`,
});

export const checks = {
  quality: on(quality, () => import("../commands/quality.ts")),
};
