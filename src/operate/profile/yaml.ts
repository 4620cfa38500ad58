import type { Fit, Said } from "./fits.ts";

/** Words that YAML reads as something else than text. */
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** A scalar: as it is where that is clear, else in double quotes, which JSON's are too. */
const scalar = (value: string): string =>
  DATE.test(value) || (/^[A-Za-z][\w/-]*$/.test(value) && !WORDS.test(value)) ? value : JSON.stringify(value);

const listed = (key: string, said: readonly Said[]): string[] => [
  `  ${key}:`,
  ...said.map(({ value, why }) => `    - ${scalar(value)} # ${why}`),
];

/** The config that fits, to paste: each value with its reason. */
export const yamlOf = ({ asOf, timeZone, inpatientClasses, plannedPriorities, icd10Systems }: Fit): string =>
  [
    "measures:",
    `  asOf: ${scalar(asOf.value)} # ${asOf.why}`,
    `  timeZone: ${scalar(timeZone.value)} # ${timeZone.why}`,
    ...listed("inpatientClasses", inpatientClasses),
    ...listed("plannedPriorities", plannedPriorities),
    ...listed("icd10Systems", icd10Systems),
    "  # haiValueSet stays the default: which codes mean which infection is the hospital's to say",
  ].join("\n");
