import type { ErrorCode } from "../codes/index.ts";

/** What the engine knows of a lease's errors: their codes. The lease itself is handed in and lives in AWS. */
export const LEASE_HELD = "lease_held";
export const LEASE_LOST = "lease_lost";
/** The place where the lease would lie is not there yet. */
export const LEASE_HOMELESS = "lease_homeless";

/** The code of an error that carries one. */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;

/** An error with a code, a text and what to do next, as events show it. */
export function leaseError(error: unknown): { code: ErrorCode; text: string; fix?: string } | undefined {
  const code = codeOf(error);
  if (code !== LEASE_HELD && code !== LEASE_LOST && code !== LEASE_HOMELESS) return undefined;
  const fix =
    typeof error === "object" && error !== null && "fix" in error && typeof error.fix === "string"
      ? error.fix
      : undefined;
  return { code, text: error instanceof Error ? error.message : code, ...(fix ? { fix } : {}) };
}
