import type { Placed, Sections } from "../service.ts";

/** The workflow of the pipeline: its triggers keep their own ids. */
export const WORKFLOW_ID = "etl_workflow";

/** Id of a trigger among those of all workflows. */
export const triggerId = (workflow: string, key: string): string =>
  workflow === WORKFLOW_ID ? key : `${workflow}_${key}`;

/** Triggers with their places: they stand inside of their workflows, or outside of any. */
export const triggersOf = ({ workflows = {}, triggers = {} }: Sections): Placed[] => [
  ...Object.entries(triggers).map(([id, entry]) => ({ id, path: ["triggers", id], entry })),
  ...Object.entries(workflows).flatMap(([workflow, one]) =>
    Object.entries("triggers" in one ? (one.triggers as Sections[string]) : {}).map(([key, entry]) => ({
      id: triggerId(workflow, key),
      path: ["workflows", workflow, "triggers", key],
      entry,
    })),
  ),
];
