import { setMaxListeners } from "node:events";
import { type Clock, systemClock } from "../clock/index.ts";
import { CallLog } from "./call-log.ts";
import type { Faults } from "./faults.ts";
import type { Provider } from "./identity/provider.ts";
import { NetworkHandler } from "./network/handler.ts";
import { type Env, isSpecial } from "./network/proxy-rules.ts";
import { Pace } from "./pace.ts";
import { patientRead } from "./patient-read.ts";
import { Stopped, unlessStopped } from "./stopped.ts";
import { rememberCall } from "./wire-error.ts";

/** Where calls go. Without `endpoint` and `credentials` the SDK's own chains decide (AWS_ENDPOINT_URL, AWS_PROFILE, …). */
export interface AwsTarget {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface ClientOptions {
  readonly target: AwsTarget;
  readonly calls: CallLog;
  /** What errors mean: a read is repeated after those that pass. */
  readonly faults: Pick<Faults, "classify">;
  /** Refuse every command that is not a read: how `diff` is provably read-only. */
  readonly readOnly: boolean;
  /** Attempts the SDK makes by itself for throttles and 5xx. With 1, reads are not repeated either. */
  readonly maxAttempts?: number;
  readonly clock?: Clock;
  /** The user's wish to stop: reads under way are given up, what changes something is left to whoever sent it. */
  readonly stop?: AbortSignal;
  /** Sees every command with its input before it is sent: how tests hold requests against AWS's models and against policies. */
  readonly observe?: Observe;
  /** What the standard variables say of proxies, authorities and profiles. Absent: a direct line. */
  readonly env?: Env;
  /** Asks a person for the code of an MFA device; absent where nobody is there to ask. */
  readonly askCode?: (profile: string, device: string) => Promise<string | undefined>;
}

export type Observe = (call: { readonly service: string; readonly operation: string; readonly input: unknown }) => void;

/** Thrown by the client layer when a read-only run would have changed something: always a bug of ours. */
export class ReadOnlyViolation extends Error {
  constructor(readonly operation: string) {
    super(`${operation} would change AWS, but this command may only read`);
    this.name = "ReadOnlyViolation";
  }
}

/**
 * The SDK waits for ever by itself: a line that went dead without a word would hang the command. The longest answer that
 * we wait for takes some seconds on AWS.
 */
const LINE = { connectionTimeout: 15_000, socketTimeout: 60_000 } as const;

/** What every client is made with. */
export interface ClientSettings {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string } | Provider;
  readonly maxAttempts: number;
  readonly requestHandler: typeof LINE | NetworkHandler;
}

interface Instrumented {
  readonly middlewareStack: unknown;
}

/** A client of the SDK, as the folder of its service describes it: nothing is loaded before somebody asks for it. */
export interface ClientOf<T extends Instrumented> {
  /** As calls are counted and named: the service's name in IAM, mostly. */
  readonly name: string;
  readonly load: () => Promise<new (settings: ClientSettings) => T>;
  /** What the SDK's own defaults do wrong for us. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Changes what every call is sent with, knowing the account that we work in. */
  readonly shape?: (operation: string, input: unknown, account: string | undefined) => unknown;
  /** What may not wait behind all the others: it is sent at once. */
  readonly urgent?: (input: unknown) => boolean;
}

/** Describes a client: `client("sqs", async () => (await import("@aws-sdk/client-sqs")).SQS)`. */
export const client = <T extends Instrumented>(
  name: string,
  load: ClientOf<T>["load"],
  more: Pick<ClientOf<T>, "settings" | "shape" | "urgent"> = {},
): ClientOf<T> => ({ name, load, ...more });

/** Who we are. */
export const stsClient = client("sts", async () => (await import("@aws-sdk/client-sts")).STS);

/** What bears which tags, whichever service it is of. */
export const taggingClient = client(
  "tagging",
  async () => (await import("@aws-sdk/client-resource-groups-tagging-api")).ResourceGroupsTaggingAPI,
);

const NOBODY: ReadonlySet<string> = new Set();
const READS = /^(Get|List|Describe|Head|BatchGet|Query|Scan|Simulate|Lookup|Filter)/;

/** Structural slice of the SDK's middleware stack: every client has it, each with its own input types. */
interface Middlewares {
  add(middleware: unknown, options: object): void;
}

interface Next {
  (args: unknown): Promise<unknown>;
}

const inputOf = (args: unknown): unknown =>
  typeof args === "object" && args !== null && "input" in args ? args.input : undefined;

