import type { Block } from "../../operate/report/accounting.ts";
import type { ReportModel } from "../../operate/report/model.ts";
import { flowChart, isUsed } from "./flow.ts";
import { dataOf, html, type Html } from "./html.ts";
import { whole } from "./numbers.ts";
import { absent, disclosure, type Row, section, tableHtml } from "./table.ts";

/** What went into the figures, what stayed out, and by which rule. */

const BLOCKS: Readonly<Record<string, string>> = {
  encounters: "Encounters of Silver",
  stays: "Stays",
  conditions: "Conditions of Silver",
  patients: "Patients of Silver",
};

const RULES: Readonly<Record<string, string>> = {
  used: "used",
  open: "still open",
  not_inpatient: "class not inpatient",
  status: "neither finished nor active",
  orphan_patient: "without their patient",
  bad_start: "without a start",
  starts_after_as_of: "start after as-of",
  end_before_start: "end before start",
  part_of_inpatient: "part of another inpatient encounter",
};

const ruleName = (rule: string): string => RULES[rule] ?? rule.replace(/_/g, " ");

/** What a block counts: Silver's rows, or the stays that a figure was asked of. */
const blockName = ({ id }: Block, { figures }: ReportModel): string => {
  const figure = figures.find((one) => one.id === id);
  return BLOCKS[id] ?? (figure ? `Stays, for ${figure.title}` : id);
};

const percent = (count: number, total: number): string => (total > 0 ? `${((count / total) * 100).toFixed(1)}%` : "");

const rowsOf = (block: Block): Row[] =>
  block.rules.flatMap(({ rule, count, details }) => {
    const attributes = (what: string | null, n: number): Html =>
      html`data-account="${dataOf([block.id, rule, what])}" data-count="${n}"`;
    return [
      { cells: [ruleName(rule), null, count, percent(count, block.total)], attributes: attributes(null, count) },
      ...details.map((one) => ({
        cells: [ruleName(rule), one.what, one.count, percent(one.count, block.total)],
        attributes: attributes(one.what, one.count),
      })),
    ];
  });

const table = (block: Block, name: string): Html =>
  tableHtml(
    `${name}: ${whole(block.total)} by the rule that took them`,
    [
      { title: "Rule" },
      { title: "Of these" },
      { title: "Count", numeric: true },
      { title: "Share of all", numeric: true },
    ],
    rowsOf(block),
  );

/** `used 18 of 401; 263 class not inpatient (AMB 190, EMER 73), 120 start after as-of`. */
export function sentence({ total, rules }: Block): string {
  const used = rules.filter(({ rule }) => isUsed(rule)).reduce((sum, { count }) => sum + count, 0);
  const left = rules
    .filter(({ rule, count }) => !isUsed(rule) && count > 0)
    .toSorted((a, b) => b.count - a.count)
    .map(({ rule, count, details }) => {
      const most = details.slice(0, 3).map(({ what, count: n }) => `${what} ${whole(n)}`);
      return `${whole(count)} ${ruleName(rule)}${most.length > 0 ? ` (${most.join(", ")}${details.length > 3 ? ", …" : ""})` : ""}`;
    });
  return `Used ${whole(used)} of ${whole(total)}${left.length > 0 ? `; ${left.join(", ")}` : ""}.`;
}

function blockPart(block: Block, model: ReportModel, drawn: boolean): Html {
  const name = blockName(block, model);
  const chart = drawn && flowChart(block, name, ruleName, `${name} by the rule that took them: ${sentence(block)}`);
  return html`<h3>${name}</h3>
    <p>${sentence(block)}</p>
    ${chart ? html`<figure class="wide" role="group" tabindex="0" aria-label="${name}, drawn as a flow">${chart}</figure>` : ""}
    ${disclosure(`${name}: the numbers`, table(block, name))} `;
}

const isFigure = ({ id }: Block, { figures }: ReportModel): boolean => figures.some((one) => one.id === id);

/** All blocks: Silver's rows as flows, the stays of each figure behind a disclosure. */
export function accountingSection(model: ReportModel): Html {
  const { accounting, head } = model;
  if ("missing" in accounting)
    return section("accounting", "What went in, what stayed out", [absent(accounting.missing)]);
  const blocks = accounting.value;
  if (blocks.length === 0)
    return section("accounting", "What went in, what stayed out", [absent("The table is empty.")]);
  const ofFigures = blocks.filter((block) => isFigure(block, model));
  return section("accounting", "What went in, what stayed out", [
    html`<p class="lead">
      Every row that Silver holds stands under the first rule that took it: the parts add up to all there
      is.${head.publishable ? " Counts of 1 to 10 are lumped with others." : ""}
    </p>`,
    ...blocks.filter((block) => !isFigure(block, model)).map((block) => blockPart(block, model, true)),
    ofFigures.length > 0 &&
      disclosure(
        "Stays that each figure leaves out, and why",
        ofFigures.map((block) => blockPart(block, model, false)),
      ),
  ]);
}
