import type { Problem } from "./problem.ts";
import { sections } from "../../services/index.ts";
import { entriesOf } from "../../services/names.ts";
import { mapsOf, writtenPath } from "../maps.ts";
import type { LakehouseConfig } from "../schema.ts";

type Tags = Readonly<Record<string, string>>;

/** What most services take. */
const TAGS = 50;

/** The characters that every service takes. Source: S3 and IAM, which are the strictest. */
const FORM = /^[\p{L}\p{N}\s_.:/=+\-@]*$/u;

interface Tagged {
  readonly path: Problem["path"];
  readonly tags: Tags;
  /** Most tags that the config may give it. */
  readonly most: number;
}

/** Our marks. */
const MARKS = 2;

/** Every place of the config that has tags of its own. Those of all resources are on objects too. */
function places(config: LakehouseConfig): Tagged[] {
  const all = mapsOf(config);
  const own = Object.entries(sections).flatMap(([key, section]) =>
    entriesOf(key, section, all).map(({ path, entry }) => ({
      path: [...writtenPath(config, path), "tags"],
      tags: entry.tags ?? {},
      most: (section.tags ?? TAGS) - MARKS,
    })),
  );
  const least = Math.min(...Object.values(sections).map((section) => section.tags ?? TAGS));
  return [{ path: ["tags"], tags: config.tags, most: least - MARKS }, ...own];
}

/** Tags that AWS would refuse, or that are ours to set. */
export function checkTags(config: LakehouseConfig): Problem[] {
  const problems: Problem[] = [];
  for (const { path, tags, most } of places(config)) {
    for (const [key, value] of Object.entries(tags)) {
      const say = (message: string): void => void problems.push({ path: [...path, key], message });
      if (/^aws:/i.test(key)) say("tags that start with aws: are AWS's own");
      else if (key.startsWith("metriccare:"))
        say("tags that start with metriccare: are the marks of ownership, set by apply");
      else if (!FORM.test(key) || !FORM.test(value)) say("a tag holds letters, digits, spaces and _.:/=+-@ only");
    }
    // Project and Environment come along.
    const count = new Set(["Project", "Environment", ...Object.keys(config.tags), ...Object.keys(tags)]).size;
    if (count > most)
      problems.push({ path, message: `${count} tags in all; with the two marks AWS takes ${most + MARKS} there` });
  }
  return problems;
}
