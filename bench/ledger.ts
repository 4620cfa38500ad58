import { table } from "../src/ui/table.ts";
import { startResponder } from "./responder.ts";
import { Stage } from "./stage.ts";

export interface LedgerOptions {
  readonly repository: string;
  readonly items: number;
  say(text: string): void;
}

const COMMANDS: readonly (readonly string[])[] = [
  ["list", "--limit", "20"],
  ["list", "--limit", "20", "--json"],
  ["list", "--status", "received"],
  ["list", "--status", "failed", "--limit", "20"],
  ["stats"],
  ["export", "--format", "csv"],
  ["export", "--format", "ndjson"],
  ["export", "--format", "csv", "--out", "ledger.csv"],
  ["list", "--json"],
  ["list"],
];

/** The ledger's reading commands on a big table: calls, time, peak memory of the command line. */
export async function ledger(o: LedgerOptions): Promise<void> {
  const stage = await Stage.make(o.repository);
  const responder = await startResponder(o.items);
  const env = {
    AWS_ENDPOINT_URL: responder.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
  };
  try {
    o.say(
      `A ledger of ${o.items} files behind a responder that makes its items up in DynamoDB's wire format, 1 MB a page.`,
    );
    const rows = [];
    for (const command of COMMANDS) {
      responder.reset();
      const ran = await stage.cli(["ledger", ...command, "--env", "dev"], { env, keep: false });
      const calls = Object.entries(responder.calls()).map(([name, count]) => `${count} ${name}`);
      rows.push([`ledger ${command.join(" ")}`, calls.join(", "), ran.seconds.toFixed(1), ran.peakMb.toFixed(0)]);
      const said = ran.err.trim().split("\n")[0];
      if (command[0] === "stats") o.say(`stats says first: ${said}`);
    }
    const titles = ["command", "calls", "seconds", "peak MB"];
    const columns = titles.map((title, at) => ({ title, align: at < 2 ? ("left" as const) : ("right" as const) }));
    for (const line of table(columns, rows)) o.say(line);
  } finally {
    await responder.close();
    await stage.remove();
  }
}
