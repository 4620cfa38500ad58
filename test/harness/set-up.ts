import { install, startMother } from "./moto.ts";

/** Before all tests: what is installed or started once takes its time here, and not out of the time that some test has. */
export async function setup(): Promise<() => void> {
  await install();
  // The slow ones run a file at a time, and few of them on moto.
  if (process.env["METRICCARE_SLOW"] ?? process.env["METRICCARE_TEST_ENDPOINT"]) return () => undefined;
  const mother = await startMother();
  process.env["METRICCARE_TEST_MOTO"] = mother.endpoint;
  return mother.end;
}
