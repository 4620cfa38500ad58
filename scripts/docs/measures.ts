import { readFileSync } from "node:fs";
import type { Document } from "./kit.ts";

/** One rule of docs/measures.md: what the report shows one click away from a figure. */
interface Rule {
  readonly id: string;
  readonly section: string;
  readonly text: string;
}

/** Rules are list items that begin with their id: `- **M1** …`, and go on in lines that are indented. */
function rulesOf(markdown: string): Rule[] {
  const rules: { id: string; section: string; text: string }[] = [];
  let section = "";
  let open = false;
  for (const line of markdown.split("\n")) {
    const [, id = "", text = ""] = /^- \*\*([A-Z]\d+)\*\* (.*)$/.exec(line) ?? [];
    section = /^## (.+)$/.exec(line)?.[1] ?? section;
    if (id !== "") rules.push({ id, section, text });
    const last = rules.at(-1);
    if (id === "" && open && last && line.startsWith("  ")) last.text += ` ${line.trim()}`;
    open = id !== "" || (open && line.startsWith("  "));
  }
  return rules;
}

export const measureDocuments: readonly Document[] = [
  {
    path: "src/ui/report/definitions.json",
    text: () => `${JSON.stringify(rulesOf(readFileSync("docs/measures.md", "utf8")), null, 2)}\n`,
  },
];
