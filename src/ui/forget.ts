import type { ForgetEvent, ForgetPlan } from "../operate/index.ts";
import { runView } from "./run.ts";
import type { Terminal } from "./terminal.ts";

const many = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;
const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} in ${name}`)
    .join(", ") || "none";

function planLines(plan: ForgetPlan): string[] {
  const { patients, encounters, conditions } = plan;
  const person = `${many(patients, "Patient")} (the same person), ${many(encounters, "Encounter")}, ${many(conditions, "Condition")}`;
  return [
    ...(patients > 0 ? [`  is          ${person}`] : []),
    `  raw files   ${plan.files_removed} go, ${plan.files_rewritten} are rewritten without it, ${many(plan.old_versions, "old version")} of them`,
    `  Bronze      rows: ${listed(plan.rows)}`,
    `  Silver      resources that go, or are made anew from what is left: ${listed(plan.resources)}`,
    "  and         old versions of the files of these tables, what the jobs keep of stays, temporary files",
    ...staysLines(plan).map((line) => `  stays       ${line}`),
  ];
}

function staysLines({ temp_kept, keys_kept, undelivered }: ForgetPlan): string[] {
  const messages = undelivered === null ? "messages (how many cannot be seen)" : many(undelivered, "message");
  return [
    ...temp_kept.map(
      (folder) => `${folder}: a --TempDir that is not the project's own is neither emptied nor looked through`,
    ),
    ...(keys_kept > 0
      ? [
          `${many(keys_kept, "raw object")} with a key that names it, which holds nothing of it, or of others too: bucket and ledger show the key`,
        ]
      : []),
    ...(undelivered === 0
      ? []
      : [
          `${messages} in the queue of what could not be recorded: they hold keys of files, until the function takes them up`,
        ]),
  ];
}

/** What is erased: counts, and never an id. */
export function forgetView(term: Terminal, { yes }: { readonly yes: boolean }): (event: ForgetEvent) => void {
  const showRun = runView(term);
  return (event) => {
    if (event.type === "run") {
      showRun(event.event);
      return;
    }
    term.emit(event);
    if (event.type === "step") term.note(term.paint.dim(event.what));
    else if (event.type === "plan") {
      for (const line of planLines(event)) term.line(line);
      if (!yes) term.line("Nothing has changed: add --yes to erase it. What is erased cannot be brought back.");
    } else if (event.left.length === 0)
      term.line(
        `${term.paint.green("Forgotten:")} no version of a raw file or of a table's file holds anything of it.`,
      );
  };
}
