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
    for (const handle of handles) index.set(handle, [...(index.get(handle) ?? []), key]);
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
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (key: string): readonly string[] | undefined => {
    const at = path.indexOf(key);
    if (at >= 0) return path.slice(at);
    if (finished.has(key)) return undefined;
    path.push(key);
    for (const next of graph.get(key) ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    finished.add(key);
    return undefined;
  };
  for (const key of graph.keys()) {
    const cycle = visit(key);
    if (cycle) return cycle;
  }
  return undefined;
}

/** `start` and everything that it needs, directly or not. */
export function closure(graph: Graph, start: Iterable<string>): ReadonlySet<string> {
  const seen = new Set<string>();
  const todo = [...start];
  for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    todo.push(...(graph.get(key) ?? []));
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
  for (let cycle = findCycle(loose); cycle; cycle = findCycle(loose)) {
    loose.get(cycle[0] ?? "")?.delete(cycle[1] ?? cycle[0] ?? "");
  }
  return loose;
}
