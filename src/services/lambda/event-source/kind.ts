import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import type { AwsContext } from "../../../aws/context.ts";
import { OWNER_TAG } from "../../../aws/marks.ts";
import type { Address, Call, FieldRule, Kind, Live } from "../../../engine/types.ts";
import { call, forget, given, pages, sameSet, unless } from "../../kit.ts";
import { lambdaArn } from "../arn.ts";
import { lambdaClient } from "../client.ts";
import { FIELDS, settingsIn, settingsOut } from "./fields.ts";
import type { EventSourceProps } from "./props.ts";

const ABSENT = ["ResourceNotFound"] as const;

/** `function:<name>` and, for an alias, `:<alias>`. */
const functionIn = (arn = ""): string => arn.split(":").slice(6).join(":");

/** A source as names tell it. Of a table's stream the table: its label is minted anew with every stream. */
export const sourceName = (sourceArn: string | null, brokers: readonly string[]): string => {
  if (sourceArn === null) return `kafka:${brokers.join(",")}`;
  const [, , service = "", , , ...rest] = sourceArn.split(":");
  return `${service}:${rest.join(":").replace(/^(table\/[^/]+)\/stream\/.*$/s, "$1")}`;
};

/** `<function>/<service>:<source>` */
export const eventSourceName = (functionName: string, source: string): string =>
  `${functionName.replace(/:.*$/, "")}/${source}`;

const brokersIn = ({ SelfManagedEventSource }: EventSourceMappingConfiguration): readonly string[] =>
  SelfManagedEventSource?.Endpoints?.KAFKA_BOOTSTRAP_SERVERS ?? [];

const nameIn = (one: EventSourceMappingConfiguration): string =>
  eventSourceName(functionIn(one.FunctionArn), sourceName(one.EventSourceArn ?? null, brokersIn(one)));

/** All mappings of the account and region: by their function AWS lists those of its newest code alone. */
async function mappings(ctx: AwsContext): Promise<readonly EventSourceMappingConfiguration[]> {
  const lambda = await ctx.clients.of(lambdaClient);
  const all = await pages(
    (Marker?: string) => lambda.listEventSourceMappings(Marker ? { Marker } : {}),
    (page) => page.NextMarker || undefined,
  );
  return all.flatMap((page) => page.EventSourceMappings ?? []).filter(({ State }) => State !== "Deleting");
}

const arnOf = (ctx: AwsContext, { UUID = "", EventSourceMappingArn }: EventSourceMappingConfiguration): string =>
  EventSourceMappingArn ?? lambdaArn.eventSource(ctx, UUID);

async function liveOf(ctx: AwsContext, one: EventSourceMappingConfiguration): Promise<Live<EventSourceProps>> {
  const lambda = await ctx.clients.of(lambdaClient);
  const answer = await unless(ABSENT, lambda.listTags({ Resource: arnOf(ctx, one) }));
  const tags = answer?.Tags ?? {};
  return {
    name: nameIn(one),
    tags,
    ...(tags[OWNER_TAG] === undefined ? {} : { owner: tags[OWNER_TAG] }),
    minted: { uuid: one.UUID ?? "" },
    props: {
      sourceArn: one.EventSourceArn ?? null,
      brokers: brokersIn(one),
      function: functionIn(one.FunctionArn),
      enabled: one.State !== "Disabled" && one.State !== "Disabling",
      ...settingsIn(one),
    },
  };
}

async function read(ctx: AwsContext, wanted: readonly Address[]): Promise<ReadonlyMap<string, Live<EventSourceProps>>> {
  const names = new Set(wanted.map(({ name }) => name));
  const found = (await mappings(ctx)).filter((one) => names.has(nameIn(one)));
  const live = await Promise.all(found.map((one) => liveOf(ctx, one)));
  return new Map(live.map((one) => [one.name, one]));
}

const find = async (ctx: AwsContext, name: string): Promise<EventSourceMappingConfiguration | undefined> =>
  (await mappings(ctx)).find((one) => nameIn(one) === name);

/** Creating, Enabling, Updating and Deleting take up to a minute, and refuse every other change meanwhile. */
const settles = (ctx: AwsContext, uuid: () => string | undefined): Pick<Call, "ready" | "readyWithinMs"> => ({
  readyWithinMs: 600_000,
  ready: async () => {
    const UUID = uuid();
    const lambda = await ctx.clients.of(lambdaClient);
    const now = UUID === undefined ? undefined : await unless(ABSENT, lambda.getEventSourceMapping({ UUID }));
    const state = now?.State;
    return state === undefined || /^(Enabled|Disabled)$/.test(state) || `the event source is ${state}`;
  },
});

/** UUID of what was read; of what was made since, it is looked up. */
const uuidOf = async (ctx: AwsContext, name: string, live: Live<EventSourceProps>): Promise<string | undefined> =>
  live.minted?.["uuid"] || (await find(ctx, name))?.UUID;

const anew = (what: string): FieldRule => ({
  onChange: "replace",
  reason: `AWS takes ${what} with the creation alone`,
});
const WITH_CREATION = ["topics", "mqQueues", "startingPosition", "startAt", "consumerGroup"] as const;

