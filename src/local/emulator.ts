import { existsSync } from "node:fs";
import type { Agent } from "node:http";
import { join } from "node:path";
import { partitionOf } from "../aws/arn.ts";
import type { Clock } from "../clock/index.ts";
import { startHelper, type Helper } from "./child.ts";
import { agentFor, ask, socketUrl } from "./front/behind.ts";
import { endpointEnvironment, scrubbedEnvironment } from "./environment.ts";
import type { Secret } from "./front/door/keyring.ts";
import type { KeyPair } from "./keys.ts";
import type { LocalPaths } from "./paths.ts";
import { LocalProblem } from "./problem.ts";
import type { JavaFound } from "./runtime/java.ts";
import { socketFile, type SocketFile } from "./socket-file.ts";
import { sweepEnvironment } from "./sweep.ts";

/** On TERM the emulator saves everything: with a ledger of 100,000 rows that takes the better part of a minute. */
const SAVE_MS = 90_000;
/** In the environment of the emulator and of its functions. */
const OWNED = "METRICCARE_EMULATOR";

export interface EmulatorOptions {
  paths: LocalPaths;
  java: JavaFound;
  endpoint: string;
  region: string;
  account: string;
  /** The pair that the front lets in as root: the emulator takes it for its root's too, as it stands in its environment. */
  keys: KeyPair;
  /** What opens the launcher's own hooks. */
  secret: string;
  logFd: number;
  clock: Clock;
  log(line: string): void;
  /** Called when it died and was started again. */
  onRestart(how: string): void;
}

/** Temporary credentials of a role, as AssumeRole gives them. */
export interface RoleCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** The emulator behind its launcher. It has no port: it listens on a socket file, the same again when it was started anew. */
export class Emulator {
  readonly url: string;
  readonly #o: EmulatorOptions;
  readonly #socket: SocketFile;
  readonly #agent: Agent;
  #helper: Helper | undefined;
  #stopping = false;

