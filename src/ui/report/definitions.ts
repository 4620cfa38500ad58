import type { FigurePart } from "../../operate/report/model.ts";
import rules from "./definitions.json" with { type: "json" };
import { html, type Html, raw } from "./html.ts";
import { section } from "./table.ts";

/** The rules of docs/measures.md, as `npm run docs` takes them from there. */

/** What Markdown the rules have: code, strong, emphasis. Everything else of them is text. */
const marked = (text: string): Html =>
  raw(
    html`${text}`.text
      .replace(/`([^`]+)`/g, "<code>$1</code>")
      .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
      .replace(/\*([^*]+)\*/g, "<em>$1</em>"),
  );

/** `M2a` is told in M2. */
const ruleOf = (id: string): (typeof rules)[number] | undefined => {
  const whole = id.replace(/[a-z]$/, "");
  return rules.find((rule) => rule.id === id) ?? rules.find((rule) => rule.id === whole);
};

const KIND: Readonly<Record<FigurePart["kind"], string>> = {
  proportion:
    "A proportion: its 95% interval is Wilson's score interval, which holds for few stays too. Intervals tell chance from difference; they adjust for nothing.",
  rate: "A rate: its 95% interval is the exact Poisson interval of the number of events, over the same denominator.",
  mean: "A mean: it has no interval here, because the sum of days that is stored does not tell how much stays differ.",
  other: "It has no interval here: what it counts is not known to be a proportion or a rate.",
};

/** What a figure is: its counts, its interval, the rules behind it. */
export function definition(figure: FigurePart): Html {
  const own = [
    ...new Map(figure.measure.rules.flatMap((id) => ruleOf(id) ?? []).map((rule) => [rule.id, rule])).values(),
  ];
  return html`<p>
      <strong>${figure.measure.title}.</strong> ${figure.unit ? `Counted as ${figure.unit}.` : ""} ${KIND[figure.kind]}
    </p>
    ${own.map(
      ({ id, text }) =>
        html`<div class="rule">
          <p><strong>${id}</strong> ${marked(text)}</p>
        </div>`,
    )}
    <p>
      ${own.length > 0 ? html`Words with an id, such as (E7), are rules too: <a href="#definitions">all rules</a>.` : html`The registry of the project names no rule for it.`}
    </p>`;
}

/** All rules, by their part of the document. */
export function definitions(): Html {
  const parts = [...new Set(rules.map((rule) => rule.section))];
  return section("definitions", "Definitions", [
    html`<p class="lead">
      Every rule that a number on this page follows, word for word as in docs/measures.md. All figures are crude, not
      risk-adjusted, and no CMS results.
    </p>`,
    ...parts.map(
      (part) =>
        html`<h3>${part}</h3>
          <dl class="facts">
            ${rules
              .filter((rule) => rule.section === part)
              .map(
                ({ id, text }) =>
                  html`<dt id="rule-${id}"><strong>${id}</strong></dt>
                    <dd>${marked(text)}</dd>`,
              )}
          </dl> `,
    ),
  ]);
}
