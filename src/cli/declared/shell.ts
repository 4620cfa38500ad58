import { command, on } from "./kit.ts";
import { word } from "./options.ts";

export const completion = command({
  name: "completion",
  summary: "Print what makes a shell complete commands, options and their words",
  arguments: {
    shell: word({
      of: ["bash"],
      noun: "shell",
      summary: "the shell",
    }),
  },
  examples: [
    'eval "$(metriccare completion bash)"',
    "metriccare completion bash > ~/.local/share/bash-completion/completions/metriccare",
  ],
  json: "`{shell, script}`",
});

export const shell = { completion: on(completion, () => import("../commands/completion.ts")) };
