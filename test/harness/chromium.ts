import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { repository } from "./project.ts";

/** A browser to look at pages with: this machine's, or the one that a package of npm's brings along. */

const INSTALLED = [
  process.env.METRICCARE_CHROMIUM ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const ARGS = ["--no-sandbox", "--disable-dev-shm-usage"];

/**
 * `@sparticuz/chromium` unpacks into the temporary folder of its process, and its libraries beside the browser only where it
 * takes itself for a Lambda function: a process of its own has both said in its environment.
 */
function unpacked(): { readonly path: string; readonly libraries: string } {
  const folder = join(repository, "node_modules", ".cache", "chromium");
  mkdirSync(folder, { recursive: true });
  const code = 'console.log(await (await import("@sparticuz/chromium")).default.executablePath())';
  const path = execFileSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: repository,
    encoding: "utf8",
    env: { PATH: process.env.PATH, TMPDIR: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x" },
  }).trim();
  return { path, libraries: join(folder, "al2023", "lib") };
}

async function bundled(): Promise<Browser> {
  const { path, libraries } = unpacked();
  // Not `--single-process`, as in a function: there the browser ends with the first page that is closed.
  // Drawn by the processor, with what the package has for that: left to itself it now and then had no picture to give.
  const drawn = ["--use-gl=angle", "--use-angle=swiftshader", "--ignore-gpu-blocklist", "--enable-unsafe-swiftshader"];
  const args = [...ARGS, ...drawn, "--no-zygote", "--headless=shell"];
  // What the machine has goes before what was brought along.
  return await chromium
    .launch({ executablePath: path, args })
    .catch(() => chromium.launch({ executablePath: path, args, env: { ...process.env, LD_LIBRARY_PATH: libraries } }));
}

/** A running browser, or why there is none here. */
export async function startChromium(): Promise<Browser | string> {
  const path = INSTALLED.find((one) => one !== "" && existsSync(one));
  if (path !== undefined) return chromium.launch({ executablePath: path, args: ARGS });
  if (process.platform !== "linux" || process.arch !== "x64")
    return `no Chromium is installed here, and the one of npm's is for Linux on x64, not ${process.platform} on ${process.arch}`;
  try {
    return await bundled();
  } catch (error) {
    return `no Chromium starts here: ${String(error).split("\n")[0]}`;
  }
}
