import { build } from "./build.ts";
import type { Bound, Group } from "./kit.ts";
import { ledger } from "./ledger.ts";
import { local } from "./local.ts";
import { alerts, pipeline } from "./pipeline.ts";
import { config, describe } from "./project.ts";
import { quarantine } from "./quarantine.ts";
import { checks } from "./quality.ts";
import { reports } from "./report.ts";
import { runs } from "./runs.ts";
import { shell } from "./shell.ts";

/** Every command, in the order that help shows them. The code of a command is loaded when it runs. */
export const declared: readonly (Bound | Group)[] = [
  describe.init,
  describe.validate,
  config,
  build.diff,
  build.apply,
  build.destroy,
  describe.outputs,
  build.iamPolicy,
  describe.graph,
  pipeline.profile,
  pipeline.ingest,
  pipeline.runWorkflow,
  runs,
  ledger,
  pipeline.where,
  pipeline.forget,
  quarantine,
  pipeline.doctor,
  alerts,
  pipeline.measures,
  checks.quality,
  reports.report,
  local,
  shell.completion,
];
