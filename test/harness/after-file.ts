import { afterAll, vi } from "vitest";

/** Fast files share a process: none leaves its environment to the next. */
afterAll(() => void vi.unstubAllEnvs());
