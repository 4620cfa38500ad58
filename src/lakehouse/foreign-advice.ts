import type { Finding } from "../engine/types.ts";
import { basename } from "node:path";
import { BASE } from "../config/index.ts";
import { sections } from "../services/index.ts";
import { graphsOf, unchained } from "./check/workflow.ts";
import { heardEvents } from "./heard.ts";
import { BESIDE_EXISTING, mapsOf } from "./maps.ts";
import type { LakehouseConfig } from "./schema.ts";
import { same, warning } from "./workflow-advice.ts";

/** The file that the value at a path of the config stands in. */
export type FileOf = (path: readonly string[]) => string;

/**
 * Settings of entries that are not ours, as far as they differ from the default. Those of the base under an `existing` of
 * the environment's file are left out: nobody could take them away there.
 */
export const idleSettings = (config: LakehouseConfig, fileOf: FileOf = () => ""): Finding[] =>
  Object.entries(mapsOf(config)).flatMap(([key, map]) =>
    Object.entries(map).flatMap(([id, entry]): Finding[] => {
      const { existing } = entry;
      const section = sections[key];
      if (existing === undefined || !section) return [];
      const plain = section.schema.safeParse({ existing });
      const defaults: Readonly<Record<string, unknown>> = plain.success ? { ...Object(plain.data) } : {};
      const named = Object.entries(entry)
        .filter(([word, value]) => !BESIDE_EXISTING.has(word) && !same(value, defaults[word]))
        .map(([word]) => word)
        .filter((word) => !below(fileOf([key, id, word]), fileOf([key, id, "existing"])));
      return named.length === 0 ? [] : [idle(`${key}.${id}`, existing, named)];
    }),
  );

const below = (setting: string, existing: string): boolean => setting !== existing && basename(setting) === BASE;

const idle = (at: string, existing: string, named: readonly string[]): Finding =>
  warning(
    "existing_settings",
    at,
    `${named.join(", ")} ${named.length === 1 ? "has" : "have"} no effect: ${existing} is not ours, and is never changed`,
    "Remove what stands beside `existing`, or `existing`.",
  );

/** What the owner of a bucket has to set there, because we do not. */
export const foreignEvents = (config: LakehouseConfig): Finding[] =>
  heardEvents(config).flatMap(([id, { bucket, prefix, suffix }]): Finding[] => {
    const existing = config.buckets[bucket]?.existing;
    if (existing === undefined) return [];
    const filter = [
      ...(prefix === "" ? [] : [`prefix ${prefix}`]),
      ...(suffix === "" ? [] : [`suffix ${suffix}`]),
    ].join(", ");
    return [
      {
        code: "existing_events",
        level: "note",
        at: `lambda.function/${id}`,
        text: `new objects in ${existing} call it only when that bucket says so: it is not ours, and its notifications are not changed`,
        fix: `Let whoever keeps the bucket add a notification: the function's ARN (metriccare outputs), s3:ObjectCreated:*${filter === "" ? "" : `, ${filter}`}.`,
      },
    ];
  });

/** Jobs of layers that nothing starts. A job need not be in a workflow; one of a layer mostly is meant to be. */
export const unstarted = (config: LakehouseConfig): Finding[] =>
  graphsOf(config).some(({ main }) => main)
    ? unchained(config).map((id) =>
        warning(
          "job_not_started",
          `glue.job/${id}`,
          "no trigger starts this job, though it is of a layer: it runs only when somebody starts it",
          "Add it to the `actions` of a trigger of the workflow, or leave it.",
        ),
      )
    : [];
