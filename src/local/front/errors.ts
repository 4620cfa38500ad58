/** An answer that AWS itself would give: a code, a text and an HTTP status. Never a bug of ours. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
  }
}

export const invalidInput = (message: string): AwsError => new AwsError("InvalidInputException", message);
export const notFound = (message: string): AwsError => new AwsError("EntityNotFoundException", message);
export const alreadyExists = (message: string): AwsError => new AwsError("AlreadyExistsException", message);
export const validation = (message: string): AwsError => new AwsError("ValidationException", message);
export const tooManyRuns = (name: string): AwsError =>
  new AwsError("ConcurrentRunsExceededException", `Concurrent runs exceeded for ${name}`);
export const badWorkflowState = (): AwsError =>
  new AwsError(
    "IllegalWorkflowStateException",
    "The workflow is in an invalid state to perform a requested operation.",
  );
