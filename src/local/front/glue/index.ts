import { AwsError } from "../errors.ts";
import type { RequestModel } from "../model.ts";
import type { OwnService } from "../router.ts";
import type { RunEngine } from "../runs/engine.ts";
import { connectionOperations } from "./connections.ts";
import { crawlerOperations } from "./crawlers.ts";
import { databaseOperations } from "./databases.ts";
import { functionOperations } from "./functions.ts";
import { jobRunOperations } from "./job-runs.ts";
import { jobOperations } from "./jobs.ts";
import { glueNeeds } from "./needs.ts";
import type { Operations } from "./operation.ts";
import { partitionIndexOperations } from "./partition-indexes.ts";
import { partitionOperations } from "./partitions.ts";
import { securityConfigurationOperations } from "./security-configurations.ts";
import { settingsOperations } from "./settings.ts";
import type { GlueState } from "./state.ts";
import { statisticsOperations } from "./statistics.ts";
import { tableOperations } from "./tables.ts";
import { tagOperations } from "./tags.ts";
import { triggerOperations } from "./triggers.ts";
import { workflowOperations } from "./workflows.ts";

/** All of Glue that the front answers: operation by operation, checked against AWS's own model first. */
export function glueService(
  state: GlueState,
  engine: RunEngine,
  model: RequestModel,
): OwnService & { operations: string[] } {
  const operations: Operations = {
    ...jobOperations(state),
    ...jobRunOperations(state, engine),
    ...triggerOperations(state, engine),
    ...workflowOperations(state, engine),
    ...tagOperations(state),
    ...databaseOperations(state),
    ...tableOperations(state),
    ...partitionOperations(state),
    ...partitionIndexOperations(state),
    ...statisticsOperations(state),
    ...functionOperations(state),
    ...connectionOperations(state),
    ...crawlerOperations(state),
    ...securityConfigurationOperations(state),
    ...settingsOperations(state),
  };
  return {
    scope: "glue",
    target: "AWSGlue",
    operations: Object.keys(operations).sort(),
    needs: (name, input) => glueNeeds(state, name, input),
    async answer(name, input) {
      const run = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (!run) throw unknown(name, model);
      model.check(name, input);
      const answer = await run(input);
      // Nobody hears of a change before it is on the disk.
      await state.store.synced();
      return answer;
    },
  };
}

function unknown(name: string, model: RequestModel): AwsError {
  if (!model.has(name)) return new AwsError("UnknownOperationException", `Glue has no operation ${name}.`, 404);
  return new AwsError(
    "UnsupportedOperationException",
    `The embedded AWS does not have Glue's ${name}: nothing was done.`,
  );
}
