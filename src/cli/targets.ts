import type { BackfillTarget, CanaryTarget, Layers, WhereTarget, Wiring } from "../operate/index.ts";
import { tablesOf } from "../lakehouse/tables.ts";
import { ledgerTarget, runTarget, type Session } from "./session.ts";

const bucketOf = (session: Session, id: string): string => session.outputs.buckets[id]?.name ?? "";

/** Raw bucket and prefix, ledger, function and Bronze tables: what the ledger is compared with. */
export const backfillTarget = (session: Session): BackfillTarget => ({
  bucket: bucketOf(session, session.config.function.events.bucket),
  prefix: session.config.function.events.prefix,
  ledger: ledgerTarget(session),
  function: session.outputs.function.name,
  bronze: bucketOf(session, "bronze"),
  queue: session.outputs.queues["undelivered"]?.name,
  ttlDays: session.config.ledger.ttlDays,
});

/** Buckets of the tables, and which job writes which. */
export const layersOf = (session: Session): Layers => ({
  bronze: bucketOf(session, "bronze"),
  silver: bucketOf(session, "silver"),
  gold: bucketOf(session, "gold"),
  tables: tablesOf(session.config, session.project.dir),
});

/** Everything a file passes. */
export const whereTarget = (session: Session): WhereTarget & CanaryTarget => ({
  ...backfillTarget(session),
  run: runTarget(session),
});

/** The config and the names that follow from it. */
export const wiringOf = (session: Session): Wiring => ({ config: session.config, outputs: session.outputs });
