import { ConfigInvalid, ConfigNotFound, problemText } from "../config/problem.ts";
import type { Cli } from "./cli.ts";
import { CliError, Ended, type ErrorJson, EXIT } from "./errors.ts";

/** Turns whatever a command threw into one clear message (and JSON), and into an exit code. */
export async function report(cli: Cli, thrown: unknown): Promise<number> {
  const { term } = cli;
  const { error, last } =
    thrown instanceof Ended ? { error: thrown.cause, last: thrown.last } : { error: thrown, last: {} };
  if (error instanceof ConfigInvalid) {
    const [first] = error.problems;
    const json = {
      code: "config_invalid",
      fault: "user",
      text: error.problems.map(problemText).join("\n"),
      at: first ? `${first.file}:${first.line}:${first.column}` : "config",
      fix: "Mend the config and run the command again.",
      problems: error.problems,
    };
    for (const problem of error.problems) term.note(`${term.paint.red("error")} ${problemText(problem)}`);
    term.note(
      `${error.problems.length} ${error.problems.length === 1 ? "mistake" : "mistakes"} in the config; nothing was sent to AWS.`,
    );
    term.emit({ ...last, error: json });
    return EXIT.usage;
  }
  const known = await explain(cli, error);
  const json: ErrorJson = {
    code: known.code,
    fault: known.details.fault,
    text: [known.message, ...(known.details.lines ?? [])].join("\n"),
    ...(known.details.at ? { at: known.details.at } : {}),
    ...(known.details.fix ? { fix: known.details.fix } : {}),
  };
  // The place comes first, and once: some texts name it by themselves.
  const place = json.at && !json.text.includes(json.at) ? `${json.at} ` : "";
  const lines = [`${place}${known.message}`, ...(known.details.lines ?? [])];
  const end = lines.length - 1;
  lines.forEach((line, i) =>
    term.note(`${i === 0 ? `${term.paint.red("error")} ` : ""}${line}${i === end ? ` [${json.code}]` : ""}`),
  );
  if (json.fix) term.note(`      ${json.fix}`);
  if (json.fault === "bug" && error instanceof Error) {
    const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
    for (const frame of frames) term.note(frame);
  }
  term.emit({ ...last, error: json });
  return known.details.exit;
}

/** Every error that a layer below may throw, as one of ours. What nobody knows is a bug. */
async function explain(cli: Cli, error: unknown): Promise<CliError> {
  if (error instanceof CliError) return error;
  if (error instanceof ConfigNotFound) {
    return new CliError(error.code, error.message, { fault: "user", exit: EXIT.usage, fix: error.fix });
  }
  // Loaded only when something failed: start-up stays free of it.
  const { foreign } = await import("./foreign-errors.ts");
  const { placeOf } = await import("./session.ts");
  return foreign(error, placeOf(cli.env));
}
