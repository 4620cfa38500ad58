import { afterAll, vi } from "vitest";
import { removeTemporary } from "./temporary.ts";

/** Fast files share a process: none leaves its environment, or folders, to the next. */
afterAll(() => {
  vi.unstubAllEnvs();
  removeTemporary();
});
