import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const root = resolve(import.meta.dirname, "../../..");

/** The project's own function, run by Python against an emulator: the one that writes the ledger. */
export class LocalFunction {
  readonly #child: ChildProcess;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(endpoint: string) {
    const bin = join(root, ".metriccare", "test", "moto", "venv", "bin", "python");
    this.#child = spawn(bin, [join(import.meta.dirname, "serve.py"), join(root, "glue-scripts", "lambda"), endpoint], {
      stdio: ["pipe", "pipe", "inherit"],
      env: {
        PATH: process.env["PATH"] ?? "",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        PYTHONDONTWRITEBYTECODE: "1",
      },
    });
    const lines = createInterface({ input: this.#child.stdout ?? process.stdin });
    lines.on("line", (line) => this.#waiting.shift()?.(line));
    // An event that raised ends the child: whoever waits hears of it.
    this.#child.on("exit", () => this.#waiting.splice(0).forEach((tell) => tell('{"event":"died"}')));
  }

  /** Hands it one event; answers its outcome. */
  async handle(event: unknown, environment: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    const answer = new Promise<string>((done) => this.#waiting.push(done));
    this.#child.stdin?.write(`${JSON.stringify({ event, environment })}\n`);
    const outcome = JSON.parse(await answer) as Record<string, unknown>;
    if (outcome["event"] === "died") throw new Error("the function died");
    return outcome;
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}