  constructor(o: EmulatorOptions) {
    this.#o = o;
    this.#socket = socketFile(o.paths);
    this.url = socketUrl(this.#socket.file);
    this.#agent = agentFor(this.url, { keepAlive: true, timeout: 3000 });
  }

  get pid(): number | undefined {
    return this.#helper?.pid;
  }

  /** Starts it and resolves when it answers. */
  async start(): Promise<void> {
    refuseForeignStartScripts();
    await this.#socket.make();
    await this.#launch();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#helper?.stop(SAVE_MS);
    this.#agent.destroy();
    await this.#socket.remove();
  }

  /** Announces a change of Glue's, as AWS does on the default event bus. */
  async emitGlueEvent(detailType: string, detail: object, resources: string[]): Promise<void> {
    await this.#hook("events", { detailType, detail, resources });
  }

  /** Credentials of a job's role, or why the role cannot be assumed. */
  async roleCredentials(roleArn: string, seconds: number, job: string): Promise<RoleCredentials | { refused: string }> {
    const { region, account } = this.#o;
    // What the role's trust policy may ask for as aws:SourceArn.
    const source = `arn:${partitionOf(region)}:glue:${region}:${account}:job/${job}`;
    const answer = await this.#hook("role", { roleArn, seconds, source });
    if (typeof answer["refused"] === "string") return { refused: answer["refused"] };
    return {
      accessKeyId: String(answer["accessKeyId"]),
      secretAccessKey: String(answer["secretAccessKey"]),
      sessionToken: String(answer["sessionToken"]),
    };
  }

  /** The secret of an access key that was minted in here, and is good; undefined for others. */
  async secretOf(accessKeyId: string): Promise<Secret | undefined> {
    const { secretAccessKey, sessionToken, expiresAt } = await this.#hook("key", { accessKeyId });
    if (typeof secretAccessKey !== "string") return undefined;
    return {
      secretAccessKey,
      ...(typeof sessionToken === "string" ? { sessionToken } : {}),
      ...(typeof expiresAt === "number" ? { expiresAt } : {}),
    };
  }

  /** Why the owner of a key may not do this by the emulator's policies (AWS's text), or undefined. */
  async denial(
    accessKeyId: string,
    action: string,
    resources: readonly string[],
    context: Record<string, string> = {},
  ): Promise<string | undefined> {
    const { denied } = await this.#hook("denial", { accessKeyId, action, resources, context });
    return typeof denied === "string" ? denied : undefined;
  }

  async #hook(name: string, body: object): Promise<Record<string, unknown>> {
    const answer = await ask(this.#agent, this.url, {
      method: "POST",
      path: `/_metriccare/${name}`,
      headers: { "x-metriccare-secret": this.#o.secret, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const value: unknown = JSON.parse(answer.body);
    if (answer.status !== 200) throw new Error(`the emulator refused ${name}: ${answer.body}`);
    return typeof value === "object" && value !== null ? { ...value } : {};
  }

  #launch(): Promise<void> {
    const { paths, clock, logFd } = this.#o;
    return new Promise((resolve, reject) => {
      let ready = false;
      const helper = startHelper({
        command: paths.python,
        args: ["-u", join(paths.code, "launcher.py")],
        env: this.#environment(),
        cwd: paths.tmp,
        logFd,
        clock,
        onMessage: (message) => {
          if (message["ready"] !== true) return;
          ready = true;
          resolve();
        },
      });
      this.#helper = helper;
      void this.#whenEnded(helper, (how) => {
        if (ready) return false;
        reject(
          new LocalProblem("emulator", `The emulator did not start: ${how}.`, `Its log is ${paths.logs}/emulator.log.`),
        );
        return true;
      });
    });
  }

  /** `failed` says whether the end was that of a start that had not succeeded. */
  async #whenEnded(helper: Helper, failed: (how: string) => boolean): Promise<void> {
    const how = await helper.ended;
    // What it started (functions, and what they started) goes with it.
    helper.kill();
    await sweepEnvironment(OWNED, this.#o.paths.local, this.#o.clock);
    if (!failed(how) && !this.#stopping) await this.#restart(how);
  }

  async #restart(how: string): Promise<void> {
    this.#o.log(`The emulator ended (${how}); starting it again.`);
    for (let pause = 100; !this.#stopping; pause = Math.min(pause * 2, 10_000)) {
      await this.#o.clock.sleep(pause);
      if (this.#stopping) return;
      try {
        await this.#launch();
        this.#o.onRestart(how);
        return;
      } catch (error) {
        this.#o.log(`The emulator could not be started again: ${String(error)}`);
      }
    }
  }

  #environment(): NodeJS.ProcessEnv {
    const { paths, java, endpoint, region, account, secret, keys } = this.#o;
    return {
      ...scrubbedEnvironment(paths, java),
      // Functions inherit it: their SDKs then talk to the front, like everybody's.
      ...endpointEnvironment(endpoint, region, keys),
      METRICCARE_SECRET: secret,
      METRICCARE_SOCKET: this.#socket.file,
      [OWNED]: paths.local,
      // In the addresses that it hands out (queues, code of functions): they lead to the front.
      GATEWAY_PORT: new URL(endpoint).port,
      BIND_HOST: "127.0.0.1",
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
      DOCKER_HOST: "unix:///nonexistent",
      MINISTACK_ACCOUNT_ID: account,
      MINISTACK_REGION: region,
      LAMBDA_EXECUTOR: "local",
      AUTH: "true",
      S3_PERSIST: "1",
      PERSIST_STATE: "1",
      S3_DATA_DIR: `${paths.emulator}/s3`,
      STATE_DIR: `${paths.emulator}/state`,
      LOG_LEVEL: "WARNING",
      PYTHONUNBUFFERED: "1",
    };
  }
}

/** The emulator runs whatever lies in these folders of the machine; that is nobody's wish here. */
function refuseForeignStartScripts(): void {
  const folders = ["/docker-entrypoint-initaws.d", "/etc/localstack/init/boot.d", "/etc/localstack/init/ready.d"];
  const there = folders.filter((folder) => existsSync(folder));
  if (there.length === 0) return;
  throw new LocalProblem(
    "init_scripts",
    `The emulator would run the scripts in ${there.join(" and ")} of this machine.`,
    "Move the folder away: the embedded AWS does not start beside it.",
  );
}
