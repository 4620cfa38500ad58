import type { z } from "zod";
import { completed } from "./complete.ts";
import { writtenSchema } from "./written.ts";

/** The whole config: strict and total. */
export const lakehouseSchema = writtenSchema.transform(completed);

export type LakehouseConfig = z.output<typeof lakehouseSchema>;
