import { FAMILIES, type Family } from "../../src/codes/index.ts";
import { type Document, GENERATED, visible } from "./kit.ts";

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

/** GitHub's anchor of a heading. */
const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replace(/ /g, "-");

const page = (): string =>
  [
    "# Error codes",
    `${GENERATED} The codes are listed in \`src/codes\`.`,
    "Codes are stable words for scripts: they stand in brackets behind a message, and in `code` with `--json`. The message itself says what was found where; here stands what each code means, what is mostly behind it, and what to do.",
    FAMILIES.map(({ title }) => `- [${title}](#${anchor(title)})`).join("\n"),
    ...FAMILIES.map(family),
  ].join("\n\n") + "\n";

export const errorDocuments: readonly Document[] = [{ path: "docs/errors.md", text: page }];
