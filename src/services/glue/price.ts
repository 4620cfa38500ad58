/** DPUs of one worker. Source: Glue, "Worker types". */
const DPUS: Readonly<Record<string, number>> = {
  Standard: 1,
  "G.025X": 0.25,
  "G.1X": 1,
  "G.2X": 2,
  "G.4X": 4,
  "G.8X": 8,
  "G.12X": 12,
  "G.16X": 16,
  "R.1X": 1,
  "R.2X": 2,
  "R.4X": 4,
  "R.8X": 8,
};

/** US dollars a DPU-hour (us-east-1 list price of Spark jobs, and of FLEX), seen November 2026. */
const PRICE = { STANDARD: 0.44, FLEX: 0.29 } as const;

/** Most that one run of a job may cost when it and every retry use up their time (minutes), in US dollars. */
export const runCost = (job: {
  readonly workerType?: string | undefined;
  readonly numberOfWorkers?: number | undefined;
  /** DPUs, where there are no workers. */
  readonly maxCapacity?: number | undefined;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly executionClass: "STANDARD" | "FLEX";
}): number =>
  (job.maxCapacity ?? (DPUS[job.workerType ?? ""] ?? 1) * (job.numberOfWorkers ?? 0)) *
  (job.timeout / 60) *
  (job.maxRetries + 1) *
  PRICE[job.executionClass];
