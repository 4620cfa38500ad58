import { driftOnly, errorsOf, hasChanges } from "../../engine/index.ts";
import { planFindingLines, planJson, planLines, summaryLine } from "../../ui/plan.ts";
import type { diff } from "../declared/build.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT, usage } from "../errors.ts";
import { refuseLint } from "../lint.ts";
import { plan, planInput } from "../plan-inputs.ts";
import { reading } from "../reading.ts";
import { writePlan } from "../saved-plan.ts";
import { openSession } from "../session.ts";
import { shellWord } from "../../operate/shell.ts";

/** What apply would do. The client layer refuses everything but reads. */
export const run: Run<typeof diff> = async (cli, options) => {
  if (options.out !== undefined && options.drift)
    throw usage("usage", "--out saves what apply would do, --drift shows less than that", "Leave one of the two out.");
  const session = await openSession(cli, options, { readOnly: true, scripts: true, everywhere: true });
  const input = await planInput(session, options);
  await refuseLint(session.loaded, input.known, session.scripts);
  const whole = await reading(cli, session.aws, () => plan(input));
  const found = options.drift ? driftOnly(whole) : whole;
  const { env, account, region, calls } = session.aws;
  cli.term.emit(planJson(found, { env, account, region, calls: calls.total }, options.all === true));
  for (const line of planLines(found, cli.term, options.all)) cli.term.line(line);
  for (const line of planFindingLines(found, cli.term)) cli.term.line(line);
  cli.term.line(summaryLine(found));
  if (errorsOf(found).length > 0) {
    if (options.out !== undefined) cli.term.note(`${options.out} is not written: this plan cannot be applied.`);
    return EXIT.failed;
  }
  if (options.out !== undefined) {
    writePlan(cli, options.out, session, input, found);
    cli.term.note(`Saved. Apply it with: metriccare apply ${shellWord(options.out)}`);
  }
  return options.exitCode && hasChanges(found) ? EXIT.changes : EXIT.ok;
};
