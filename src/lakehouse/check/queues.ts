import { UNDELIVERED_ID } from "../ids.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";

/** Queues: where messages go that were received too often. */
export function checkQueues(config: LakehouseConfig): Problem[] {
  return Object.entries(config.queues).flatMap(([id, { redrive }]): Problem[] => {
    if (redrive === undefined) return [];
    const at = ["queues", id, "redrive"];
    if (id === UNDELIVERED_ID)
      return [
        {
          path: at,
          message: "would move files away that are still to be recorded: each try of the function counts as a receive",
          suggestion: "Leave it out: a message stays there until its file is in the ledger.",
        },
      ];
    if (redrive.queue === id) return [{ path: [...at, "queue"], message: "is the queue itself" }];
    return [];
  });
}
