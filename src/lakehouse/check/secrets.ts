import type { Problem } from "./problem.ts";
import type { LakehouseConfig } from "../schema.ts";
import { graphsOf } from "./workflow.ts";
import { looksSecret, SECRET_FIX } from "../../services/secrets.ts";

type Path = readonly (string | number)[];

/** Everything that ends up readable in consoles, logs, events and diffs. */
function places(config: LakehouseConfig): [Path, Readonly<Record<string, unknown>>][] {
  return [
    ...Object.entries(config.jobs).flatMap(([id, job]): [Path, Readonly<Record<string, unknown>>][] => [
      [["jobs", id, "arguments"], job.arguments],
      [["jobs", id, "nonOverridableArguments"], job.nonOverridableArguments],
    ]),
    ...graphsOf(config).flatMap(({ path, triggers }) =>
      Object.entries(triggers).flatMap(([id, trigger]) =>
        trigger.actions.flatMap((action, i): [Path, Readonly<Record<string, unknown>>][] =>
          typeof action === "string" ? [] : [[[...path, "triggers", id, "actions", i, "arguments"], action.arguments]],
        ),
      ),
    ),
    ...Object.entries(config.triggers).flatMap(([id, trigger]) =>
      trigger.actions.flatMap((action, i): [Path, Readonly<Record<string, unknown>>][] =>
        typeof action === "string" ? [] : [[["triggers", id, "actions", i, "arguments"], action.arguments]],
      ),
    ),
    ...Object.entries(config.connections).flatMap(([id, one]): [Path, Readonly<Record<string, unknown>>][] => [
      [["connections", id, "properties"], one.properties],
      [["connections", id, "sparkProperties"], one.sparkProperties ?? {}],
      [["connections", id, "athenaProperties"], one.athenaProperties ?? {}],
      [["connections", id, "pythonProperties"], one.pythonProperties ?? {}],
    ]),
    [["workflow", "defaultRunProperties"], config.workflow.defaultRunProperties],
    ...Object.entries(config.workflows).map(([id, one]): [Path, Readonly<Record<string, unknown>>] => [
      ["workflows", id, "defaultRunProperties"],
      one.defaultRunProperties,
    ]),
    [["function", "environment"], config.function.environment],
    ...Object.entries(config.functions).map(([id, one]): [Path, Readonly<Record<string, unknown>>] => [
      ["functions", id, "environment"],
      one.environment,
    ]),
  ];
}

/** Secrets in plain settings are refused; their values are never shown. */
export const checkSecrets = (config: LakehouseConfig): Problem[] =>
  places(config).flatMap(([path, values]) =>
    Object.entries(values)
      .filter(([key, value]) => looksSecret(key, String(value)))
      .map(([key]) => ({
        path: [...path, key],
        message: "looks like a secret; AWS shows this setting in its console, and logs may hold it",
        suggestion: SECRET_FIX,
      })),
  );
