import type { ErrorCode } from "../codes/index.ts";
/** Something the user can put right (no Java, a port in use, no network): one sentence, and what to do. */
export class LocalProblem extends Error {
  readonly code: ErrorCode;
  readonly fix: string;

  constructor(code: ErrorCode, text: string, fix: string) {
    super(text);
    this.name = "LocalProblem";
    this.code = code;
    this.fix = fix;
  }
}
