import { type Profile, profileFiles, profileTables } from "../../operate/profile/index.ts";
import { profileLines } from "../../ui/profile.ts";
import { progress } from "../../ui/progress.ts";
import type { Cli } from "../cli.ts";
import type { profile } from "../declared/pipeline.ts";
import type { OptionsOf, Run } from "../declared/kit.ts";
import { EXIT, usage } from "../errors.ts";
import { openSession } from "../session.ts";
import { layerPlace } from "../targets.ts";

type Options = OptionsOf<typeof profile>;

async function look(cli: Cli, options: Options, paths: readonly string[]): Promise<Profile | undefined> {
  const watch = { now: cli.clock.now(), signal: cli.interrupt };
  // Files are read on this machine, with or without a project: whoever names them means them.
  if (paths.length === 0 && options.env === undefined)
    throw usage(
      "usage",
      "nothing to profile",
      "Name files or folders, or the environment whose tables are meant: metriccare profile --env <name>.",
    );
  const session = paths.length > 0 ? undefined : await openSession(cli, options, { readOnly: true });
  const shown = await progress(cli.term, "reading");
  try {
    const says = cli.term.live ? { says: (text: string) => shown.say(text) } : {};
    const found = session
      ? await profileTables(session.aws, layerPlace(session, "bronze"), { ...watch, ...says })
      : await profileFiles(paths, { ...watch, ...says });
    shown.done();
    return found;
  } catch (error) {
    shown.fail();
    throw error;
  }
}

/** Says what data is like, and which config fits it. */
export const run: Run<typeof profile> = async (cli, options, { paths }) => {
  const found = await look(cli, options, paths);
  if (!found) return EXIT.interrupted;
  cli.term.emit(found);
  if (cli.term.json) return EXIT.ok;
  if (options.yaml) cli.term.block(found.yaml);
  else for (const line of profileLines(found)) cli.term.line(line);
  return EXIT.ok;
};
