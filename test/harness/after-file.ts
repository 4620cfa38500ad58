import { afterAll, vi } from "vitest";

/** Files of the unit suite share a process: none leaves its environment to the next. */
afterAll(() => void vi.unstubAllEnvs());