const isSource = (arn: string): boolean => arn.includes(":event-source-mapping:");

export const eventSource: Kind<EventSourceProps, AwsContext> = {
  name: "lambda.eventSource",
  fields: {
    sourceArn: anew("the source"),
    brokers: { ...anew("the brokers"), equal: sameSet },
    ...Object.fromEntries(WITH_CREATION.map((key) => [key, anew(key)])),
    batchWindowSeconds: { unset: 0 },
    bisectOnError: { unset: false },
    parallelization: { unset: 1 },
    maxRecordAgeSeconds: { unset: -1 },
    maxRetryAttempts: { unset: -1 },
    tumblingWindowSeconds: { unset: 0 },
    reportFailures: { unset: false },
    access: { equal: sameSet },
    metrics: { equal: sameSet },
    filters: { equal: (a, b) => sameSet(parsed(a), parsed(b)) },
  },
  mints: ["uuid"],
  handles: () => [],
  needs: (ctx, _address, { function: name, sourceArn, onFailureArn, kmsKeyArn }) => {
    const [plain = ""] = name.split(":");
    return [lambdaArn.function(ctx, plain), sourceArn, onFailureArn, kmsKeyArn].flatMap((one) => one ?? []);
  },
  read,
  // Tag search answers UUIDs: the list says what stands behind them. Without a declared or tagged one nobody asks.
  async owned(ctx, declared = []) {
    if (declared.length === 0 && !(await ctx.tagged()).some(isSource)) return [];
    const [start, end] = [`${ctx.project}_`, `_${ctx.env}`];
    return (await mappings(ctx)).map(nameIn).flatMap((name) => {
      const [fn = ""] = name.split("/");
      return fn.startsWith(start) && fn.endsWith(end) ? [{ kind: "lambda.eventSource", id: name, name }] : [];
    });
  },
  *create(ctx, { props, tags }) {
    let uuid: string | undefined;
    const { sourceArn, brokers, enabled } = props;
    yield call(
      "lambda:CreateEventSourceMapping",
      async () => {
        const made = await (
          await ctx.clients.of(lambdaClient)
        ).createEventSourceMapping({
          ...settingsOut(
            props,
            Object.keys(FIELDS).filter((key) => Object.hasOwn(props, key)),
          ),
          FunctionName: props.function,
          ...given("EventSourceArn", sourceArn ?? undefined),
          ...given(
            "SelfManagedEventSource",
            brokers.length > 0 ? { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [...brokers] } } : undefined,
          ),
          Enabled: enabled,
          Tags: { ...tags },
        });
        uuid = made.UUID;
        return made;
      },
      { creates: true, ...settles(ctx, () => uuid) },
    );
  },
  async *update(ctx, { address: { name }, props, live, changed }) {
    if (changed.size === 0) return;
    const UUID = await uuidOf(ctx, name, live);
    yield call(
      "lambda:UpdateEventSourceMapping",
      async () =>
        (await ctx.clients.of(lambdaClient)).updateEventSourceMapping({
          UUID,
          ...settingsOut(props, changed),
          ...(changed.has("function") ? { FunctionName: props.function } : {}),
          ...(changed.has("enabled") ? { Enabled: props.enabled } : {}),
        }),
      settles(ctx, () => UUID),
    );
  },
  async *delete(ctx, { name }, live) {
    const UUID = await uuidOf(ctx, name, live);
    if (UUID === undefined) return;
    yield forget(
      "lambda:DeleteEventSourceMapping",
      ABSENT,
      async () => (await ctx.clients.of(lambdaClient)).deleteEventSourceMapping({ UUID }),
      settles(ctx, () => UUID),
    );
  },
  async *retag(ctx, { name }, live, set, remove) {
    const UUID = await uuidOf(ctx, name, live);
    if (UUID === undefined) return;
    const Resource = lambdaArn.eventSource(ctx, UUID);
    if (Object.keys(set).length > 0)
      yield call("lambda:TagResource", async () =>
        (await ctx.clients.of(lambdaClient)).tagResource({ Resource, Tags: { ...set } }),
      );
    if (remove.length > 0)
      yield call("lambda:UntagResource", async () =>
        (await ctx.clients.of(lambdaClient)).untagResource({ Resource, TagKeys: [...remove] }),
      );
  },
  lane: ({ name }) => `lambda ${name}`,
  permissions: {
    read: ["lambda:ListEventSourceMappings", "lambda:GetEventSourceMapping", "lambda:ListTags"],
    create: ["lambda:CreateEventSourceMapping", "lambda:TagResource"],
    update: ["lambda:UpdateEventSourceMapping", "lambda:TagResource", "lambda:UntagResource"],
    delete: ["lambda:DeleteEventSourceMapping"],
  },
};

/** Patterns by what they mean: AWS keeps their text. */
const parsed = (all: unknown): unknown[] =>
  (Array.isArray(all) ? all : []).map((one): unknown => (typeof one === "string" ? JSON.parse(one) : one));
