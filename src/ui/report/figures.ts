import type { FigurePart, Grouping, ReportModel, ReportRow } from "../../operate/report/model.ts";
import { facilityChart, MOST, timeChart } from "./charts.ts";
import { definition } from "./definitions.ts";
import { dataOf, html, type Html, idOf } from "./html.ts";
import { intervalName, intervalText, rateText, scaleText, whole } from "./numbers.ts";
import { type Column, disclosure, type Row, section, tableHtml } from "./table.ts";

/** The measures of the page: overall in cards and a table, then each figure over time and by facility. */

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const COHORTS: Readonly<Record<string, string>> = { all: "all patients", age65plus: "65 and older" };
export const cohortName = (cohort: string): string => COHORTS[cohort] ?? `cohort ${cohort}`;

const nameOf = ({ title, id }: FigurePart): string => capital(title || id);

/** What must be known of a row before anybody quotes it. */
const noteOf = (row: ReportRow): Html | null => {
  if (row.numerator === null) return html`<span class="tag plain">suppressed: not shown</span>`;
  if (row.suppressed) return html`<span class="tag warn">suppressed</span>`;
  return null;
};

/** A row of Gold to be read back: its key (with its stratum, where it has one), and its numbers as they are stored. */
function attributesOf({ measure, cohort, facility, period, stratum, ...row }: ReportRow): Html {
  const key = [measure, cohort, facility, period, ...(stratum === undefined ? [] : [stratum])];
  return html`data-row="${dataOf(key)}" data-numerator="${row.numerator}" data-denominator="${row.denominator}"
  data-rate="${row.rate}"${row.suppressed ? html` data-suppressed="true"` : ""}`;
}

const cellsOf = (figure: FigurePart, row: ReportRow): Row["cells"] => [
  row.numerator,
  row.denominator,
  row.rate === null ? null : rateText(figure, row.rate),
  intervalText(figure, row.interval),
  noteOf(row),
];

const numberColumns = (figure: FigurePart): readonly Column[] => [
  { title: "Numerator", numeric: true },
  { title: "Denominator", numeric: true },
  { title: ["Rate", scaleText(figure) === "%" ? "" : scaleText(figure)].filter(Boolean).join(" "), numeric: true },
  { title: capital(intervalName[figure.kind]), numeric: true },
  { title: "Note" },
];

/** Rows of some groupings as a table of their own; nothing where there are none. */
function rowsTable(
  figure: FigurePart,
  rows: readonly ReportRow[],
  { title, groupings, first }: { title: string; groupings: readonly Grouping[]; first: readonly Column[] },
  named: (row: ReportRow) => Row["cells"],
): Html | undefined {
  const own = rows.filter(({ grouping }) => groupings.includes(grouping));
  if (own.length === 0) return undefined;
  const table = tableHtml(
    title,
    [...first, ...numberColumns(figure)],
    own.map((row) => ({ cells: [...named(row), ...cellsOf(figure, row)], attributes: attributesOf(row) })),
  );
  return disclosure(`${title}: the numbers (${own.length} ${own.length === 1 ? "row" : "rows"})`, table);
}

function tablesOf(figure: FigurePart, rows: readonly ReportRow[], whose: string): (Html | undefined)[] {
  const title = (by: string): string => `${nameOf(figure)} ${by}, ${whose}`;
  return [
    rowsTable(
      figure,
      rows,
      { title: title("by year and month"), groupings: ["year", "month"], first: [{ title: "Period" }] },
      ({ period }) => [period],
    ),
    rowsTable(
      figure,
      rows,
      { title: title("by facility"), groupings: ["facility"], first: [{ title: "Facility" }] },
      ({ facility }) => [facility],
    ),
    rowsTable(
      figure,
      rows,
      {
        title: title("in further groups"),
        groupings: ["other"],
        first: [{ title: "Group" }, { title: "Facility" }, { title: "Period" }],
      },
      ({ stratum, facility, period }) => [stratum ?? "all", facility, period],
    ),
  ];
}

const drawing = (caption: string, chart: Html | undefined, legend: string): Html =>
  chart
    ? html`<figure>
        <figcaption>${caption}</figcaption>
        ${chart}
        <p class="legend">${legend}</p>
      </figure>`
    : html`<figure>
        <figcaption>${caption}</figcaption>
        <p class="absent">No such rows.</p>
      </figure>`;

const SMALL = " Hollow points hold small counts and must not be published.";
const HIDDEN = " A cross is a month that is not shown.";

