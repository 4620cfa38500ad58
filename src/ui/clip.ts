/** `…` stands for what is left out on either side. */
const cut = (text: string, start: number, room: number): string => {
  if (text.length <= room) return text;
  const head = start > 0 ? "…" : "";
  const width = Math.max(1, room - head.length);
  const rest = text.slice(start);
  return head + (rest.length > width ? `${rest.slice(0, width - 1)}…` : rest);
};

function commonHead(one: string, other: string): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}

/**
 * Two values of one place on a line, each with so much room: what they share at the head gives way, so that what differs is seen
 * (two ARNs differ in their last word).
 */
export function clipPair(before: string, after: string, room: number): readonly [string, string] {
  const differ = commonHead(before, after);
  const shortest = Math.min(...[before, after].map((text) => text.length).filter((length) => length > room));
  // Some of what comes before the difference, and more of it where the text ends soon after.
  const start = differ < room - 8 ? 0 : Math.min(differ - Math.floor(room / 3), shortest - (room - 1));
  return [cut(before, start, room), cut(after, start, room)];
}
