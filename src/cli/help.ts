import { CommanderError } from "commander";
import { program } from "./program.ts";

/**
 * Answers `--help` and `--version` where that is what is asked for; false where it is anything else, and nothing has been
 * said or done then. Bundled by itself: who asks for help waits for no other module.
 */
export async function helped(argv: readonly string[]): Promise<boolean> {
  // A reader that went away (`| head`) is no failure of ours.
  process.stdout.on("error", () => {});
  try {
    await program(() => Promise.resolve()).parseAsync([...argv], { from: "user" });
    return false;
  } catch (error) {
    return error instanceof CommanderError && error.exitCode === 0;
  }
}
