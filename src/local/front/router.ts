import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "./errors.ts";
import { KeyGuard, looksReal, signerOf, type Signer } from "./keys.ts";
import type { Proxy } from "./proxy.ts";
import { refuse } from "./refuse.ts";
import type { FrontOptions } from "./types.ts";
import { parseJson, readBody, sendError, sendJson, type Json } from "./wire.ts";

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
  keys: KeyGuard;
  /** Why IAM lets the owner of a key not do this, if so. Asked for keys minted here; `test` is the account's root. */
  authorize?: FrontOptions["authorize"];
  health(): object;
  /** Told of every request of a known caller. */
  onRequest(service: string | undefined, request: IncomingMessage): void;
  /** Told of every request that goes on to the emulator, before it goes and when it is answered. */
  onPass(service: string | undefined, request: IncomingMessage): void;
  log(line: string): void;
}

/** Services whose answers may hold freshly minted access keys. */
const MINTS = new Set(["iam", "sts"]);

/** Routes one request: own services by credential scope and target, everything else to the emulator. */
export function router(o: RouterOptions): (request: IncomingMessage, response: ServerResponse) => void {
  /** Policies of users and roles hold for own services as the emulator holds them for its own. */
  const allow = async (service: OwnService, operation: string, input: Json, key: string | undefined): Promise<void> => {
    if (!o.authorize || key === undefined || !looksReal(key)) return;
    const { action, resources, passes = [] } = service.needs(operation, input);
    const denied =
      (await o.authorize(key, action, resources)) ??
      (passes.length === 0
        ? undefined
        : await o.authorize(key, "iam:PassRole", passes, {
            "iam:PassedToService": `${service.scope}.amazonaws.com`,
          }));
    if (denied !== undefined) throw new AwsError("AccessDeniedException", denied);
  };

  const own = async (
    service: OwnService,
    request: IncomingMessage,
    response: ServerResponse,
    key: string | undefined,
  ): Promise<void> => {
    const id = randomUUID();
    try {
      const target = String(request.headers["x-amz-target"] ?? "");
      const operation = target.slice(target.lastIndexOf(".") + 1);
      const input = parseJson(await readBody(request));
      await allow(service, operation, input, key);
      sendJson(response, 200, await service.answer(operation, input), id);
    } catch (error) {
      if (response.destroyed) return;
      if (!(error instanceof AwsError))
        o.log(`${service.scope}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      sendError(response, error instanceof AwsError ? error : internal(error), id);
    }
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === "/_metriccare/health") {
      sendJson(response, 200, o.health());
      return;
    }
    // The launcher's own hooks lie behind this path: nobody reaches them through the front.
    if (request.url?.startsWith("/_metriccare/")) {
      request.resume();
      sendJson(response, 404, { __type: "NotFound" });
      return;
    }
    const signer = signerOf(request);
    const service = o.services.find((s) => isFor(s, signer, request));
    const scope = service?.scope ?? signer.service;
    if (!(await o.keys.allows(signer.accessKeyId))) {
      request.resume();
      refuse(request, response, scope, realKey(signer.accessKeyId ?? "", scope));
      return;
    }
    o.onRequest(scope, request);
    if (service) {
      // Whoever signs nothing is not an SDK: it may be a web page of a browser on this machine.
      if (!signer.service) {
        request.resume();
        refuse(
          request,
          response,
          scope,
          new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403),
        );
        return;
      }
      // The body of own services is read whole, so a client that waits for leave gets it here.
      if (request.headers.expect) response.writeContinue();
      await own(service, request, response, signer.accessKeyId);
      return;
    }
    o.onPass(scope, request);
    const watch = scope && MINTS.has(scope) ? (text: string) => o.keys.learn(text) : undefined;
    o.proxy.pass(request, response, { service: scope, watch, answered: () => o.onPass(scope, request), log: o.log });
  };

  return (request, response) => {
    route(request, response).catch((error: unknown) => {
      o.log(`front: ${String(error)}`);
      refuse(request, response, signerOf(request).service, internal(error));
    });
  };
}

function isFor(service: OwnService, signer: Signer, request: IncomingMessage): boolean {
  const target = request.headers["x-amz-target"];
  const named = typeof target === "string" && target.slice(0, target.lastIndexOf(".")) === service.target;
  return named || signer.service === service.scope;
}

const internal = (error: unknown): AwsError =>
  new AwsError(
    "InternalServiceException",
    `The embedded AWS has a bug: ${error instanceof Error ? error.message : String(error)}`,
    500,
  );

function realKey(key: string, service: string | undefined): AwsError {
  const codes: Record<string, string> = {
    s3: "InvalidAccessKeyId",
    iam: "InvalidClientTokenId",
    sts: "InvalidClientTokenId",
  };
  const code = codes[service ?? "s3"] ?? "UnrecognizedClientException";
  const text =
    `The access key ${key.slice(0, 4)}… looks like one of a real AWS account, and this is the embedded AWS. ` +
    `Use the credentials that "metriccare local env" prints.`;
  return new AwsError(code, text, 403);
}
