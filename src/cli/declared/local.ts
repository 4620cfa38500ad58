import type { LocalAws } from "../../local/index.ts";
import { keys } from "./json.ts";
import { command, type Group, on } from "./kit.ts";
import { flag } from "./options.ts";

const running = `${keys<{ running: true } & LocalAws>({
  running: "",
  endpoint: "",
  region: "",
  account: "",
  accessKeyId: "",
  secretAccessKey: "",
  notice: "?",
})}, or \`{running: false}\` where it does not run`;

export const localUp = command({
  name: "up",
  summary: "Install what is missing, start it, return when it is ready",
  examples: ["metriccare local up"],
  env: true,
  json: running,
});

export const localDown = command({
  name: "down",
  summary: "Stop it; its state stays",
  examples: ["metriccare local down"],
  json: "`{running: false, stopped}`; `stopped` is false where it did not run",
});

export const localStatus = command({
  name: "status",
  summary: "Whether it runs, and where",
  examples: ["metriccare local status --json"],
  json: running,
});

export const localReset = command({
  name: "reset",
  summary: "Forget everything in it, all environments",
  options: { yes: flag("do not ask", "y") },
  examples: ["metriccare local reset --yes"],
  exits: { 3: "declined at the prompt", 64: "bad usage or config; no terminal and no --yes" },
  json: "`{running: false, reset: true}`",
});

export const localEnv = command({
  name: "env",
  summary: "Print the export lines that point any AWS tool at it",
  examples: ['eval "$(metriccare local env)"'],
  exits: { 64: "bad usage or config, or it does not run" },
  json: "the variables as one map",
});

export const local: Group = {
  name: "local",
  summary: "The embedded AWS of this project folder",
  examples: ["metriccare local up", 'eval "$(metriccare local env)"', "metriccare local down"],
  commands: [
    on(localUp, () => import("../commands/local-up.ts")),
    on(localDown, () => import("../commands/local-down.ts")),
    on(localStatus, () => import("../commands/local-status.ts")),
    on(localReset, () => import("../commands/local-reset.ts")),
    on(localEnv, () => import("../commands/local-env.ts")),
  ],
};
