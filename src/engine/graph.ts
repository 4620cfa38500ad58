/** What a graph is read off: a node says under which handles it is known and which handles it needs. */
export interface Node {
  readonly key: string;
  readonly handles: readonly string[];
  readonly needs: readonly string[];
}

/** Node key -> keys of the nodes that it needs. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Handle -> keys of the nodes that answer to it. */
export function handleIndex(nodes: Iterable<Pick<Node, "key" | "handles">>): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const { key, handles } of nodes) {
    for (const handle of handles) {
      const keys = index.get(handle);
      if (keys) keys.push(key);
      else index.set(handle, [key]);
    }
  }
  return index;
}

/** Edges from needs to handles. Handles that nobody answers to are outside of the plan; a need of oneself is none. */
export function buildGraph(nodes: readonly Node[]): Graph {
  const index = handleIndex(nodes);
  return new Map(
    nodes.map(({ key, needs }) => [
      key,
      new Set(needs.flatMap((need) => index.get(need) ?? []).filter((other) => other !== key)),
    ]),
  );
}

/** The first cycle found, as keys in order (`a` needs `b` needs `a` gives `[a, b]`), or undefined. */
export function findCycle(graph: Graph): readonly string[] | undefined {
  let found: readonly string[] | undefined;
  walk(graph, (cycle) => {
    found = cycle;
    return "stop";
  });
  return found;
}

interface Visit {
  readonly key: string;
  readonly rest: Iterator<string>;
}

/**
 * Looks at every edge, deep first, without calling itself: a chain may be longer than the stack is deep. `onCycle` may
 * cut the cycle's first edge; then the walk goes on from there.
 */
function walk(graph: Graph, onCycle: (cycle: readonly string[]) => "stop" | "cut"): void {
  const finished = new Set<string>();
  const path: Visit[] = [];
  const place = new Map<string, number>();
  const enter = (key: string): void => {
    place.set(key, path.length);
    path.push({ key, rest: (graph.get(key) ?? []).values() });
  };
  const leave = (): void => {
    const left = path.pop();
    if (left) place.delete(left.key);
  };
  for (const start of graph.keys()) {
    if (!finished.has(start)) enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { value: next, done } = top.rest.next();
      if (done) {
        finished.add(top.key);
        leave();
        continue;
      }
      const at = place.get(next);
      if (at === undefined) {
        if (!finished.has(next)) enter(next);
        continue;
      }
      if (onCycle(path.slice(at).map(({ key }) => key)) === "stop") return;
      while (path.length > at + 1) leave();
    }
  }
}

/** `start` and everything that it needs, directly or not. */
export function closure(graph: Graph, start: Iterable<string>): ReadonlySet<string> {
  const seen = new Set<string>();
  const todo = [...start];
  for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    for (const next of graph.get(key) ?? []) todo.push(next);
  }
  return seen;
}

/** The same graph with every edge turned round: who is needed by whom. */
export function reverse(graph: Graph): Graph {
  const turned = new Map<string, Set<string>>([...graph.keys()].map((key) => [key, new Set()]));
  for (const [key, needs] of graph) for (const need of needs) turned.get(need)?.add(key);
  return turned;
}

/** Drops one edge of every cycle, so that work never stands still on a knot that somebody tied in AWS. */
export function acyclic(graph: Graph): Graph {
  const loose = new Map([...graph].map(([key, needs]) => [key, new Set(needs)]));
  walk(loose, ([first = "", second = first]) => {
    loose.get(first)?.delete(second);
    return "cut";
  });
  return loose;
}
