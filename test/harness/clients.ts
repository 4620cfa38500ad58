import type { ClientOf, Clients } from "../../src/aws/clients.ts";

/** Answers for some services in place of theirs, by the clients' names; the others stay. */
export function standIn(clients: Clients, others: Readonly<Record<string, unknown>>): void {
  const real = clients.of.bind(clients);
  const of = (client: ClientOf<{ middlewareStack: unknown }>): Promise<unknown> =>
    Object.hasOwn(others, client.name) ? Promise.resolve(others[client.name]) : real(client);
  Object.assign(clients, { of });
}
