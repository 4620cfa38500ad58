/** A mistake that the schema cannot see, with the path in the config that it concerns. */
export type { Draft as Problem } from "../../config/index.ts";
