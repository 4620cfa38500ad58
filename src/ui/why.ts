import type { Why, WhyFigure, WhyRule } from "../operate/measures/story.ts";
import type { Registry } from "../operate/measures/read.ts";
import { standingLines } from "./standing.ts";
import { table } from "./table.ts";

type Named = Pick<Registry, "accounting" | "figures">;

/** What rules mean that the registry has no words for. */
const WORDS: Readonly<Record<string, string>> = {
  deleted: "a deletion took it away",
  not_taken_up: "came to Silver after what is kept: the next run judges it",
  changed_since: "Silver has another version by now: the next run judges it",
  gone_since: "Silver has it no more: the next run takes it out",
  used: "closed: finished, and over on as-of",
  open: "not closed: in progress, without an end, or ending after as-of",
  first: "starts a stay",
  overlap: "starts at or before the latest end so far",
  same_day: "starts on the date of the latest end so far",
  transfer: "starts on the day after, and the one before it was sent to another acute hospital",
  admission: "the stay is admitted by it",
  planned_admission: "the stay is admitted by it, as planned by its priority",
  discharge: "the stay's discharge, disposition and facility are its own",
  complete: "no open encounter continues the stay: it is a discharge",
  continued: "it is open and continues the stay, which is no discharge",
  conflict: "the death is before the admission",
  died: "died in hospital",
  vital_unknown: "dead without a usable date",
  age65plus: "65 years or older at the admission: in the cohort age65plus too",
};

const RULE_COLUMNS = [{ title: "rule" }, { title: "of" }, { title: "what" }, { title: "means" }];

/** What a rule means, with what it looked at. */
function meaning({ rule, what, of }: WhyRule, { accounting }: Named, why: Why): string | null {
  const block = rule.startsWith("E") && rule !== "E8" ? accounting?.blocks["encounters"]?.[what] : undefined;
  const said = block ?? WORDS[what] ?? null;
  const one = why.encounters.find(({ id }) => id === of);
  switch (what) {
    case "not_inpatient":
      return `${said ?? what}: ${one?.classes?.join(", ") || "none"}; inpatient are ${why.inpatient_classes.join(", ")}`;
    case "starts_after_as_of":
      return `${said ?? what} ${why.as_of ?? ""}`;
    case "part_of_inpatient":
      return `${said ?? what}: ${one?.part_of ?? ""}`;
    case "merged":
      return `its patient ${one?.patient ?? ""} was merged into ${why.patient ?? ""}`;
    default:
      return said;
  }
}

function heading({ encounter, patient, stay, encounters, fired }: Why): string {
  const whose = patient === null ? "" : ` of patient ${patient}`;
  if (!stay) {
    const open = fired.some(({ what }) => what === "open");
    return `Encounter ${encounter}${whose} is in no stay${open ? ": it is still open" : ""}`;
  }
  const inside = encounters.find(({ id }) => id === encounter)?.part;
  const part = { continues: " is open and continues", segment: " is a segment of", made: " is in" }[inside ?? "made"];
  const head = encounter === stay.id ? "" : `Encounter ${encounter}${part} `;
  const days = `${stay.los_days} days, ${stay.midnights} midnights`;
  const rest = `facility ${stay.facility}, disposition ${stay.disposition ?? "none"}`;
  const dead = stay.death === null ? "" : `, death ${stay.death}`;
  return `${head}${head === "" ? "Stay" : "stay"} ${stay.id}${whose}: ${stay.admission} to ${stay.discharge}, ${days}, ${rest}${dead}`;
}

const ENCOUNTER_COLUMNS = [
  { title: "encounter" },
  { title: "part" },
  { title: "class" },
  { title: "status" },
  { title: "start" },
  { title: "end" },
  { title: "disposition" },
  { title: "facility" },
];

const encounterLines = ({ encounters }: Why): string[] =>
  encounters.length === 0
    ? []
    : table(
        ENCOUNTER_COLUMNS,
        encounters.map((one) => [
          one.id,
          one.part,
          one.classes?.join(" "),
          one.status,
          one.start,
          one.end,
          one.disposition,
          one.facility,
        ]),
      );

function figureMeans({ rule, by }: WhyFigure, registry: Named): string | null {
  if (rule === null) return "not kept stay by stay: its entry or its query says too little";
  if (rule !== "used") return registry.accounting?.leftOut[rule] ?? null;
  return by === null ? null : `by ${by}`;
}

const FIGURE_COLUMNS = [
  { title: "figure" },
  { title: "numerator", align: "right" as const },
  { title: "denominator", align: "right" as const },
  { title: "rule" },
  { title: "what" },
  { title: "means" },
];

const figureLines = ({ figures }: Why, registry: Named): string[] =>
  figures.length === 0
    ? []
    : table(
        FIGURE_COLUMNS,
        figures.map((one) => [
          one.measure,
          one.numerator,
          one.denominator,
          one.rule,
          one.what,
          figureMeans(one, registry),
        ]),
      );

const CONDITION_COLUMNS = ["condition", "category", "onset", "outcome", "detail"].map((title) => ({ title }));

const conditionLines = ({ conditions }: Why): string[] =>
  conditions.length === 0
    ? []
    : table(
        CONDITION_COLUMNS,
        conditions.map(({ id, category, onset, outcome, detail }) => [id, category, onset, outcome, detail]),
      );

/** What it stands on, and what follows from that. */
function endLines(why: Why): string[] {
  const { decides, elsewhere, stale_because: because, ...basis } = why;
  return [
    ...decides.map(({ measure, stay }) => `It decided ${measure} of stay ${stay}.`),
    ...(elsewhere.length > 0
      ? [`Gold stands on something else, and may not have this yet: ${elsewhere.join(", ")}`]
      : []),
    ...standingLines(new Map([["stays", { ...basis, because: because === undefined ? [] : [because] }]])),
  ];
}

/** Why an encounter counts as it does, for people. */
export function whyLines(why: Why, registry: Named): string[] {
  const fired = why.fired.map((one) => [one.rule, one.of, one.what, meaning(one, registry, why)]);
  const parts = [
    [heading(why)],
    encounterLines(why),
    table(RULE_COLUMNS, fired),
    figureLines(why, registry),
    conditionLines(why),
    endLines(why),
  ];
  return parts.filter((lines) => lines.length > 0).flatMap((lines, at) => (at === 0 ? lines : ["", ...lines]));
}
