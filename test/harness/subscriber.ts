import { createServer, type IncomingMessage } from "node:http";

/** Somebody who subscribed to the alerts over HTTP. */
export interface Subscriber {
  readonly endpoint: string;
  readonly messages: readonly string[];
  close(): void;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  request.setEncoding("utf8");
  let text = "";
  for await (const part of request) text += String(part);
  return text;
}

/** Listens on a loopback port, confirms what it is asked to confirm, and keeps what it is told. */
export async function startSubscriber(): Promise<Subscriber> {
  const messages: string[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((text) => {
      const message = JSON.parse(text) as { Type?: string; SubscribeURL?: string; Message?: string; Subject?: string };
      if (message.Type === "SubscriptionConfirmation" && message.SubscribeURL) void fetch(message.SubscribeURL);
      else messages.push(`${message.Subject ?? ""}\n${message.Message ?? ""}`);
      response.end("ok");
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { endpoint: `http://127.0.0.1:${port}/alerts`, messages, close: () => void server.close() };
}
