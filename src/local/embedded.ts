/** Who and where the embedded AWS always is: known without starting it. */
export const EMBEDDED = {
  account: "123456789012",
  region: "us-east-1",
} as const;
