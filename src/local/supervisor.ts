import { randomBytes } from "node:crypto";
import { chmod, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock/index.ts";
import { EMBEDDED } from "./embedded.ts";
import { Emulator } from "./emulator.ts";
import { startFront } from "./front/index.ts";
import type { Front } from "./front/types.ts";
import { projectKeys } from "./keys.ts";
import { logWriter } from "./logs.ts";
import { emptyFile } from "./environment.ts";
import { openLog } from "./open-log.ts";
import { assetPath, type LocalPaths } from "./paths.ts";
import { choosePort } from "./port.ts";
import {
  readRecord,
  rememberPort,
  rememberedPort,
  removeRecord,
  writeRecord,
  type SupervisorRecord,
} from "./records.ts";
import { ownIdentity } from "./runtime/identity.ts";
import { sitePackages } from "./runtime/install.ts";
import type { JavaFound } from "./runtime/java.ts";
import { SparkOwner } from "./spark/owner.ts";
import { scriptRunner } from "./spark/runner.ts";
import { sweep } from "./sweep.ts";

const { account: ACCOUNT, region: REGION } = EMBEDDED;

export interface SupervisorOptions {
  paths: LocalPaths;
  java: JavaFound;
  stamp: string;
  /** A fixed port, or any that is free (the last one, if it still is). */
  port?: number;
  clock: Clock;
  log(line: string): void;
  onProgress(text: string): void;
}

/** Everything that runs in the supervisor's process or under it. */
export class Supervisor {
  readonly #o: SupervisorOptions;
  /** Between us and the emulator's launcher: opens its hooks, makes the tokens of its links. */
  readonly #secret = randomBytes(32).toString("hex");
  #record: SupervisorRecord | undefined;
  #emulator: Emulator | undefined;
  #owner: SparkOwner | undefined;
  #front: Front | undefined;
  #runner: ReturnType<typeof scriptRunner> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(o: SupervisorOptions) {
    this.#o = o;
  }

  /** Starts emulator and front, and Spark in the background; resolves when calls are answered. */
  async start(): Promise<void> {
    const { paths, java, clock, log } = this.#o;
    const before = await readRecord(paths);
    await this.#write({ phase: "starting", port: 0, endpoint: "" });
    await sweep(paths.local, clock);
    await rm(paths.tmp, { recursive: true, force: true });
    for (const folder of [paths.tmp, paths.emulator, paths.glue, paths.logs])
      await mkdir(folder, { recursive: true, mode: 0o700 });
    // One that an older version made, or a copy.
    await chmod(paths.local, 0o700);
    await writeFile(emptyFile(paths), "");
    await cp(assetPath("python"), paths.code, { recursive: true, filter: (path) => !path.includes("__pycache__") });
    const port = await choosePort(this.#o.port, await rememberedPort(paths));
    const endpoint = `http://127.0.0.1:${port}`;
    await this.#write({ port, endpoint });
    this.#goOn();
    const target = { paths, java, endpoint, region: REGION, keys: await projectKeys(paths) };
    this.#owner = new SparkOwner({ ...target, clock, log, logFd: openLog(paths, "spark.log") });
    this.#emulator = new Emulator({
      ...target,
      account: ACCOUNT,
      secret: this.#secret,
      logFd: openLog(paths, "emulator.log"),
      clock,
      log,
      onRestart: (how) =>
        void this.#note(`The emulator ended (${how}) and was started again; changes of its last second may be lost.`),
    });
    this.#o.onProgress("Starting the emulator");
    await this.#emulator.start();
    this.#goOn();
    await this.#startFront(port, endpoint);
    this.#goOn();
    // In the background: what comes before the first job run gives it time to get warm.
    this.#owner.ready().catch((error: unknown) => log(String(error)));
    await rememberPort(paths, port);
    await this.#write({ phase: "ready" });
    if (before !== undefined)
      await this.#note("The embedded AWS had not been shut down cleanly; changes of its last second may be lost.");
  }

  /** Ends a start into which a stop came: what is started after the stop has looked, nobody would end. */
  #goOn(): void {
    if (this.#stopped !== undefined) throw new Error("the embedded AWS is shutting down");
  }

  async #startFront(port: number, endpoint: string): Promise<void> {
    const { paths, java, clock, log } = this.#o;
    const emulator = this.#emulator;
    const owner = this.#owner;
    if (emulator === undefined || owner === undefined) return;
    const keys = await projectKeys(paths);
    const target = { paths, java, endpoint, region: REGION, keys };
    this.#runner = scriptRunner({
      ...target,
      owner,
      roleCredentials: (arn, seconds, job) => emulator.roleCredentials(arn, seconds, job),
      clock,
      log,
    });
    this.#front = await startFront({
      port,
      emulatorUrl: emulator.url,
      stateDir: paths.glue,
      account: ACCOUNT,
      region: REGION,
      runner: this.#runner,
      glueModelPath: await glueModel(paths),
      clock,
      emitGlueEvent: (detailType, detail, resources) => emulator.emitGlueEvent(detailType, detail, resources),
      putLogs: logWriter(emulator.url, REGION),
      log,
      keys,
      secretOf: (key) => emulator.secretOf(key),
      linkSecret: this.#secret,
      authorize: (key, action, resources, context) => emulator.denial(key, action, resources, context),
    });
  }

  /** A clean stop of everything; a second call waits for the first. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { paths, clock } = this.#o;
    await this.#write({ phase: "stopping" });
    // The front ends the runs, while the emulator is still there for their last words.
    await this.#front?.close();
    await this.#runner?.close();
    await Promise.all([this.#owner?.stop(), this.#emulator?.stop()]);
    await sweep(paths.local, clock, 0);
    await rm(paths.tmp, { recursive: true, force: true });
    await rm(paths.spark, { recursive: true, force: true });
    await removeRecord(paths);
  }

  /** Resolves when the state folder was taken away under us, or given to another: we are of no use any more. */
  async abandoned(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#o.clock.sleep(2000, signal);
      if ((await readRecord(this.#o.paths))?.pid !== process.pid) return;
    }
  }

  async #note(notice: string): Promise<void> {
    this.#o.log(notice);
    await this.#write({ notice });
  }

  async #write(change: Partial<SupervisorRecord>): Promise<void> {
    const old = this.#record ?? {
      ...(await ownIdentity()),
      phase: "starting",
      endpoint: "",
      port: 0,
      region: REGION,
      account: ACCOUNT,
      stamp: this.#o.stamp,
    };
    this.#record = { ...old, ...change };
    await writeRecord(this.#o.paths, this.#record);
  }
}

async function glueModel(paths: LocalPaths): Promise<string> {
  return join(await sitePackages(paths), "botocore", "data", "glue", "2017-03-31", "service-2.json.gz");
}