function instrument(
  client: Instrumented,
  { name: service, shape, urgent = () => false }: ClientOf<Instrumented>,
  options: ClientOptions,
  owner: () => string | undefined,
): void {
  const stack = client.middlewareStack as Middlewares;
  const pace = new Pace(options.clock ?? systemClock);
  const name = (context: { commandName?: string }): string =>
    (context.commandName ?? "Unknown").replace(/Command$/, "");
  stack.add(
    (next: Next, context: { commandName?: string }) => async (args: unknown) => {
      const operation = name(context);
      if (options.readOnly && !READS.test(operation)) throw new ReadOnlyViolation(`${service}:${operation}`);
      const input = shape ? shape(operation, inputOf(args), owner()) : inputOf(args);
      options.observe?.({ service, operation, input });
      const send = (): Promise<unknown> => next(typeof args === "object" ? { ...args, input } : args);
      return urgent(input) ? send() : pace.place(send);
    },
    { step: "initialize", name: "metriccareReadOnly", priority: "high" },
  );
  stack.add(
    (next: Next, context: { commandName?: string }) => async (args: unknown) => {
      const operation = name(context);
      try {
        // What changes something is repeated by the engine, which knows what may have happened.
        if (!READS.test(operation)) return await next(args);
        const { maxAttempts, faults, clock = systemClock, stop } = options;
        const answer =
          maxAttempts === 1
            ? next(args)
            : patientRead(`${service}:${operation}`, faults, clock, () => next(args), stop);
        return await unlessStopped(answer, stop);
      } catch (error) {
        if (error instanceof Stopped) throw error;
        throw rememberCall(error, service, operation);
      }
    },
    { step: "initialize", name: "metriccarePatience", priority: "normal" },
  );
  // After the SDK's retry middleware, so that every attempt counts.
  stack.add(
    (next: Next, context: { commandName?: string }) => async (args: unknown) => {
      const operation = name(context);
      options.calls.add(service, operation);
      if (urgent(inputOf(args))) return next(args);
      const call = { name: `${service}:${operation}`, touched: NOBODY };
      return pace.attempt(
        () => next(args),
        (error) => options.faults.classify(error, call).class === "throttle",
      );
    },
    { step: "finalizeRequest", name: "metriccareCallLog", priority: "low" },
  );
}

/** Lazy clients: a service's SDK is loaded on its first call. Methods are those of the SDK's aggregated clients. */
export class Clients {
  readonly #made = new Map<string, unknown>();
  #owner: string | undefined;
  readonly #handler: NetworkHandler | undefined;
  #credentials: Promise<Provider> | undefined;

  constructor(readonly options: ClientOptions) {
    const { env, target } = options;
    // Who hands in the keys hands in the place: the embedded AWS, on this machine.
    if (env && !target.credentials && isSpecial(env)) this.#handler = new NetworkHandler(env, LINE);
    // Every call under way listens: many at once are no leak.
    if (options.stop) setMaxListeners(0, options.stop);
  }

  /** From now on every call to S3 says that this account owns the bucket. Known after the first call, which asks who we are. */
  expectOwner(account: string): void {
    this.#owner = account;
  }

  /** The client that a service's folder describes: made at its first use, the same one ever after. */
  async of<T extends Instrumented>(client: ClientOf<T>): Promise<T> {
    const Sdk = await client.load();
    const made = this.#made.get(client.name);
    if (made instanceof Sdk) return made;
    const fresh = new Sdk({ ...this.#config, ...client.settings });
    instrument(fresh, client, this.options, () => this.#owner);
    this.#made.set(client.name, fresh);
    return fresh;
  }

  get #config(): ClientSettings {
    const { target, maxAttempts } = this.options;
    return {
      region: target.region,
      maxAttempts: maxAttempts ?? 3,
      requestHandler: this.#handler ?? LINE,
      ...(target.endpoint ? { endpoint: target.endpoint } : {}),
      ...(target.credentials ? { credentials: { ...target.credentials } } : {}),
      ...(target.credentials || !this.options.env ? {} : { credentials: this.credentials }),
    };
  }

  /** The SDK's chain of credentials, one for all clients: a role is taken on once, and a person is asked for one code. */
  readonly credentials: Provider = async (caller) => {
    this.#credentials ??= this.#identity();
    return (await this.#credentials)(caller);
  };

  /** How the credentials in use came (`profile x: a role`); undefined where they were handed in. */
  async origin(): Promise<string | undefined> {
    const { env, target } = this.options;
    if (!env || target.credentials) return undefined;
    return (await import("./identity/origin.ts")).credentialsCame(await this.credentials(), env);
  }

  /** What is not a direct line to AWS's usual endpoints, in words; empty for that and for the embedded AWS. */
  async way(): Promise<readonly string[]> {
    const { env, target } = this.options;
    if (!env || target.credentials) return [];
    const { config } = await this.of(stsClient);
    const { wayOut } = await import("./network/way.ts");
    return wayOut(env, target.region, {
      fips: await config.useFipsEndpoint(),
      dual: await config.useDualstackEndpoint(),
    });
  }

  async #identity(): Promise<Provider> {
    const { credentialProvider } = await import("./identity/provider.ts");
    const { env = {}, clock = systemClock, askCode } = this.options;
    return credentialProvider({
      env,
      clock,
      region: this.options.target.region,
      ...(askCode ? { askCode } : {}),
      ...(this.#handler ? { handler: this.#handler } : {}),
    });
  }
}
