import { foreign } from "../../src/codes/foreign.ts";
import {
  type AnyKind,
  anyKind,
  type Address,
  type Call,
  type Classify,
  type Desired,
  type FaultClass,
  type Kind,
  type Live,
  type Marks,
  type Tags,
} from "../../src/engine/types.ts";

/** A small world in memory: things with a value, a size, needs and tags, and a script of failures. */
export interface ThingProps {
  readonly value: string;
  readonly fixed: string;
  readonly map: Readonly<Record<string, string>>;
  readonly needs: readonly string[];
}

export class Failure extends Error {
  constructor(
    readonly kind: FaultClass,
    text = kind as string,
  ) {
    super(text);
  }
}

export const classify: Classify = (error) =>
  error instanceof Failure
    ? { class: error.kind, code: foreign(error.kind), text: error.message }
    : { class: "bug", code: "bug", text: String(error) };

export const MARKS: Marks = { ownerKey: "m:owner", appliedKey: "m:applied", owner: "p/dev" };

export interface Thing {
  props: ThingProps;
  tags: Tags;
  owner?: string;
}

export class World {
  readonly things = new Map<string, Thing>();
  readonly log: string[] = [];
  readonly data = new Map<string, string>();
  readonly foreign = new Map<string, string>();
  /** Ids that are deleted only to come back: their users stay. */
  readonly replacing = new Set<string>();
  inFlight = 0;
  mostInFlight = 0;
  /** Called before a call takes effect ("before") and after it did ("after"); may throw. */
  hook: (moment: "before" | "after", call: string) => Promise<void> | void = () => undefined;
  onRead: () => Promise<void> | void = () => undefined;

  async send(call: string, effect: () => void): Promise<void> {
    this.log.push(call);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      await Promise.resolve();
      await this.hook("before", call);
      effect();
      await this.hook("after", call);
    } finally {
      this.inFlight -= 1;
    }
  }
}

const key = (kind: string, name: string): string => `${kind}|${name}`;
export const thingKey = (id: string, kind = "fake.thing"): string => key(kind, `n-${id}`);

/** A kind over a world. Every creation takes two calls, as most do in AWS. */
export function fakeKind(world: World, more: Partial<Kind<ThingProps, World>> = {}): AnyKind<World> {
  const name = more.name ?? "fake.thing";
  const found = (address: Address): Thing => {
    const thing = world.things.get(key(name, address.name));
    if (!thing) throw new Failure("absent", `${address.name} is absent`);
    return thing;
  };
  const kind: Kind<ThingProps, World> = {
    name,
    fields: { fixed: { onChange: "replace" } },
    handles: (_ctx, address) => [`h:${address.id}`],
    needs: (_ctx, _address, props) => props.needs.map((id) => `h:${id}`),
    async read(ctx, wanted) {
      await ctx.onRead();
      return new Map(
        wanted.flatMap(({ name: n }): [string, Live<ThingProps>][] => {
          const thing = ctx.things.get(key(name, n));
          const owner = thing?.tags[MARKS.ownerKey] ?? thing?.owner;
          return thing
            ? [
                [
                  n,
                  {
                    name: n,
                    props: structuredClone(thing.props),
                    tags: { ...thing.tags },
                    ...(owner ? { owner } : {}),
                  },
                ],
              ]
            : [];
        }),
      );
    },
    async owned(ctx) {
      return [...ctx.things.keys()]
        .filter((k) => k.startsWith(`${name}|`))
        .map((k) => {
          const n = k.slice(name.length + 1);
          return { kind: name, id: n.replace(/^n-/, ""), name: n };
        });
    },
    *create(ctx, { address, props, tags }): Iterable<Call> {
      const at = key(name, address.name);
      yield {
        name: "fake:Create",
        creates: true,
        send: () =>
          ctx.send(`create ${address.id}`, () => {
            if (ctx.things.has(at)) throw new Failure("exists");
            ctx.things.set(at, { props: { ...props, value: "" }, tags: { ...tags } });
          }),
      };
      yield {
        name: "fake:Put",
        send: () =>
          ctx.send(`put ${address.id}`, () => {
            found(address).props = structuredClone(props);
          }),
      };
    },
    *update(ctx, { address, props, changed }): Iterable<Call> {
      yield {
        name: "fake:Update",
        send: () =>
          ctx.send(`update ${address.id} ${[...changed].sort().join(",")}`, () => {
            found(address).props = structuredClone(props);
          }),
      };
    },
    *delete(ctx, address): Iterable<Call> {
      yield {
        name: "fake:Delete",
        send: () =>
          ctx.send(`delete ${address.id}`, () => {
            if (ctx.data.has(address.id)) throw new Failure("user", "not empty");
            ctx.things.delete(key(name, address.name));
          }),
      };
    },
    *retag(ctx, address, _live, set, remove): Iterable<Call> {
      yield {
        name: "fake:Retag",
        send: () =>
          ctx.send(`retag ${address.id}`, () => {
            const thing = found(address);
            thing.tags = Object.fromEntries(
              Object.entries({ ...thing.tags, ...set }).filter(([k]) => !remove.includes(k)),
            );
          }),
      };
    },
    *empty(ctx, address): Iterable<Call> {
      yield { name: "fake:Empty", send: () => ctx.send(`empty ${address.id}`, () => void ctx.data.delete(address.id)) };
    },
    *strip(ctx, address): Iterable<Call> {
      yield { name: "fake:Strip", send: () => ctx.send(`strip ${address.id}`, () => undefined) };
    },
    holdsData: async (ctx, address) => ctx.data.get(address.id),
    carriesForeign: async (ctx, address) => ctx.foreign.get(address.id),
    permissions: { read: [], create: [], update: [], delete: [] },
    ...more,
  };
  return anyKind(kind);
}

export const thing = (
  id: string,
  more: Partial<ThingProps> = {},
  tags: Tags = { Project: "p" },
  kind = "fake.thing",
): Desired<ThingProps> => ({
  address: { kind, id, name: `n-${id}` },
  props: { value: "v", fixed: "f", map: { a: "1", b: "2" }, needs: [], ...more },
  tags,
});
