import { createServer } from "node:net";
import { LocalProblem } from "./problem.ts";

/** The port for the front: the fixed one, else the remembered one, else any that is free. */
export async function choosePort(fixed: number | undefined, remembered: number | undefined): Promise<number> {
  if (fixed !== undefined) {
    const port = await probe(fixed);
    if (port !== undefined) return port;
    throw new LocalProblem(
      "port_in_use",
      `The port ${fixed} is in use by another program.`,
      "Stop that program, or set local.port in the config to a free port (without it, a free one is taken).",
    );
  }
  const port = (remembered === undefined ? undefined : await probe(remembered)) ?? (await probe(0));
  if (port === undefined)
    throw new LocalProblem("no_port", "There is no free port on 127.0.0.1.", "Close some programs and try again.");
  return port;
}

/** Whether one may listen on the port; 0 finds one. Undefined when it is taken. */
function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
