import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../clock/index.ts";
import {
  admit,
  linkOf,
  OWN,
  RawHeaders,
  Refused,
  refusalFor,
  refuseStrangers,
  serviceClaimed,
  targetOf,
  UnprovedBodies,
  watchBody,
  type Admitted,
  type KeyRing,
  type Patience,
  type Visit,
} from "./door/index.ts";
import { AwsError } from "./errors.ts";
import { followLink } from "./links.ts";
import type { Emulator } from "./emulator.ts";
import { hasBody, type Proxy } from "./proxy.ts";
import { refuse } from "./refuse.ts";
import type { FrontOptions } from "./types.ts";
import { parseJson, sendError, sendJson, type Json } from "./wire.ts";

/** A service that this process answers itself: `<target prefix>.<Operation>`, JSON 1.1. */
export interface OwnService {
  /** The service's name in the SigV4 credential scope. */
  readonly scope: string;
  /** `AWSGlue` in `X-Amz-Target: AWSGlue.CreateJob`. */
  readonly target: string;
  answer(operation: string, input: Json): Promise<object>;
  needs(operation: string, input: Json): Needs;
}

/** What a request needs in IAM. */
export interface Needs {
  readonly action: string;
  /** What the action is on: it must be allowed on each. */
  readonly resources: string[];
  /** The roles that the request gives to the service: `iam:PassRole` on each. */
  readonly passes?: string[];
}

export interface RouterOptions {
  readonly services: OwnService[];
  readonly proxy: Proxy;
  readonly emulator: Emulator;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly patience: Patience;
  /** What made the tokens of links to functions' code. */
  readonly linkSecret: string;
  /** The port that requests must name in `Host`. */
  port(): number;
  /** Why IAM lets the owner of a key not do this, if so. Asked for keys minted here; the project folder's is the account's root. */
  readonly authorize?: FrontOptions["authorize"];
  /** How often each operation was asked for: told to root alone. */
  calls(): object;
  /** Told of every request of a known caller. */
  onRequest(service: string | undefined, request: IncomingMessage): void;
  /** Told of every request that goes on to the emulator, before it goes and when it is answered. */
  onPass(service: string | undefined, request: IncomingMessage): void;
  log(line: string): void;
}

/** How long a refused sender may go on sending what nobody reads. */
const DRAIN_MS = 2_000;

/** Lets requests in and routes them: own services by credential scope, everything else to the emulator. */
export function router(options: RouterOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const bodies = new UnprovedBodies();
  const turnAway = (
    request: IncomingMessage,
    response: ServerResponse,
    service: string | undefined,
    thrown: unknown,
  ): void => {
    const known = thrown instanceof Refused || thrown instanceof AwsError;
    if (!known) options.log(`front: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
    const own = known ? thrown : internal(thrown);
    const error = own instanceof Refused ? refusalFor(own, service) : own;
    if (!response.destroyed) refuse(request, response, service, error);
    request.resume();
    if (request.complete) return;
    void options.clock.sleep(DRAIN_MS).then(() => request.complete || request.socket.destroy());
  };

  const route = async (visit: Visit, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    refuseStrangers(visit, options.port());
    const { target } = visit;
    if (target === undefined) throw new Refused("badRequest");
    if (request.url === "/_metriccare/health") {
      sendJson(response, 200, { status: "ok" });
      return;
    }
    if (visit.headers.get("authorization") === undefined) {
      const link = linkOf(visit, options.linkSecret, options.clock.now());
      if (link) {
        await followLink(link, options.emulator, response);
        return;
      }
    }
    const onRead = (): void => {
      if (request.headers.expect) response.writeContinue();
    };
    const caller = await admit(
      request,
      { ...visit, target },
      { keys: options.keys, clock: options.clock, bodies, onRead },
    );
    if (caller.service === OWN.scope) {
      if (!caller.root) throw new Refused("stranger");
      sendJson(response, 200, options.calls());
      return;
    }
    options.onRequest(caller.service, request);
    const own = options.services.find((service) => service.scope === caller.service);
    if (own) await answerOwn(own, caller, request, response, options);
    else pass(caller, request, response, options);
  };

  return (request, response) => {
    const headers = RawHeaders.of(request);
    const target = targetOf(request.url);
    const away = (error: unknown): void => turnAway(request, response, serviceClaimed(headers, target), error);
    if (hasBody(request)) void watchBody(request, options.clock, options.patience, () => away(new Refused("slow")));
    route({ method: request.method ?? "", target, headers }, request, response).catch(away);
  };
}

function pass(caller: Admitted, request: IncomingMessage, response: ServerResponse, options: RouterOptions): void {
  const { service, accessKeyId, body, check, limit } = caller;
  // A hash of nothing, or chunks that are announced and do not come.
  if (!hasBody(request)) check.end();
  const told = (): void => {
    // Keys and roles may have come or gone.
    if (service === "iam" || service === "sts") options.keys.forget();
    options.onPass(service, request);
  };
  told();
  options.proxy.pass(request, response, { service, accessKeyId, body, check, limit, answered: told, log: options.log });
}

/** Policies of users and roles hold for own services as the emulator holds them for its own. */
async function allow(
  service: OwnService,
  operation: string,
  input: Json,
  caller: Admitted,
  options: RouterOptions,
): Promise<void> {
  if (!options.authorize || caller.root) return;
  const { action, resources, passes = [] } = service.needs(operation, input);
  const passing = { "iam:PassedToService": `${service.scope}.amazonaws.com` };
  const denied =
    (await options.authorize(caller.accessKeyId, action, resources)) ??
    (passes.length === 0 ? undefined : await options.authorize(caller.accessKeyId, "iam:PassRole", passes, passing));
  if (denied !== undefined) throw new AwsError("AccessDeniedException", denied);
}

async function answerOwn(
  service: OwnService,
  caller: Admitted,
  request: IncomingMessage,
  response: ServerResponse,
  options: RouterOptions,
): Promise<void> {
  const id = randomUUID();
  try {
    const target = String(request.headers["x-amz-target"] ?? "");
    const operation = target.slice(target.lastIndexOf(".") + 1);
    const input = parseJson(caller.body ?? Buffer.alloc(0));
    await allow(service, operation, input, caller, options);
    sendJson(response, 200, await service.answer(operation, input), id);
  } catch (error) {
    if (response.destroyed) return;
    if (!(error instanceof AwsError))
      options.log(`${service.scope}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    sendError(response, error instanceof AwsError ? error : internal(error), id);
  }
}

const internal = (error: unknown): AwsError =>
  new AwsError(
    "InternalServiceException",
    `The embedded AWS has a bug: ${error instanceof Error ? error.message : String(error)}`,
    500,
  );
