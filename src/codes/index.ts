import { AUDIT } from "./audit.ts";
import { AWS } from "./aws.ts";
import { COMMAND } from "./command.ts";
import { EMBEDDED } from "./embedded.ts";
import { FILES } from "./files.ts";
import { FINDINGS } from "./findings.ts";
import { PIPELINE } from "./pipeline.ts";
import { RUNS } from "./runs.ts";
import type { ForeignCode } from "./foreign.ts";
import type { Meaning } from "./meaning.ts";

export type { ForeignCode } from "./foreign.ts";
export type { Meaning } from "./meaning.ts";

/** Errors of single services: each folder adds its own (`codes.ts` there). */
// oxlint-disable-next-line no-empty-interface no-empty-object-type
export interface ServiceErrors {}
/** What lints of single services find: each folder adds its own. */
// oxlint-disable-next-line no-empty-interface no-empty-object-type
export interface ServiceFindings {}
type Codes<T> = { readonly [K in keyof T]: keyof T[K] & string }[keyof T];

/** What ends a command. */
export type ErrorCode =
  keyof typeof COMMAND | keyof typeof AWS | keyof typeof PIPELINE | keyof typeof EMBEDDED | Codes<ServiceErrors>;
/** What a plan or `validate` says of a resource or a place in the config. */
export type FindingCode = keyof typeof FINDINGS | Codes<ServiceFindings>;
/** What `ledger audit` finds. */
export type AuditCode = keyof typeof AUDIT;
/** How a run, or the wait for one, ends other than well. */
export type RunCode = keyof typeof RUNS;
/** The word that a failed file's `error` begins with, and the reason of a line in quarantine. Python writes them. */
export type FileCode = keyof typeof FILES;

export const isFileCode = (word: string): word is FileCode => Object.hasOwn(FILES, word);

/** What a failure is told by. A step of a saved plan may fail by what a finding says of it. */
export type CallCode = ErrorCode | FindingCode | ForeignCode;

/** One family of codes: where they are met, and what each of them means. */
export interface Family {
  readonly title: string;
  readonly met: string;
  readonly codes: Readonly<Record<string, Meaning>>;
}

type Meanings = Family["codes"];

/** Every code, by where it is met; those of the services come from their folders. */
export const families = (errors: Meanings, findings: Meanings): readonly Family[] => [
  { title: "Command line and config", met: "`error.code` of any command.", codes: COMMAND },
  {
    title: "AWS, network and credentials",
    met: "`error.code` of any command that talks to AWS, and of a step that failed. Where there is no word of ours, the code is AWS's own.",
    codes: { ...AWS, ...errors },
  },
  { title: "Operating the pipeline", met: "`error.code` of the commands that run and repair.", codes: PIPELINE },
  {
    title: "Runs",
    met: "`error.code` in the last line of `run-workflow` and `ingest`; notes of `ingest --wait`.",
    codes: RUNS,
  },
  { title: "The embedded AWS", met: "`error.code` where it cannot be installed or started.", codes: EMBEDDED },
  {
    title: "Findings of a plan",
    met: "`findings[].code` of `validate`, `diff` and `apply`.",
    codes: { ...FINDINGS, ...findings },
  },
  { title: "Findings of an audit", met: "`code` of the findings of `ledger audit`.", codes: AUDIT },
  {
    title: "Files that cannot be read",
    met: "The word that the `error` of a failed file begins with (`ledger list`), and the `reason` of `quarantine list`.",
    codes: FILES,
  },
];
