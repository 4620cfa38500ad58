import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { gapsOf } from "../../src/operate/care/gaps.ts";
import { eventsOf } from "../../src/operate/ledger/head.ts";
import { headOf } from "../../src/operate/ledger/item.ts";

const NOW = 1_795_996_740_000;
const event = (at: number, etag: string, sequencer = at): { M: Record<string, AttributeValue> } => ({
  M: {
    event_ms: { N: String(NOW + at) },
    etag: { S: etag },
    size: { N: "4" },
    sequencer: { S: String(sequencer) },
    version_id: { S: `v${at}` },
  },
});

/** Three uploads of one content that the ledger was told of. */
const head = headOf({
  history: { L: [{ M: { first: event(100, "a"), last: event(500, "a"), others: { L: [event(300, "a")] } } }] },
});

test("a head remembers every event of a run of equal content, oldest first", () => {
  expect(eventsOf(head, "raw", "k").map(({ versionId, names }) => `${versionId} ${names}`)).toEqual([
    "v100 true",
    "v300 false",
    "v500 false",
  ]);
});

test("other content between events that a head knows finds its place between them", () => {
  const versions = ["a", "b", "a", "b", "a"].map((etag, at) => ({
    key: "k",
    size: 4,
    etag,
    // S3 tells whole seconds.
    modified: NOW,
    versionId: `v${(at + 1) * 100}`,
  }));
  const gaps = gapsOf("raw", [{ key: "k", versions }], new Map([["k", head]]), NOW + 1_000);
  expect(gaps.map(({ versionId, eventMs }) => `${versionId} ${eventMs - NOW}`)).toEqual(["v200 101", "v400 301"]);
});
