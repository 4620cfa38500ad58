import type { Expansion } from "./expansion.ts";
import type { LakehouseConfig } from "./schema.ts";
import { LAYERS, type Layer } from "./sections.ts";

/** The layer that a layer is made from. */
export const before = (layer: Layer): Layer[] => (layer === "gold" ? ["silver"] : layer === "silver" ? ["bronze"] : []);

/** Layers that a job of the config works for. */
export const usedLayers = ({ jobs }: LakehouseConfig): Layer[] =>
  LAYERS.filter((layer) => Object.values(jobs).some((job) => job.layer === layer));

/** Where the tables of a layer lie: `s3://…/prefix/`. */
export const layerUrl = ({ config, names }: Pick<Expansion, "config" | "names">, layer: Layer): string => {
  const { bucket, prefix } = config.layers[layer];
  return `s3://${names.bucket(bucket).name}/${prefix}`;
};
