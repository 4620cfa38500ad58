import { join } from "node:path";
import type { Clock } from "../../clock/index.ts";
import { startHelper, type Helper } from "../child.ts";
import { sparkConf, sparkEnvironment, writeSparkFiles, type SparkTarget } from "./settings.ts";

/** One life of the warm JVM: what a script needs to join it. */
export interface Gateway {
  port: number;
  secret: string;
  /** Resolves, with a few words on how, when this JVM is gone. */
  lost: Promise<string>;
}

export interface SparkOwnerOptions extends SparkTarget {
  logFd: number;
  clock: Clock;
  log(line: string): void;
}

const TRIES = 3;

/** Keeps one warm JVM: starts it, starts it again when it dies, ends in it what a run left. */
export class SparkOwner {
  readonly #o: SparkOwnerOptions;
  readonly #answers = new Map<number, (error: string | undefined) => void>();
  #helper: Helper | undefined;
  #gateway: Promise<Gateway> | undefined;
  #stopping = false;
  #wasReady = false;
  #lastWords: string | undefined;
  #nextId = 1;
  /** Process numbers, for those who look after processes (and tests that kill them). */
  pid: number | undefined;
  jvmPid: number | undefined;

  constructor(o: SparkOwnerOptions) {
    this.#o = o;
  }

  /** The JVM to join; waits while it starts. Rejects when it cannot be started. */
  ready(): Promise<Gateway> {
    if (this.#stopping) return Promise.reject(new Error("the embedded AWS is shutting down"));
    this.#gateway ??= this.#start().catch((error: unknown) => {
      // The next run tries anew.
      this.#gateway = undefined;
      throw error;
    });
    return this.#gateway;
  }

  /** Ends all that a run left in the JVM; resolves when nothing of it runs any more. */
  async end(run: string): Promise<void> {
    const helper = this.#helper;
    if (helper === undefined) return;
    const id = this.#nextId;
    this.#nextId += 1;
    const answer = new Promise<void>((resolve) => {
      this.#answers.set(id, (error) => {
        if (error !== undefined) this.#o.log(`Ending ${run} in the JVM: ${error}`);
        resolve();
      });
    });
    helper.send({ id, command: "end", run });
    await Promise.race([answer, helper.ended]);
    this.#answers.delete(id);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#helper?.stop(2000);
  }

  async #start(): Promise<Gateway> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#launch();
      } catch (error) {
        if (this.#stopping || attempt === TRIES) throw error;
        this.#o.log(`Spark did not start: ${String(error)}; trying again.`);
        await this.#o.clock.sleep(500 * attempt);
      }
    }
  }

  async #launch(): Promise<Gateway> {
    const { paths, clock, logFd } = this.#o;
    await writeSparkFiles(this.#o);
    const env = await sparkEnvironment(this.#o);
    if (this.#stopping) throw new Error("the embedded AWS is shutting down");
    return await new Promise<Gateway>((resolve, reject) => {
      const helper = startHelper({
        command: paths.python,
        args: ["-u", join(paths.code, "spark_owner.py")],
        env,
        cwd: paths.tmp,
        logFd,
        clock,
        onMessage: (message) => {
          if (message["event"] === "ready") {
            this.#wasReady = true;
            this.jvmPid = Number(message["pid"]);
            resolve({ port: Number(message["port"]), secret: String(message["secret"]), lost: this.#lost(helper) });
          } else if (message["event"] === "ended") this.#lastWords = text(message["how"]);
          else if (message["event"] === "warm") this.#o.log(`Spark is warm (${String(message["seconds"])} s).`);
          else this.#answers.get(Number(message["answer"]))?.(text(message["error"]));
        },
      });
      this.#helper = helper;
      this.#lastWords = undefined;
      this.pid = helper.pid;
      helper.send({
        conf: sparkConf(this.#o),
        warmFolder: join(paths.tmp, "warm"),
        warmS3: "s3://metriccare-warm/none",
      });
      void this.#whenEnded(helper, reject);
    });
  }

  /** How it ended, in the owner's own words when it had time for some. */
  async #lost(helper: Helper): Promise<string> {
    const how = await helper.ended;
    return this.#lastWords ?? how;
  }

  async #whenEnded(helper: Helper, reject: (error: Error) => void): Promise<void> {
    const how = await this.#lost(helper);
    // The JVM is in the owner's process group.
    helper.kill();
    reject(new Error(`Spark could not be started (${how}); its log is ${this.#o.paths.logs}/spark.log`));
    if (this.#stopping || !this.#wasReady) return;
    this.#wasReady = false;
    this.#gateway = undefined;
    this.#o.log(`Spark ended (${how}); starting it again.`);
    await this.ready().catch((error: unknown) => this.#o.log(String(error)));
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
