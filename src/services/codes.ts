import { families, type Family } from "../codes/index.ts";
import { services } from "./index.ts";

const all = (of: "errors" | "findings"): Family["codes"] =>
  Object.assign({}, ...services.map(({ codes }) => codes?.[of]));

/** Every code, by where it is met. */
export const FAMILIES = families(all("errors"), all("findings"));
