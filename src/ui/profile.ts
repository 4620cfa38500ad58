import type { Profile } from "../operate/profile/index.ts";
import { type Column, table } from "./table.ts";

const right = (title: string): Column => ({ title, align: "right" });

/** Rows of a table of values; what is not shown is said, not left out. */
const MOST = 25;

function valueLines(name: string, { shown, hidden }: Profile["values"][string]): string[] {
  if (shown.length === 0 && hidden.count === 0) return [`${name}: none`];
  const rows = shown.slice(0, MOST).map(({ system, code, count }) => [code, system, count]);
  const more = shown.length - rows.length;
  return [
    ...table([{ title: name }, { title: "system" }, right("count")], rows),
    ...(more > 0 ? [`and ${more} more values; --json has them all`] : []),
    ...hiddenLine(hidden),
  ];
}

const hiddenLine = (hidden: { readonly values: number; readonly count: number }): string[] =>
  hidden.count === 0
    ? []
    : [
        `${hidden.values} ${hidden.values === 1 ? "value" : "values"} (${hidden.count} times) not shown: one person alone has it, or it looks like an identifier or a name`,
      ];

const pairs = (map: Readonly<Record<string, number>>): string =>
  Object.entries(map)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "none";

const share = (part: number, of: number): string => (of === 0 ? "-" : `${Math.round((100 * part) / of)} %`);

function headLines({ resources, fhir, identical, broken, deletions, source }: Profile): string[] {
  const rows = resources.map((one) => [one.type, one.count, one.ids, one.further_versions, one.without_id]);
  const { left_out, not_fhir, damaged } = source;
  const wrong = [
    broken > 0 ? `${broken} lines or documents cannot be read` : "",
    deletions > 0 ? `${deletions} deletions` : "",
    Number(not_fhir ?? 0) > 0 ? `${not_fhir} files hold no FHIR` : "",
    Number(damaged ?? 0) > 0 ? `${damaged} archives are damaged: what came before counts` : "",
    Number(left_out ?? 0) > 0 ? `${left_out} files in folders left out (hidden, or not called like FHIR)` : "",
    identical > 0 ? `${identical} of the further versions say just what an earlier one says` : "",
  ].filter(Boolean);
  return [
    ...table(
      [{ title: "resources" }, right("count"), right("ids"), right("further versions"), right("without id")],
      rows,
    ),
    ...wrong,
    "",
    `FHIR ${fhir.version} by the shape of ${fhir.r4 + fhir.r5} encounters (R4 ${fhir.r4}, R5 ${fhir.r5})`,
    ...Object.entries(fhir.profiles)
      .slice(0, MOST)
      .map(([url, count]) => `profile ${url}: ${count}`),
  ];
}

function dateLines({ dates, precisions, offsets, conditions }: Profile): string[] {
  return [
    ...table(
      [{ title: "dates" }, { title: "from" }, { title: "to" }, right("count"), right("missing")],
      dates.map((one) => [one.what, one.from, one.to, one.count, one.missing]),
    ),
    `precision: ${pairs(precisions)}`,
    `offsets: ${pairs(Object.fromEntries(offsets.slice(0, 12).map(({ offset, count }) => [offset, count])))}`,
    `conditions are dated by: ${pairs(conditions.onset)}`,
  ];
}

function classLines({ classes, values }: Profile): string[] {
  const columns = [{ title: "class" }, { title: "system" }, right("count"), right("finished"), right("over midnight")];
  return [
    ...table(
      [...columns, right("parts"), right("disposition"), { title: "stays" }, { title: "because" }],
      classes
        .slice(0, MOST)
        .map((one) => [
          one.code,
          one.system,
          one.count,
          one.finished,
          share(one.over_midnight, one.finished),
          one.parts,
          share(one.with_disposition, one.count),
          one.stays ? "yes" : "no",
          one.why,
        ]),
    ),
    ...hiddenLine(values["class"]?.hidden ?? { values: 0, count: 0 }),
  ];
}

function referenceLines({ references }: Profile): string[] {
  return table(
    [{ title: "references" }, right("count"), right("resolved"), right("without one"), { title: "written as" }],
    references.map((one) => [one.from, one.count, one.resolved ?? "not in the data", one.missing, pairs(one.forms)]),
  );
}

function stayLines({ stays, dispositions }: Profile): string[] {
  return [
    `With the config below ${stays.of_inpatient_class} of ${stays.encounters} encounters (${share(stays.of_inpatient_class, stays.encounters)}) are of an inpatient class, ` +
      `${stays.discharges} of them discharges (finished, no part of another one); ${stays.with_disposition} of these (${share(stays.with_disposition, stays.discharges)}) say where to.`,
    `Dispositions as the measures read them: ${pairs(dispositions)}`,
  ];
}

/** A profile as text: what the data is like, what to know, and the config that fits. */
export function profileLines(profile: Profile): string[] {
  const { values, code_systems: systems, notes, yaml } = profile;
  const none = { shown: [], hidden: { values: 0, count: 0 } };
  const parts = [
    headLines(profile),
    dateLines(profile),
    classLines(profile),
    valueLines("encounter status", values["status"] ?? none),
    valueLines("priority", values["priority"] ?? none),
    valueLines("disposition", values["disposition"] ?? none),
    table(
      [{ title: "diagnoses of system" }, right("codes"), { title: "ICD-10" }, { title: "because" }],
      systems.slice(0, MOST).map((one) => [one.system ?? "(no system)", one.count, one.icd10 ? "yes" : "no", one.why]),
    ),
    valueLines("condition status", values["condition status"] ?? none),
    referenceLines(profile),
    stayLines(profile),
    notes.map((note) => `note: ${note}`),
    ["# the config that fits: into config/lakehouse.yaml, or the environment's file", ...yaml.split("\n")],
  ];
  return parts.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}
