import { install } from "./moto.ts";

/** Before all tests: what is installed once takes its time here, and not out of the time that some test has. */
export const setup = (): Promise<void> => install();
