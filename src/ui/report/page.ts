import { createHash } from "node:crypto";
import type { ReportModel } from "../../operate/report/model.ts";
import type { Picture } from "../picture.ts";
import { accountingSection } from "./accounting.ts";
import { definitions } from "./definitions.ts";
import { measureLinks, measureSections, overview } from "./figures.ts";
import { html, type Html, raw } from "./html.ts";
import { ledgerSection, qualitySection } from "./quality.ts";
import { costSection, runsSection } from "./runs.ts";
import { STYLE } from "./style.ts";
import { absent, section } from "./table.ts";
import { pageTitle, top } from "./top.ts";

/** By this a report is known as one, and may be written over. */
export const GENERATOR = '<meta name="generator" content="metriccare report">';

/** Nothing is loaded from anywhere and no script runs; of styles only the page's own. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** To the letter: the policy holds it by its hash. */
const STYLE_ELEMENT = raw(`<style>${STYLE}</style>`);

interface Link {
  readonly id: string;
  readonly title: string;
}

const linksOf = (model: ReportModel): Link[] => [
  { id: "overview", title: "Overall" },
  ...measureLinks(model),
  { id: "accounting", title: "What went in, what stayed out" },
  { id: "quality", title: "Data quality" },
  { id: "runs", title: "Runs" },
  { id: "ledger", title: "Ledger" },
  { id: "cost", title: "Cost" },
  { id: "definitions", title: "Definitions" },
];

const nothing = ({ missing }: ReportModel): Html =>
  section("overview", "Overall", [
    absent(
      `There are no figures yet${missing.length > 0 ? `: the Gold tables ${missing.join(", ")} are not there` : ""}. A run of the workflow makes them.`,
    ),
  ]);

/** The whole page: one file, nothing beside it. */
export function reportHtml(model: ReportModel, picture: Picture): string {
  const links = linksOf(model);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${raw(POLICY)}" />
        ${raw(GENERATOR)}
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <title>${pageTitle(model)}</title>
        <link rel="icon" href="data:," />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <a class="skip" href="#main">To the figures</a>
        <div class="frame">
          <nav aria-label="Parts of this page">
            <ul>
              ${links.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li> `)}
            </ul>
          </nav>
          <div>
            ${top(model)}
            <main id="main" tabindex="-1">
              ${model.figures.length > 0 ? overview(model) : nothing(model)} ${measureSections(model)}
              ${accountingSection(model)} ${qualitySection(model)} ${runsSection(model, picture)}
              ${ledgerSection(model)} ${costSection(model)} ${definitions()}
            </main>
            <footer>Made by <code>metriccare report</code>. This page loads nothing and runs no script.</footer>
          </div>
        </div>
      </body>
    </html> `;
  return page.text;
}
