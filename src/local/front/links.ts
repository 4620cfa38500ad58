import type { ServerResponse } from "node:http";
import type { Link } from "./door/index.ts";
import type { Emulator } from "./emulator.ts";

/** Follows one of AWS's own unsigned links: the front asks the emulator itself, for exactly what the link says. */
export async function followLink(link: Link, emulator: Emulator, response: ServerResponse): Promise<void> {
  const path = link.kind === "code" ? link.path : `/?${new URLSearchParams(link.params).toString()}`;
  const answer = await emulator.call(link.kind === "code" ? "lambda" : "sns", { method: "GET", path });
  const kind = link.kind === "code" ? "application/zip" : "text/xml";
  response.writeHead(answer.status, {
    "Content-Type": answer.status < 300 ? kind : "text/plain",
    "Content-Length": answer.bytes.length,
  });
  response.end(answer.bytes);
}
