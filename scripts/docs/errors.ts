import type { Family } from "../../src/codes/index.ts";
import { HINTS } from "../../src/operate/runs/hints.ts";
import { FAMILIES } from "../../src/services/codes.ts";
import { type Document, GENERATED, table, visible } from "./kit.ts";

const family = ({ title, met, codes }: Family): string =>
  [
    `## ${title}`,
    met,
    ...Object.entries(codes)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, { what, why, todo }]) =>
        visible(`### \`${code}\`\n\n${what}\n\n- Why: ${why}\n- What to do: ${todo}`),
      ),
  ].join("\n\n");

/** What is known of the failures of jobs has words of its own. */
const hints = (): string =>
  [
    "## Hints of failed jobs",
    "`hint.id` in the lines `failure` of `run-workflow` and `ingest`: what a job's error, or a line of its log, means here.",
    table(
      ["hint", "what it means", "what to do"],
      HINTS.map(({ id, means, fix }) => [`\`${id}\``, means, fix]),
    ),
  ].join("\n\n");

/** GitHub's anchor of a heading. */
const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replace(/ /g, "-");

const page = (): string =>
  [
    "# Error codes",
    `${GENERATED} The codes are listed in \`src/codes\`, those of single services in their folders.`,
    "Codes are stable words for scripts: they stand in brackets behind a message, and in `code` with `--json`. The message itself says what was found where; here stands what each code means, what is mostly behind it, and what to do.",
    [...FAMILIES.map(({ title }) => title), "Hints of failed jobs"]
      .map((title) => `- [${title}](#${anchor(title)})`)
      .join("\n"),
    ...FAMILIES.map(family),
    hints(),
  ].join("\n\n") + "\n";

export const errorDocuments: readonly Document[] = [{ path: "docs/errors.md", text: page }];
