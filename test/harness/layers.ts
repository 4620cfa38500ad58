/**
 * Who may import whom: the arrows of the architecture. `engine` and `config` know neither AWS nor the services. The list of
 * codes is below all: everybody may, as it knows nobody.
 */
export const MAY: Record<string, readonly string[]> = {
  codes: [],
  clock: [],
  aws: ["clock"],
  engine: ["clock"],
  config: [],
  services: ["config", "engine", "aws", "clock"],
  lakehouse: ["services", "config", "engine", "aws", "clock"],
  operate: ["lakehouse", "services", "engine", "aws", "clock"],
  local: ["aws", "clock"],
  ui: ["engine", "operate", "clock"],
  cli: ["ui", "operate", "local", "lakehouse", "services", "config", "engine", "aws", "clock"],
};

/** The rooms of `operate`: a ledger is below the runs that fill it, they below its care, that below the audit. */
export const ROOMS: Record<string, readonly string[]> = {
  hudi: [],
  quality: ["hudi"],
  safe: [],
  ledger: [],
  runs: ["ledger", "safe", "quality"],
  measures: ["runs", "hudi"],
  care: ["runs", "ledger", "hudi"],
  audit: ["care", "runs", "ledger", "measures", "hudi"],
  ingest: ["runs", "ledger"],
  doctor: ["runs", "ledger"],
  profile: ["hudi", "ingest"],
  report: ["audit", "measures", "runs", "ledger", "hudi", "quality"],
  forget: ["runs", "ledger", "hudi"],
};
