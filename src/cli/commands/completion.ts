import { bashCompletion } from "../completion.ts";
import { declared } from "../declared/index.ts";
import type { Run } from "../declared/kit.ts";
import type { completion } from "../declared/shell.ts";
import { EXIT } from "../errors.ts";

/** Prints the script; nothing is looked up when it runs but names of environments. */
export const run: Run<typeof completion> = async (cli, _options, { shell }) => {
  const script = bashCompletion(declared);
  if (!cli.term.json) cli.term.block(script);
  cli.term.emit({ shell, script });
  return EXIT.ok;
};
