/** Names that secrets go by. What only names a secret (`--secret_name`, `DB_PASSWORD_ARN`) is the way to do it. */
const NAMED =
  /pass(word|wd|phrase)|secret|api[_-]?key|access[_-]?key|private[_-]?key|credential|(^|[_-])(auth[_-]?)?token$/i;
const REFERENCE = /(name|arn|id|path|ref|prefix|key_id)$/i;

/** Values that are secrets whatever they are called. */
const SHAPED: readonly RegExp[] = [
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bgh[pousr]_[A-Za-z0-9]{36,}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+/,
  /:\/\/[^/\s:@]+:[^/\s:@]+@/,
];

/** Values that say where a secret is. */
const POINTER = /^(arn:[^:]+:(secretsmanager|ssm|kms):|\{\{resolve:|ssm:)/;

/** Whether a setting that consoles, logs and diffs show looks like a secret. Says nothing of its value. */
export function looksSecret(key: string, value: string): boolean {
  if (SHAPED.some((shape) => shape.test(value))) return true;
  return value !== "" && NAMED.test(key) && !REFERENCE.test(key) && !POINTER.test(value);
}

export const SECRET_FIX = "Keep it in Secrets Manager and pass its name or ARN (`…_arn`).";
