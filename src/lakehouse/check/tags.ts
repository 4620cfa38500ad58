import type { Problem } from "./problem.ts";
import type { LakehouseConfig } from "../schema.ts";

type Tags = Readonly<Record<string, string>>;

/** S3 takes ten tags an object, other things fifty; two of them are our marks. */
const OBJECT_TAGS = 8;
const TAGS = 48;

/** The characters that every service takes. Source: S3 and IAM, which are the strictest. */
const FORM = /^[\p{L}\p{N}\s_.:/=+\-@]*$/u;

/** Every place of the config that has tags of its own. */
function places(config: LakehouseConfig): [string[], Tags][] {
  const maps = ["buckets", "uploads", "databases", "jobs", "roles", "rules", "queues"] as const;
  const ones = ["workflow", "function", "ledger", "alerts"] as const;
  return [
    [["tags"], config.tags],
    ...maps.flatMap((section) =>
      Object.entries(config[section]).map(([id, one]): [string[], Tags] => [[section, id, "tags"], one.tags]),
    ),
    ...ones.map((section): [string[], Tags] => [[section, "tags"], config[section].tags]),
    ...Object.entries(config.workflow.triggers).map(([id, one]): [string[], Tags] => [
      ["workflow", "triggers", id, "tags"],
      one.tags,
    ]),
  ];
}

/** Tags that AWS would refuse, or that are ours to set. */
export function checkTags(config: LakehouseConfig): Problem[] {
  const problems: Problem[] = [];
  for (const [path, tags] of places(config)) {
    for (const [key, value] of Object.entries(tags)) {
      const say = (message: string): void => void problems.push({ path: [...path, key], message });
      if (/^aws:/i.test(key)) say("tags that start with aws: are AWS's own");
      else if (key.startsWith("metriccare:"))
        say("tags that start with metriccare: are the marks of ownership, set by apply");
      else if (!FORM.test(key) || !FORM.test(value)) say("a tag holds letters, digits, spaces and _.:/=+-@ only");
    }
    // Project and Environment come along.
    const count = new Set(["Project", "Environment", ...Object.keys(config.tags), ...Object.keys(tags)]).size;
    const limit = path[0] === "uploads" || path.length === 1 ? OBJECT_TAGS : TAGS;
    if (count > limit)
      problems.push({ path, message: `${count} tags in all; with the two marks AWS takes ${limit + 2} there` });
  }
  return problems;
}
