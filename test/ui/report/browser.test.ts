import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChromium } from "../../harness/chromium.ts";
import { found, HOSTILE, named, NOTHING, pageFor, sampleRows } from "./found.ts";

/** The page as people see it: one browser for all of them, and a screenshot of each under a temporary folder. */

const PAGES = {
  nothing: () => pageFor(NOTHING),
  one: () => pageFor(found(sampleRows(["North"], 7, [2023])), { free: true }),
  many: () => pageFor(found(sampleRows([...named(58), HOSTILE, "y".repeat(600)], 7, [2023]))),
  publishable: () => pageFor(found(sampleRows(named(3), 7, [2023])), { publishable: true }),
};
type Name = keyof typeof PAGES;
const NAMES = Object.keys(PAGES) as Name[];

const folder = mkdtempSync(join(tmpdir(), "metriccare-report-"));
let browser: Browser | undefined;
let lacking = "";

beforeAll(async () => {
  const started = await startChromium();
  if (typeof started === "string") lacking = started;
  else browser = started;
  for (const name of NAMES) writeFileSync(join(folder, `${name}.html`), PAGES[name]());
}, 240_000);
afterAll(() => browser?.close());

interface Seen {
  readonly page: Page;
  /** Console messages, errors, and requests for anything but the page. */
  readonly noise: string[];
}

async function open(name: Name, look: { scheme?: "light" | "dark"; width?: number } = {}): Promise<Seen> {
  if (!browser) throw new Error(lacking);
  const page = await browser.newPage({
    colorScheme: look.scheme ?? "light",
    viewport: { width: look.width ?? 1280, height: 900 },
  });
  const noise: string[] = [];
  const url = pathToFileURL(join(folder, `${name}.html`)).href;
  page.on("console", (message) => noise.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => void noise.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => request.url() !== url && noise.push(`request: ${request.url()}`));
  await page.goto(url);
  return { page, noise };
}

/** What a click opens is looked at too: of sections that are built alike, the first. */
const openSome = (page: Page): Promise<void> =>
  page.evaluate(
    "for (const one of document.querySelectorAll('#overview + section details, #accounting details, #runs details')) one.open = true",
  );
const openAll = (page: Page): Promise<void> =>
  page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");

/** Dark differs in its colours alone. */
async function findings(page: Page, scheme: "light" | "dark"): Promise<string[]> {
  const only = scheme === "dark" ? ', runOnly: ["color-contrast"]' : "";
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(
    `axe.run(document, {resultTypes: ["violations"]${only}}).then(({violations}) => violations
      .filter(({impact}) => impact === "serious" || impact === "critical")
      .map(({id, nodes}) => id + ": " + nodes.slice(0, 3).map(({target, failureSummary}) => target + " " + failureSummary).join("; ")))`,
  );
}

const LOOKS = [
  { name: "nothing", scheme: "light" },
  { name: "one", scheme: "light" },
  { name: "one", scheme: "dark" },
  { name: "many", scheme: "light" },
  { name: "publishable", scheme: "dark" },
] as const;
const NARROW: readonly Name[] = ["nothing", "many", "publishable"];

describe("in Chromium", { timeout: 120_000 }, () => {
  test.for(LOOKS)(
    "$name, $scheme: opens offline without a word, and passes axe",
    async ({ name, scheme }, { skip }) => {
      skip(!browser, lacking);
      const { page, noise } = await open(name, { scheme });
      await page.screenshot({ path: join(folder, `${name}-${scheme}.png`), fullPage: true });
      // Tables of 60 facilities are those of one, and axe looks at every cell.
      if (name !== "many") await openSome(page);
      expect(await findings(page, scheme)).toEqual([]);
      expect(noise).toEqual([]);
      await page.close();
    },
  );

  test("its own style is applied, and follows light and dark", async ({ skip }) => {
    skip(!browser, lacking);
    const backgrounds = await Promise.all(
      (["light", "dark"] as const).map(async (scheme) => {
        const { page } = await open("one", { scheme });
        const found = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
        await page.close();
        return found;
      }),
    );
    expect(backgrounds).toEqual(["rgb(246, 247, 249)", "rgb(16, 22, 28)"]);
  });

  test.for(NARROW)("%s is no wider than a telephone", async (name, { skip }) => {
    skip(!browser, lacking);
    const { page } = await open(name, { width: 360 });
    await openAll(page);
    await page.screenshot({ path: join(folder, `${name}-narrow.png`) });
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await page.close();
  });

  test("on paper everything is there: what was closed is open, and nothing scrolls", async ({ skip }) => {
    skip(!browser, lacking);
    const { page } = await open("one", { scheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "light" });
    const seen = await page.evaluate<{ hidden: number; scrolling: number; nav: string }>(`({
      hidden: [...document.querySelectorAll("details tr[data-row]")].filter((one) => one.getBoundingClientRect().height === 0).length,
      scrolling: [...document.querySelectorAll(".scroll")].filter((one) => one.scrollHeight > one.clientHeight + 1).length,
      nav: getComputedStyle(document.querySelector("nav")).display,
    })`);
    expect(seen).toEqual({ hidden: 0, scrolling: 0, nav: "none" });
    const pdf = await page.pdf({ format: "A4" });
    writeFileSync(join(folder, "one.pdf"), pdf);
    expect(pdf.length).toBeGreaterThan(20_000);
    await page.close();
  });

  test("a keyboard comes to the figures at once, and opens what is closed", async ({ skip }) => {
    skip(!browser, lacking);
    const { page } = await open("one");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.className")).toBe("skip");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("details").first().getAttribute("open")).toBe("");
    await page.close();
  });

  test("every drawing has its numbers in a table of its section", async ({ skip }) => {
    skip(!browser, lacking);
    const { page } = await open("many");
    const without = await page.evaluate<string[]>(
      `[...document.querySelectorAll("svg")].filter((one) => one.getAttribute("role") !== "img" || !one.getAttribute("aria-label")
        || !one.closest("section").querySelector("table")).map((one) => one.outerHTML.slice(0, 200))`,
    );
    expect(without).toEqual([]);
    // What was drawn is seen: marks have a size.
    const empty = await page.evaluate<number>(
      `[...document.querySelectorAll("section > div svg")].filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 40).length`,
    );
    expect(empty).toBe(0);
    await page.close();
  });
});
