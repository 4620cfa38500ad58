import type { ReportModel } from "../../operate/report/model.ts";
import type { Stand } from "../../operate/report/stand.ts";
import { html, type Html } from "./html.ts";
import { momentText } from "./numbers.ts";
import { qualityTag } from "./quality.ts";
import { stateTag } from "./runs.ts";

/** What must be known before any number is read: as of when, by which rules, and whether all is well. */

export const pageTitle = ({ head }: ReportModel): string => `Quality measures: ${head.project}, ${head.env}`;

const fact = (name: string, value: Html | string | null): Html | false =>
  value !== null &&
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div> `;

const factsOf = ({ as_of, time_zone, computed_at, run_id }: Stand, measures: string | null): Html =>
  html`<dl class="row">
    ${[
      fact("Measures", measures),
      fact("As of", as_of ?? "not said by the tables"),
      fact("Time zone", time_zone),
      fact("Computed at", momentText(computed_at)),
      fact("By the run", run_id),
    ]}
  </dl> `;

/** What the figures stand on: once, where all stand on the same. Rules have a name a table: they stand with its freshness. */
function standing(stands: readonly Stand[]): Html[] {
  const basis = ({ as_of, time_zone, run_id }: Stand): string => JSON.stringify([as_of, time_zone, run_id]);
  const all = [...new Set(stands.map(basis))];
  return all.flatMap((one) => {
    const same = stands.filter((stand) => basis(stand) === one);
    const newest = same.toSorted((a, b) => ((a.computed_at ?? "") < (b.computed_at ?? "") ? 1 : -1))[0];
    if (!newest) return [];
    return factsOf(newest, all.length > 1 ? same.flatMap(({ measures }) => measures).join(", ") : null);
  });
}

/** Once for each reason: who may not look may look at no table. */
const unsureNotes = (stands: readonly Stand[]): Html[] =>
  [...new Set(stands.flatMap(({ untold }) => untold ?? []))].map((reason) => {
    const names = stands.flatMap(({ untold, measures }) => (untold === reason ? measures : []));
    return html`<p class="note" role="note">
      <strong>May be stale:</strong> whether ${names.join(", ")} ${names.length === 1 ? "is" : "are"} what the applied
      config and Silver would give now cannot be told. ${reason.replace(/\.$/, "")}.
    </p> `;
  });

const staleNote = ({ stale, measures }: Stand): Html | false =>
  stale !== null &&
  stale.length > 0 &&
  html`<p class="note bad" role="note">
    <strong>Stale:</strong> ${measures.join(", ")} ${measures.length === 1 ? "is" : "are"} not what the applied config
    and Silver would give now. ${stale.join(". ")}.
  </p> `;

/** The newest write of any table: what is told where rows say nothing of their own. */
const lastWritten = ({ written }: ReportModel): string | null => Object.values(written).toSorted().at(-1) ?? null;

const PUBLIC = "Counts of 1 to 10, and whatever they could be computed from, are not on this page.";
const PRIVATE = "Rows that hold counts of 1 to 10 are marked as suppressed: publish neither them nor this page.";

/** The head of the page. */
export function top(model: ReportModel): Html {
  const { head, stands, last } = model;
  const silent = stands.every(({ computed_at }) => computed_at === null);
  return html`<header class="top">
    <h1>${pageTitle(model)}</h1>
    <p class="lead">Crude, not risk-adjusted, not a CMS result. ${head.publishable ? PUBLIC : PRIVATE}</p>
    ${standing(stands)}
    <dl class="row">
      ${[
        silent && fact("Tables last written", momentText(lastWritten(model))),
        "value" in last && fact("Last run", stateTag(last.value.verdict)),
        fact("Data quality", html`<a href="#quality">${qualityTag(model)}</a>`),
        fact("Environment", `${head.env}, account ${head.account}, ${head.region}`),
        fact("Page made at", momentText(head.made_at)),
      ]}
    </dl>
    ${stands.map(staleNote)} ${unsureNotes(stands)}
  </header> `;
}
