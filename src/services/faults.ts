import { faultsOf } from "../aws/faults.ts";
import { services } from "./index.ts";

/** What AWS's errors mean, by the rows of every service. */
export const faults = faultsOf(
  services.flatMap(({ name, faults: rows = [] }) => rows.map((row) => ({ service: name, ...row }))),
);

export const { classifier, classify, isAbsent, isDenied } = faults;
