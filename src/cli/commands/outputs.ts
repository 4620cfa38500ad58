import { table } from "../../ui/table.ts";
import type { outputs } from "../declared/project.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { computedOutputs } from "../session.ts";

/** Names and ARNs: computed, so nothing needs to exist. */
export const run: Run<typeof outputs> = async (cli, options) => {
  const outputs = await computedOutputs(cli, options);
  const rows: [string, string, string | undefined][] = [];
  const add = (at: string, value: object): void => {
    if ("name" in value && typeof value.name === "string")
      rows.push([at, value.name, "arn" in value ? String(value.arn) : undefined]);
    for (const [key, inner] of Object.entries(value))
      if (typeof inner === "object" && inner !== null) add(at ? `${at}.${key}` : key, inner as object);
  };
  add("", outputs);
  for (const line of table([{ title: "output" }, { title: "name" }, { title: "arn" }], rows)) cli.term.line(line);
  cli.term.emit(outputs);
  return EXIT.ok;
};
