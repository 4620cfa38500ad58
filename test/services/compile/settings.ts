import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { ConfigInvalid } from "../../../src/config/index.ts";
import { addressText } from "../../../src/engine/types.ts";
import { compiled, load, project } from "./project.ts";

/** A project folder whose `dev.yaml` a test writes: what becomes of it, or what is wrong with it. */
export function settings(files: Readonly<Record<string, string>> = {}) {
  let folder: ReturnType<typeof project>;
  beforeAll(() => {
    folder = project(files);
  });
  afterAll(() => folder.remove());
  const write = (text: string): void => writeFileSync(join(folder.dir, "config", "dev.yaml"), text);

  /** Props of what is declared, by address. */
  async function desiredOf(text: string): Promise<<P>(address: string) => P> {
    write(text);
    const { desired, findings } = await compiled(folder.dir, "dev");
    expect(findings).toEqual([]);
    return <P>(address: string): P => {
      const found = desired.find((one) => addressText(one.address) === address);
      if (!found) throw new Error(`${address} is not there`);
      return found.props as P;
    };
  }

  /** The message that refuses a config; empty for one that is right. */
  function problemsOf(text: string): string {
    write(text);
    try {
      load({ dir: folder.dir, env: "dev" });
      return "";
    } catch (error) {
      if (!(error instanceof ConfigInvalid)) throw error;
      return error.message;
    }
  }
  const configOf = () => load({ dir: folder.dir, env: "dev" });
  return { configOf, desiredOf, problemsOf, write };
}
