import type { ReportModel } from "../../operate/report/model.ts";
import type { RunDetail, RunRow } from "../../operate/runs/history.ts";
import { costOf } from "../../operate/runs/cost.ts";
import type { Picture } from "../picture.ts";
import { visiblePicture } from "../picture.ts";
import { pictureSvg } from "../picture-html.ts";
import { clockTime } from "../run.ts";
import { runChart } from "./charts.ts";
import { html, type Html, raw } from "./html.ts";
import { momentText } from "./numbers.ts";
import { absent, disclosure, section, tableHtml } from "./table.ts";

/** Runs of the workflow: how they went, what they cost, and what ran. */

const GOOD = /^(succeeded|SUCCEEDED)$/;
const ON = /^(running|RUNNING|WAITING|NOT_RUN)$/;

/** A verdict or a state: a sign and a word beside the colour. */
export const stateTag = (state: string): Html => {
  if (GOOD.test(state)) return html`<span class="tag good">✓ ${state}</span>`;
  return ON.test(state) ? html`<span class="tag plain">${state}</span>` : html`<span class="tag bad">✗ ${state}</span>`;
};

const money = (usd: number | null): string | null => (usd === null ? null : `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`);

const history = (runs: readonly RunRow[], free: boolean): Html =>
  tableHtml(
    `The last ${runs.length} runs, newest first`,
    [
      { title: "Run" },
      { title: "Started" },
      { title: "Verdict" },
      { title: "Took", numeric: true },
      { title: "Files", numeric: true },
      { title: "Failed files", numeric: true },
      { title: "Jobs that did not succeed" },
      { title: "DPU-seconds", numeric: true },
      ...(free ? [] : [{ title: "Cost", numeric: true }]),
    ],
    runs.map((run) => ({
      cells: [
        run.run_id,
        momentText(run.started_at),
        stateTag(run.verdict),
        clockTime(run.seconds),
        run.files,
        run.failed_files,
        run.failed.join(", ") || null,
        run.dpu_seconds,
        ...(free ? [] : [money(run.cost_usd)]),
      ],
    })),
  );

const jobsOf = (run: RunDetail): Html =>
  tableHtml(
    `Jobs of the last run, ${run.run_id}`,
    [
      { title: "Job" },
      { title: "State" },
      { title: "Attempt", numeric: true },
      { title: "Took", numeric: true },
      { title: "DPU-seconds", numeric: true },
      { title: "Error" },
    ],
    run.jobs.map((job) => ({
      cells: [job.key, stateTag(job.state), job.attempt + 1, clockTime(job.seconds), job.dpu_seconds, job.error],
    })),
  );

/** The pipeline, its jobs in the colours of the last run. */
function graph(picture: Picture, last: RunDetail | undefined): Html {
  const states = new Map(last?.jobs.map(({ key, state }) => [`job/${key}`, state]));
  const look = (id: string): string | undefined => {
    const state = states.get(id);
    if (state === undefined || ON.test(state)) return undefined;
    return GOOD.test(state) ? "good" : "bad";
  };
  const drawn = raw(pictureSvg(visiblePicture(picture), look));
  return html`<figure>
      <figcaption>The pipeline, and how its jobs ended in the last run</figcaption>
      <div
        class="wide picture"
        role="group"
        tabindex="0"
        aria-label="The pipeline as a graph; the tables have the same"
      >
        ${drawn}
      </div>
      <p class="legend">
        Green, thin border: succeeded. Red, thick border: did not. The table of jobs says it in words.
      </p>
    </figure>
    ${disclosure("The graph as a table", edges(picture))}`;
}

function edges({ nodes, edges: all }: Picture): Html {
  const label = new Map(nodes.map((node) => [node.id, node.label]));
  return tableHtml(
    "What leads to what",
    [{ title: "From" }, { title: "To" }, { title: "By" }],
    all.map((edge) => ({
      cells: [label.get(edge.from) ?? edge.from, label.get(edge.to) ?? edge.to, edge.label ?? null],
    })),
  );
}

/** The history, the jobs of the last run, and the graph. */
export function runsSection({ runs, last, head }: ReportModel, picture: Picture): Html {
  const detail = "value" in last ? last.value : undefined;
  const rows = "value" in runs ? runs.value : [];
  return section("runs", "Runs", [
    "missing" in runs && absent(runs.missing),
    "value" in runs && rows.length === 0 && absent("No run yet."),
    rows.length > 0 &&
      html`<figure>
        <figcaption>How long runs took, oldest first</figcaption>
        ${runChart(rows, {
          value: ({ seconds }) => seconds / 60,
          unit: "minutes",
          label: `Minutes that each of the last ${rows.length} runs took. The table below has the numbers.`,
        })}
        <p class="legend">✗ in red: the run did not succeed.</p>
      </figure>`,
    rows.length > 0 && history(rows, head.free),
    detail && jobsOf(detail),
    graph(picture, detail),
  ]);
}

const costTable = (rows: readonly RunRow[], free: boolean): Html =>
  tableHtml(
    "Cost of each run",
    [
      { title: "Run" },
      { title: "DPU-hours", numeric: true },
      ...(free ? [] : [{ title: "USD at list price", numeric: true }]),
    ],
    rows.map((run) => ({
      cells: [run.run_id, (run.dpu_seconds / 3600).toFixed(3), ...(free ? [] : [run.cost_usd?.toFixed(4) ?? null])],
    })),
  );

/** What the jobs cost by list price. */
export function costSection({ runs, head }: ReportModel): Html {
  if ("missing" in runs) return section("cost", "Cost", [absent(runs.missing)]);
  const rows = runs.value;
  const seconds = rows.reduce((sum, run) => sum + run.dpu_seconds, 0);
  const { usd, asOf, region } = costOf(seconds);
  const facts = html`<dl class="facts">
    <dt>Runs</dt>
    <dd>${rows.length}</dd>
    <dt>DPU-hours of all of them</dt>
    <dd>${(seconds / 3600).toFixed(2)}</dd>
    ${
      head.free
        ? html`<dt>Billed</dt>
            <dd>nothing: this is the embedded AWS</dd>`
        : html`<dt>At list price</dt>
            <dd>
              about ${money(usd)}${rows.length > 0 ? html`, ${money(usd / rows.length)} a run` : ""} (jobs alone; prices
              of ${region}, ${asOf})
            </dd>`
    }
  </dl>`;
  if (rows.length === 0) return section("cost", "Cost", [absent("No run yet.")]);
  return section("cost", "Cost", [
    facts,
    html`<figure>
      <figcaption>${head.free ? "DPU-hours" : "Cost"} of each run, oldest first</figcaption>
      ${runChart(rows, {
        value: (run) => (head.free ? run.dpu_seconds / 3600 : (run.cost_usd ?? 0)),
        unit: head.free ? "DPU-hours" : "USD",
        label: "What each run cost. The table below has the numbers.",
      })}
    </figure>`,
    disclosure("Cost of each run: the numbers", costTable(rows, head.free)),
  ]);
}
