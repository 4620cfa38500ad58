import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What one run of a command cost. */
export interface Cost {
  readonly seconds: number;
  /** Of all its processes, user and system. */
  readonly cpu: number;
  readonly peakMb: number;
}

interface Command {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  /** Exit codes that are as they should be. Default: 0. */
  readonly codes?: readonly number[];
}

/** Where AWS answers, and nothing that the machine says of another one. */
export function environmentAt(endpoint: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(AWS|TF|METRICCARE)_/.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: "1",
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
}

/** Runs commands through measure.py, which knows what they cost with all that they start. */
export class Runner {
  constructor(
    readonly repository: string,
    /** Where it may write. */
    readonly dir: string,
  ) {}

  async run({ cwd, env, argv, codes = [0] }: Command): Promise<Cost> {
    const [out, log] = [join(this.dir, "cost.json"), join(this.dir, "said.txt")];
    const script = join(this.repository, "bench", "terraform", "measure.py");
    const python = process.env["METRICCARE_PYTHON"] ?? "python3";
    const ended = await new Promise<number | null>((resolve, reject) => {
      const child = spawn(python, [script, out, log, ...argv], { cwd, env: { ...env }, stdio: "ignore" });
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (ended !== 0) throw new Error(`measure.py ended with ${ended}`);
    // What our own script wrote.
    const { code, ...cost } = JSON.parse(readFileSync(out, "utf8")) as Cost & { code: number };
    if (!codes.includes(code))
      throw new Error(`${argv.join(" ")} ended with ${code}: ${readFileSync(log, "utf8").slice(-3000)}`);
    return cost;
  }
}
