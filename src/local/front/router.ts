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
  scope: string;
  /** `AWSGlue` in `X-Amz-Target: AWSGlue.CreateJob`. */
  target: string;
  answer(operation: string, input: Json): Promise<object>;
  needs(operation: string, input: Json): Needs;
}

/** What a request needs in IAM. */
export interface Needs {
  action: string;
  /** What the action is on: it must be allowed on each. */
  resources: string[];
  /** The roles that the request gives to the service: `iam:PassRole` on each. */
  passes?: string[];
}

export interface RouterOptions {
  services: OwnService[];
  proxy: Proxy;
  emulator: Emulator;
  keys: KeyRing;
  clock: Clock;
  patience: Patience;
  /** What made the tokens of links to functions' code. */
  linkSecret: string;
  /** The port that requests must name in `Host`. */
  port(): number;
  /** Why IAM lets the owner of a key not do this, if so. Asked for keys minted here; the project folder's is the account's root. */
  authorize?: FrontOptions["authorize"];
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
export function router(o: RouterOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const bodies = new UnprovedBodies();
  const turnAway = (
    request: IncomingMessage,
    response: ServerResponse,
    service: string | undefined,
    e: unknown,
  ): void => {
    if (!(e instanceof Refused || e instanceof AwsError)) o.log(`front: ${e instanceof Error ? e.stack : String(e)}`);
    const error = e instanceof Refused ? refusalFor(e, service) : e instanceof AwsError ? e : internal(e);
    if (!response.destroyed) refuse(request, response, service, error);
    request.resume();
    if (request.complete) return;
    void o.clock.sleep(DRAIN_MS).then(() => request.complete || request.socket.destroy());
  };

  const route = async (visit: Visit, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    refuseStrangers(visit, o.port());
    const { target } = visit;
    if (target === undefined) throw new Refused("badRequest");
    if (request.url === "/_metriccare/health") {
      sendJson(response, 200, { status: "ok" });
      return;
    }
    if (visit.headers.get("authorization") === undefined) {
      const link = linkOf(visit, o.linkSecret, o.clock.now());
      if (link) {
        await followLink(link, o.emulator, response);
        return;
      }
    }
    const onRead = (): void => {
      if (request.headers.expect) response.writeContinue();
    };
    const caller = await admit(request, { ...visit, target }, { keys: o.keys, clock: o.clock, bodies, onRead });
    if (caller.service === OWN.scope) {
      if (!caller.root) throw new Refused("stranger");
      sendJson(response, 200, o.calls());
      return;
    }
    o.onRequest(caller.service, request);
    const own = o.services.find((service) => service.scope === caller.service);
    if (own) await answerOwn(own, caller, request, response, o);
    else pass(caller, request, response, o);
  };

  return (request, response) => {
    const headers = RawHeaders.of(request);
    const target = targetOf(request.url);
    const away = (error: unknown): void => turnAway(request, response, serviceClaimed(headers, target), error);
    if (hasBody(request)) void watchBody(request, o.clock, o.patience, () => away(new Refused("slow")));
    route({ method: request.method ?? "", target, headers }, request, response).catch(away);
  };
}

function pass(caller: Admitted, request: IncomingMessage, response: ServerResponse, o: RouterOptions): void {
  const { service, accessKeyId, body, check, limit } = caller;
  // A hash of nothing, or chunks that are announced and do not come.
  if (!hasBody(request)) check.end();
  const told = (): void => {
    // Keys and roles may have come or gone.
    if (service === "iam" || service === "sts") o.keys.forget();
    o.onPass(service, request);
  };
  told();
  o.proxy.pass(request, response, { service, accessKeyId, body, check, limit, answered: told, log: o.log });
}

/** Policies of users and roles hold for own services as the emulator holds them for its own. */
async function allow(
  service: OwnService,
  operation: string,
  input: Json,
  caller: Admitted,
  o: RouterOptions,
): Promise<void> {
  if (!o.authorize || caller.root) return;
  const { action, resources, passes = [] } = service.needs(operation, input);
  const passing = { "iam:PassedToService": `${service.scope}.amazonaws.com` };
  const denied =
    (await o.authorize(caller.accessKeyId, action, resources)) ??
    (passes.length === 0 ? undefined : await o.authorize(caller.accessKeyId, "iam:PassRole", passes, passing));
  if (denied !== undefined) throw new AwsError("AccessDeniedException", denied);
}

async function answerOwn(
  service: OwnService,
  caller: Admitted,
  request: IncomingMessage,
  response: ServerResponse,
  o: RouterOptions,
): Promise<void> {
  const id = randomUUID();
  try {
    const target = String(request.headers["x-amz-target"] ?? "");
    const operation = target.slice(target.lastIndexOf(".") + 1);
    const input = parseJson(caller.body ?? Buffer.alloc(0));
    await allow(service, operation, input, caller, o);
    sendJson(response, 200, await service.answer(operation, input), id);
  } catch (error) {
    if (response.destroyed) return;
    if (!(error instanceof AwsError))
      o.log(`${service.scope}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    sendError(response, error instanceof AwsError ? error : internal(error), id);
  }
}

const internal = (error: unknown): AwsError =>
  new AwsError(
    "InternalServiceException",
    `The embedded AWS has a bug: ${error instanceof Error ? error.message : String(error)}`,
    500,
  );
