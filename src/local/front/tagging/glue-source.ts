import { partsOf, type TagSource } from "./source.ts";
import { addTags, removeTags } from "../glue/tags.ts";
import type { GlueState } from "../glue/state.ts";

const TYPES = ["job", "trigger", "workflow", "database", "connection", "crawler"];

/** Glue's own tags: no fan-out, the front keeps them. */
export const glueSource = (state: GlueState): TagSource => ({
  service: "glue",
  own: true,
  types: TYPES.map((type) => `glue:${type}`),
  typeOf: (arn) => {
    const { service, resource } = partsOf(arn);
    return service === "glue" ? `glue:${resource.split("/")[0]}` : undefined;
  },
  list: async () => [...state.tags.entries()].map(([arn, tags]) => ({ arn, tags })),
  tag: async (arn, tags) => addTags(state, arn, tags),
  untag: async (arn, keys) => removeTags(state, arn, keys),
});
