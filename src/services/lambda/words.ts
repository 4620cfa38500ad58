import { z } from "zod";

/** Name of an alias. */
export const aliasName = z
  .string()
  .regex(/^(?!\d+$)[A-Za-z0-9_-]{1,128}$/, "an alias is letters, digits, - and _, and not a number alone");
