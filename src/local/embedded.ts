/** Who and where the embedded AWS always is: known without starting it. The keys are its root's and open nothing else. */
export const EMBEDDED = {
  account: "123456789012",
  region: "us-east-1",
} as const;
export const EMBEDDED_KEYS = { accessKeyId: "test", secretAccessKey: "test" } as const;
