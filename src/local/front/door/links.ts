import { createHmac } from "node:crypto";
import { decode, type Target } from "./target.ts";
import { equal } from "./sigv4.ts";
import type { Visit } from "./visitors.ts";

/** AWS's own links that bear no signature of the caller's. Each is good for what its unguessable token says, and no more. */
export type Link =
  | { kind: "sns"; params: Record<string, string> }
  /** The zip of a function or a layer. */
  | { kind: "code"; path: string };

const TOKEN = /^[0-9a-f-]{32,256}$/i;
/** A subscription is named by a random id, which stands in no name that one could guess. */
const SUBSCRIPTION =
  /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}$/;

/** The link that an unsigned request is, if it is one. `secret` made the tokens of code links. */
export function linkOf({ method, target, headers }: Visit, secret: string, now: number): Link | undefined {
  if (method !== "GET" || target === undefined || headers.get("x-amz-target") !== undefined) return undefined;
  return snsLink(target) ?? codeLink(target, secret, now);
}

function snsLink({ path, query }: Target): Link | undefined {
  if (path !== "/" || new Set(query.map(([name]) => name)).size !== query.length) return undefined;
  const params = Object.fromEntries(query);
  const names = query.map(([name]) => name).filter((name) => name !== "Version");
  const has = (...wanted: string[]): boolean => names.toSorted().join() === wanted.toSorted().join();
  const { Action, TopicArn = "", Token = "", SubscriptionArn = "" } = params;
  const confirms = Action === "ConfirmSubscription" && has("Action", "TopicArn", "Token");
  if (confirms && TOPIC.test(TopicArn) && TOKEN.test(Token))
    return { kind: "sns", params: { Action, TopicArn, Token } };
  if (Action === "Unsubscribe" && has("Action", "SubscriptionArn") && SUBSCRIPTION.test(SubscriptionArn))
    return { kind: "sns", params: { Action, SubscriptionArn } };
  return undefined;
}

function codeLink({ path, query }: Target, secret: string, now: number): Link | undefined {
  if (!/^\/_ministack\/lambda-(code|layers)\/[^?#]+$/.test(path) || decode(path).includes("..")) return undefined;
  const params = Object.fromEntries(query);
  const until = params["until"] ?? "";
  if (!/^\d{1,12}$/.test(until) || Number(until) * 1000 < now) return undefined;
  return equal(codeToken(secret, path, until), params["token"] ?? "") ? { kind: "code", path } : undefined;
}

/** The token of a link to code; launcher.py makes the same. */
export const codeToken = (secret: string, path: string, until: string): string =>
  createHmac("sha256", secret).update(`code\n${path}\n${until}`).digest("hex");
