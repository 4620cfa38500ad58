import { resourceNamed, whereIs, whereResource } from "../../operate/index.ts";
import { resourceLines, whereLines } from "../../ui/ledger.ts";
import type { where } from "../declared/pipeline.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** One answer to "where did this file go", or to what became of a resource. */
export const run: Run<typeof where> = async (cli, options, { file }) => {
  const session = await openSession(cli, options, { readOnly: true });
  const pipeline = openPipeline(session);
  const named = resourceNamed(file);
  const resource = named && (await whereResource(session.aws, pipeline.bronze, named));
  if (resource) {
    cli.term.emit(resource);
    for (const line of resourceLines(cli.term, resource)) cli.term.line(line);
    return EXIT.ok;
  }
  const where = await whereIs(pipeline, file);
  cli.term.emit(where);
  for (const line of whereLines(cli.term, where)) cli.term.line(line);
  return EXIT.ok;
};
