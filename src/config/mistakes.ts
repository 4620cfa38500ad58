import type { z } from "zod";
import { checkSchema, place } from "./check.ts";
import { renamed, replaced, without } from "./edit.ts";
import type { ConfigProblem, Draft, Path } from "./problem.ts";
import { type Located, nodeAt } from "./source.ts";

export interface Judges<T> {
  readonly schema: z.ZodType<T>;
  readonly crossCheck: (value: T) => readonly Draft[];
  readonly tell: (root: Located) => { readonly root: Located; readonly problems: readonly Draft[] };
}

/** Each round mends or takes out what it has found; a config that needs more has other troubles. */
const ROUNDS = 20;

/**
 * Every mistake of a config that has some, each once. A misspelt word is read as the one that was meant, and what nobody can
 * read is taken out; then the rest is looked at again. So what one mistake brings along is no second one, and what it hid is
 * told in the same go.
 */
export function mistakesOf<T>(merged: Located, judges: Judges<T>): ConfigProblem[] {
  const told: ConfigProblem[] = [];
  let state: State = { root: merged, gone: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const { tell, next } = look(state, judges);
    told.push(...tell);
    if (next === undefined) break;
    state = next;
  }
  // What is written once and merged into several entries (`<<`) is one mistake.
  const distinct = new Map(told.toReversed().map(({ path, ...one }) => [JSON.stringify(one), { ...one, path }]));
  return inOrder([...distinct.values()].toReversed());
}

interface State {
  readonly root: Located;
  /** What has been taken out. */
  readonly gone: readonly Path[];
}

interface Round {
  readonly tell: readonly ConfigProblem[];
  /** With what is told undone; undefined where that was all. */
  readonly next?: State;
}

function look<T>(state: State, { schema, crossCheck, tell }: Judges<T>): Round {
  const { root, gone } = state;
  const { root: source, problems } = tell(root);
  const texts = problems.filter((one) => !follows(one, gone));
  // A text that is not told is as it is written, which is no second mistake.
  const isUntold = ({ path }: Draft): boolean => problems.some((one) => isWithin(path, one.path));
  const checked = checkSchema(schema, source);
  if ("drafts" in checked) {
    const seen = checked.drafts.filter((one) => !isUntold(one));
    const keys = seen.filter((one) => one.meant && "key" in one.meant && isMendable(root, one));
    // Keys alone and first: half of the rest may follow from one that nobody has read.
    if (keys.length > 0) return { tell: placed(source, keys), next: undone(state, keys) };
    const all = seen.length > 0 ? seen : texts;
    return {
      tell: placed(
        source,
        all.filter((one) => !isLeft(one, gone)),
      ),
      next: undone(state, all),
    };
  }
  const crossed = [
    ...texts,
    ...crossCheck(checked.value).filter((one) => !isUntold(one) && !follows(one, gone) && !isDefault(root, one, gone)),
  ];
  const firm = crossed.filter(({ because }) => because === undefined);
  const places = firm.flatMap(({ path, lacks }) => (lacks ? [path, lacks] : [path]));
  const all = crossed
    .filter(({ because = [] }) => !because.some((cause) => places.some((one) => meet(cause, one))))
    .map((one) => byEntry(root, one));
  const mendable = all.filter((one) => isMendable(root, one));
  if (mendable.length === 0) return { tell: placed(source, all) };
  return { tell: placed(source, mendable), next: undone(state, mendable) };
}

/** What is told is mended where it is known what was meant, and taken out where not; undefined where nothing can be done. */
function undone({ root, gone }: State, drafts: readonly Draft[]): State | undefined {
  const mendable = drafts.filter((one) => isMendable(root, one));
  const out = drafts.filter((one) => !mendable.includes(one)).flatMap(({ path }) => standsAt(root, path));
  if (out.length + mendable.length === 0) return undefined;
  // Of a list the last goes first: the others keep their numbers.
  return {
    root: out.toReversed().reduce((tree, path) => without(tree, path), mendable.reduce(mended, root)),
    gone: [...gone, ...out],
  };
}

/** Drafts with their places. What several places name and stands nowhere is told once, at the first. */
function placed(root: Located, drafts: readonly Draft[]): ConfigProblem[] {
  const groups = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const key = JSON.stringify(draft.lacks ?? [draft.message, draft.path]);
    groups.set(key, [...(groups.get(key) ?? []), draft]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first, ...more] = inOrder(group.map((draft) => place(root, draft)));
    if (first === undefined || more.length === 0) return first ?? [];
    const one = group.every(({ message }) => message === first.message) ? "it" : "one";
    return { ...first, message: `${first.message} (${more.length + 1} places name ${one})` };
  });
}

const inOrder = (problems: readonly ConfigProblem[]): ConfigProblem[] =>
  problems.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);

const same = (a: Path, b: Path): boolean => a.length === b.length && isWithin(a, b);

/** Whether a path is another one, or leads below it. */
const isWithin = (path: Path, other: Path): boolean => other.every((part, i) => path[i] === part);

/** Whether what was meant can be put in its place. */
function isMendable(root: Located, { path, meant }: Draft): boolean {
  const node = nodeAt(root, path);
  return node !== undefined && meant !== undefined && ("key" in meant || node.value === meant.instead);
}

function mended(root: Located, { path, meant }: Draft): Located {
  if (meant === undefined) return root;
  return "key" in meant ? renamed(root, path, meant.key) : replaced(root, path, meant.value);
}

/** What stands at a path; where something is missing, what lacks it. */
function standsAt(root: Located, path: Path): Path[] {
  const lengths = Array.from(path, (_, i) => path.length - i);
  const found = lengths.map((length) => path.slice(0, length)).find((one) => nodeAt(root, one) !== undefined);
  return found ? [found] : [];
}

/** Whether it may be a mistake only because of what was taken out. */
function follows({ path, lacks, otherwise = [], because = [] }: Draft, gone: readonly Path[]): boolean {
  const causes = [...because, ...otherwise, ...(lacks ? [lacks] : [])];
  return gone.some((one) => meet(path, one) || causes.some((cause) => meet(cause, one)));
}

/** A section that nobody has written may be there only because a word is not that says so (`pipeline: none`). */
const isDefault = (root: Located, { path }: Draft, gone: readonly Path[]): boolean =>
  gone.some((one) => one.length === 1) && nodeAt(root, path.slice(0, 1)) === undefined;

/** What was taken out is missing now, or makes a list too short, or a rule of its entry is broken without it. */
const isLeft = ({ path, because = [] }: Draft, gone: readonly Path[]): boolean =>
  gone.some((one) => isWithin(path, one) || same(one.slice(0, -1), path) || because.some((cause) => meet(cause, one)));

/** Whether one lies in the other. */
const meet = (a: Path, b: Path): boolean => isWithin(a, b) || isWithin(b, a);

/** What is named by default is written in one place alone: as the id of an entry, which is then the one with the slip. */
function byEntry(root: Located, draft: Draft): Draft {
  const { path, meant, lacks = [] } = draft;
  if (meant === undefined || !("value" in meant) || lacks.length !== 2) return draft;
  if (nodeAt(root, path)?.value === meant.instead) return draft;
  const entry = [...lacks.slice(0, 1), meant.value];
  const id = meant.instead;
  return nodeAt(root, entry) === undefined
    ? draft
    : { ...draft, path: entry, on: "key", suggestion: `Did you mean \`${id}\`?`, meant: { key: id } };
}