/** What the marks of the two charts mean, as far as they are there. */
function legends(figure: FigurePart, rows: readonly ReportRow[]): { time: string; facility: string } {
  const interval = rows.some((row) => row.interval) ? `, the bar is its ${intervalName[figure.kind]}` : "";
  const small = rows.some((row) => row.suppressed && row.rate !== null) ? SMALL : "";
  const hidden = rows.some((row) => row.grouping === "month" && row.rate === null) ? HIDDEN : "";
  const facilities = rows.filter(({ grouping }) => grouping === "facility").length;
  const cut = facilities > MOST ? ` The ${MOST} largest of ${facilities} facilities are drawn, the table has all.` : "";
  return {
    time: `A point is a month of discharge${interval}; a level line is its whole year.${small}${hidden}`,
    facility: `A point is a facility${interval}; the dashed line is all of them; at the right numerator / denominator.${small}${cut}`,
  };
}

function cohortPart(figure: FigurePart, cohort: string): Html {
  const rows = figure.rows.filter((row) => row.cohort === cohort);
  const whose = cohortName(cohort);
  const legend = legends(figure, rows);
  const about = (by: string): string =>
    `${nameOf(figure)} ${by}, ${whose}. The table under the drawings has the numbers.`;
  return html`<div class="charts">
      ${drawing(`Over time, ${whose}`, timeChart(figure, rows, about("over time")), legend.time)}
      ${drawing(`By facility, ${whose}`, facilityChart(figure, rows, about("by facility")), legend.facility)}
    </div>
    ${tablesOf(figure, rows, whose)}`;
}

function figurePart(figure: FigurePart, cohorts: readonly string[]): Html {
  const [first = "all", ...others] = [...cohorts, ...figure.rows.map(({ cohort }) => cohort)].filter(
    (one, i, all) => all.indexOf(one) === i,
  );
  return html`<div id="${idOf("figure", figure.id)}">
    <h3>${nameOf(figure)}${figure.unit ? html` <span class="lead">(${figure.unit})</span>` : ""}</h3>
    ${disclosure("What this counts", definition(figure))} ${cohortPart(figure, first)}
    ${others.map((cohort) => disclosure(`${nameOf(figure)}, ${cohortName(cohort)}: drawings and numbers`, cohortPart(figure, cohort)))}
  </div> `;
}

const byMeasure = (figures: readonly FigurePart[]): ReadonlyMap<string, readonly FigurePart[]> =>
  new Map(
    figures.map((one) => [one.measure.id, figures.filter((each) => each.measure.id === one.measure.id)] as const),
  );

/** Measures as the page's navigation names them. */
export const measureLinks = ({ figures }: ReportModel): { id: string; title: string }[] =>
  [...byMeasure(figures).values()].flatMap(([one]) =>
    one ? [{ id: idOf("measure", one.measure.id), title: one.measure.title }] : [],
  );

/** One section a measure, with all of its figures. */
export const measureSections = (model: ReportModel): Html[] =>
  [...byMeasure(model.figures).values()].flatMap((own) => {
    const [one] = own;
    if (!one) return [];
    return section(
      idOf("measure", one.measure.id),
      one.measure.title,
      own.map((figure) => figurePart(figure, model.cohorts)),
    );
  });

function card(figure: FigurePart): Html {
  const row = figure.rows.find(({ grouping, cohort }) => grouping === "overall" && cohort === "all");
  const interval = row && intervalText(figure, row.interval);
  return html`<li class="card">
    <span class="name"><a href="#${idOf("figure", figure.id)}">${nameOf(figure)}</a></span>
    <span class="big">${row?.rate === null || row === undefined ? "–" : rateText(figure, row.rate)}</span>
    <span class="small"
      >${row?.numerator === null || row === undefined ? "" : `${whole(row.numerator)} / ${whole(row.denominator ?? 0)} `}${figure.unit}</span
    >
    ${interval ? html`<span class="small">95% interval ${interval}</span>` : ""}${row ? noteOf(row) : ""}
  </li> `;
}

/** The overall figures: cards for the eye, and a table that has every cohort. */
export function overview({ figures, cohorts }: ReportModel): Html {
  const rows = figures.flatMap((figure) =>
    figure.rows
      .filter(({ grouping }) => grouping === "overall")
      .map((row) => ({
        cells: [nameOf(figure), cohortName(row.cohort), figure.unit, ...cellsOf(figure, row)],
        attributes: attributesOf(row),
      })),
  );
  const columns: readonly Column[] = [
    { title: "Figure" },
    { title: "Cohort" },
    { title: "Unit" },
    { title: "Numerator", numeric: true },
    { title: "Denominator", numeric: true },
    { title: "Rate", numeric: true },
    { title: "95% interval", numeric: true },
    { title: "Note" },
  ];
  return section("overview", "Overall", [
    html`<ul class="cards">
      ${figures.map(card)}
    </ul>`,
    rows.length > 0 &&
      tableHtml(`All facilities and periods, ${cohorts.map(cohortName).join(" and ")}`, columns, rows, "scroll whole"),
  ]);
}
