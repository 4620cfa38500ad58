import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import { agentFor, hostOf } from "./front/behind.ts";
import type { LogLine } from "./front/types.ts";

// CloudWatch Logs' own limits of one call: 10,000 events and 1 MiB, where an event counts 26 bytes more.
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_000_000;
const LONGEST = 250_000;

/** Writes what scripts print into CloudWatch Logs of the emulator; groups and streams are made as Glue makes them, on first use. */
export function logWriter(
  emulatorUrl: string,
  region: string,
): (group: string, stream: string, lines: LogLine[]) => Promise<void> {
  const client = new CloudWatchLogsClient({
    endpoint: hostOf(emulatorUrl),
    requestHandler: { httpAgent: agentFor(emulatorUrl, { keepAlive: true, timeout: 3000 }) },
    region,
    // Behind the front, the emulator's own root.
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  return async (group, stream, lines) => {
    for (const batch of batches(lines)) {
      const put = new PutLogEventsCommand({ logGroupName: group, logStreamName: stream, logEvents: batch });
      try {
        await client.send(put);
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
        await make(client, group, stream);
        await client.send(put);
      }
    }
  };
}

async function make(client: CloudWatchLogsClient, group: string, stream: string): Promise<void> {
  for (const command of [
    new CreateLogGroupCommand({ logGroupName: group }),
    new CreateLogStreamCommand({ logGroupName: group, logStreamName: stream }),
  ]) {
    try {
      // Each client.send overload takes one command type: narrowed apart.
      if (command instanceof CreateLogGroupCommand) await client.send(command);
      else await client.send(command);
    } catch (error) {
      if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    }
  }
}

/** Cuts lines into calls that CloudWatch Logs takes: in order of time, none empty, none too long. */
export function batches(lines: readonly LogLine[]): LogLine[][] {
  const sorted = lines
    .filter((line) => line.message !== "")
    .map((line) => (line.message.length > LONGEST ? { ...line, message: `${line.message.slice(0, LONGEST)}…` } : line))
    .sort((a, b) => a.timestamp - b.timestamp);
  const result: LogLine[][] = [];
  let batch: LogLine[] = [];
  let bytes = 0;
  for (const line of sorted) {
    const size = Buffer.byteLength(line.message) + 26;
    if (batch.length > 0 && (batch.length === MOST_EVENTS || bytes + size > MOST_BYTES)) {
      result.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += size;
  }
  if (batch.length > 0) result.push(batch);
  return result;
}
