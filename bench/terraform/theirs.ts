import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeConfiguration } from "./configuration.ts";
import type { Lakehouse } from "./lakehouse.ts";
import { environmentAt } from "./run.ts";

const execute = promisify(execFile);

/** Terraform on this machine, with its AWS provider. */
export interface Terraform {
  readonly version: string;
  readonly provider: string;
}

const SETTINGS = { CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" } as const;

/** A folder with a configuration in it, and where its state is kept aside. */
export class TerraformFolder {
  constructor(
    readonly dir: string,
    readonly endpoint: string,
  ) {
    mkdirSync(dir, { recursive: true });
  }

  get env(): Record<string, string> {
    return { ...environmentAt(this.endpoint), ...SETTINGS };
  }

  async terraform(...argv: string[]): Promise<string> {
    const { stdout } = await execute("terraform", argv, { cwd: this.dir, env: this.env, maxBuffer: 1 << 26 });
    return stdout;
  }

  /** Writes the lakehouse down and gets the provider; `plugins` is a folder of providers (a mirror), else the registry is asked. */
  async describe(lakehouse: Lakehouse, plugins: string | undefined): Promise<void> {
    await writeConfiguration(this.dir, lakehouse);
    await this.terraform("init", "-input=false", "-no-color", ...(plugins ? [`-plugin-dir=${plugins}`] : []));
  }

  /** From now on this is the state that a command begins with. */
  keepState(): void {
    copyFileSync(join(this.dir, "terraform.tfstate"), join(this.dir, "kept.tfstate"));
  }

  /** Puts the kept state back, or none at all. */
  begin(withState: boolean): void {
    for (const file of ["terraform.tfstate", "terraform.tfstate.backup"]) rmSync(join(this.dir, file), { force: true });
    if (withState) copyFileSync(join(this.dir, "kept.tfstate"), join(this.dir, "terraform.tfstate"));
  }
}

/** What there is of Terraform; a text says why there is none of it. */
export async function findTerraform(folder: TerraformFolder, lakehouse: Lakehouse): Promise<Terraform | string> {
  const plugins = process.env["METRICCARE_BENCH_PLUGINS"];
  try {
    await folder.terraform("version");
  } catch {
    return "no `terraform` on the PATH";
  }
  try {
    await folder.describe(lakehouse, plugins);
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    const line = stderr.split("\n").find((one) => /Error|[Cc]ould not|[Ff]ailed/.test(one)) ?? String(error);
    const where = plugins === undefined ? " (METRICCARE_BENCH_PLUGINS names a folder of providers)" : ` in ${plugins}`;
    return `no AWS provider for Terraform${where}: ${line.replace(/^[│╷\s]+/, "")}`;
  }
  // Terraform's own JSON.
  const told = JSON.parse(await folder.terraform("version", "-json")) as {
    terraform_version: string;
    provider_selections: Record<string, string>;
  };
  return { version: told.terraform_version, provider: Object.values(told.provider_selections)[0] ?? "?" };
}
