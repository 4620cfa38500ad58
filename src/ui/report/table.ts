import { html, type Html, idOf } from "./html.ts";

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

/** A row: cells in the order of the columns, and attributes that programs find it by. */
export interface Row {
  readonly cells: readonly (Html | string | number | null)[];
  readonly attributes?: Html;
}

const cell = (value: Row["cells"][number], column: Column | undefined, first: boolean): Html => {
  const content = value === null ? html`<span class="none">–</span>` : value;
  if (first) return html`<th scope="row">${content}</th>`;
  return column?.numeric ? html`<td class="n">${content}</td>` : html`<td>${content}</td>`;
};

/** A table that says what it is, and that a keyboard can scroll where it is wider than the page. */
export function tableHtml(caption: string, columns: readonly Column[], rows: readonly Row[], look = "scroll"): Html {
  const head = columns.map(({ title, numeric }) =>
    numeric ? html`<th scope="col" class="n">${title}</th>` : html`<th scope="col">${title}</th>`,
  );
  const body = rows.map(
    ({ cells, attributes }) =>
      html`<tr${attributes ? html` ${attributes}` : ""}>${cells.map((value, i) => cell(value, columns[i], i === 0))}</tr>
`,
  );
  return html`<div class="${look}" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** Something that opens on a click, a key, and in print. */
export const disclosure = (summary: Html | string, content: Html | readonly Html[], open = false): Html =>
  html`<details${open ? html` open` : ""}><summary>${summary}</summary>
${content}</details>`;

/** A section of the page with its heading. */
export const section = (id: string, title: string, content: readonly (Html | false | undefined)[]): Html =>
  html`<section id="${idOf(id)}" aria-labelledby="${idOf(id)}-title">
    <h2 id="${idOf(id)}-title">${title}</h2>
    ${content}
  </section>`;

/** What is said in place of a part that could not be read. */
export const absent = (why: string): Html => html`<p class="absent">${why}</p>`;
