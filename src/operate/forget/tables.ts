import type { AwsContext } from "../../aws/context.ts";
import { DATASETS, type Dataset } from "../../lakehouse/registry.ts";
import { eachRow, readHudiTable } from "../hudi/read.ts";
import { concerns, isOf, learn, type Person, type Resource } from "./person.ts";

/** What the jobs are told to erase: keys of Bronze's rows by table, ids of Silver's by dataset. */
export interface Request {
  readonly rows: Record<string, string[]>;
  readonly ids: Record<string, string[]>;
}

const RESOURCE: Readonly<Record<string, string>> = {
  patient: "Patient",
  encounter: "Encounter",
  condition: "Condition",
};

function resourceOf(text: unknown): Resource | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Resource) : undefined;
  } catch {
    return undefined;
  }
}

/** Learns from Bronze's versions of a dataset who belongs to the person; true when something was new. */
export async function learnFromTable(
  ctx: AwsContext,
  bronze: string,
  dataset: Dataset,
  person: Person,
): Promise<boolean> {
  let found = false;
  for await (const row of eachRow(ctx, `s3://${bronze}/${dataset}/`, ["resource"])) {
    const resource = resourceOf(row["resource"]);
    if (resource) found = learn(person, resource) || found;
  }
  return found;
}

/** The same from Silver's rows: a start before this one may have emptied Bronze. */
export async function learnFromSilver(ctx: AwsContext, silver: string, person: Person): Promise<boolean> {
  let found = false;
  for await (const { resource } of silverRows(ctx, silver)) found = learn(person, resource) || found;
  return found;
}

/** Silver's rows as what they say of a resource. */
async function* silverRows(
  ctx: AwsContext,
  silver: string,
): AsyncGenerator<{
  readonly dataset: Dataset;
  readonly id: string;
  readonly ordering: string;
  readonly resource: Resource;
}> {
  for (const dataset of DATASETS) {
    const table = await readHudiTable(ctx, `s3://${silver}/${dataset}/`);
    for (const row of table?.rows ?? []) {
      const id = String(row["id"] ?? "");
      const to = (kind: string, value: unknown): Resource => ({ reference: `${kind}/${String(value)}` });
      const link = [row["replaced_by"] ?? [], row["replaces"] ?? []].flat().map((other) => to("Patient", other));
      const subject = row["patient_id"] ? { subject: to("Patient", row["patient_id"]) } : {};
      const encounter = row["encounter_id"] ? { encounter: to("Encounter", row["encounter_id"]) } : {};
      const said = {
        resourceType: RESOURCE[dataset],
        id,
        ...(link.length > 0 ? { link } : {}),
        ...subject,
        ...encounter,
      };
      yield { dataset, id, ordering: String(row["ordering"] ?? ""), resource: said };
    }
  }
}

/** Which rows of Bronze and Silver are a person's, or of some files; `known` are ids that the raw files tell of. */
export async function requestOf(
  ctx: AwsContext,
  { bronze, silver }: { readonly bronze: string; readonly silver: string },
  who: Who,
): Promise<Request> {
  const { rows, ids } = await bronzeOf(ctx, bronze, who);
  for await (const { dataset, id, ordering, resource } of silverRows(ctx, silver))
    if (who.isGoneGeneration(ordering) || concerns(who.person, resource)) ids[dataset].add(id);
  for (const dataset of DATASETS) for (const id of who.known[dataset]) ids[dataset].add(id);
  return { rows, ids: Object.fromEntries(DATASETS.map((dataset) => [dataset, [...ids[dataset]]])) };
}

/** Whose rows go. */
export interface Who {
  readonly person: Person;
  readonly isGoneFile: (fileId: string) => boolean;
  /** Whether an ordering of Silver's names the generation of such a file. */
  readonly isGoneGeneration: (ordering: string) => boolean;
  readonly known: Readonly<Record<Dataset, ReadonlySet<string>>>;
}

async function bronzeOf(
  ctx: AwsContext,
  bronze: string,
  who: Who,
): Promise<{ readonly rows: Request["rows"]; readonly ids: Record<Dataset, Set<string>> }> {
  const rows: Record<string, string[]> = {};
  const { patients, encounters, conditions } = who.person;
  const ids = { patient: new Set(patients), encounter: new Set(encounters), condition: new Set(conditions) };
  for (const dataset of DATASETS) {
    const keys: string[] = [];
    const columns = ["bronze_id", "file_id", "resource_id", "resource"];
    for await (const row of eachRow(ctx, `s3://${bronze}/${dataset}/`, columns)) {
      const id = String(row["resource_id"] ?? "");
      if (!who.isGoneFile(String(row["file_id"] ?? "")) && !isTheirs(who.person, dataset, id, row["resource"]))
        continue;
      keys.push(String(row["bronze_id"]));
      ids[dataset].add(id);
    }
    rows[dataset] = keys;
  }
  const quarantined: string[] = [];
  for await (const row of eachRow(ctx, `s3://${bronze}/quarantine/`, ["quarantine_id", "file_id"]))
    if (who.isGoneFile(String(row["file_id"] ?? ""))) quarantined.push(String(row["quarantine_id"]));
  rows["quarantine"] = quarantined;
  return { rows, ids };
}

/** How many rows of some files each table of Bronze holds. */
export async function rowsOfFiles(
  ctx: AwsContext,
  bronze: string,
  fileIds: ReadonlySet<string>,
): Promise<Map<string, Record<Dataset, number>>> {
  const found = new Map([...fileIds].map((id) => [id, { patient: 0, encounter: 0, condition: 0 }]));
  for (const dataset of DATASETS)
    for await (const row of eachRow(ctx, `s3://${bronze}/${dataset}/`, ["file_id"])) {
      const counts = found.get(String(row["file_id"] ?? ""));
      if (counts) counts[dataset]++;
    }
  return found;
}

/** Files whose rows go, by the keys of the rows: `<generation>#<file id>#<line>#<entry>`. */
export const filesOfRows = ({ rows }: Request): Set<string> =>
  new Set(
    Object.values(rows)
      .flat()
      .map((key) => key.slice(key.indexOf("#") + 1).replace(/#\d+#\d+$/, "")),
  );

function isTheirs(person: Person, dataset: Dataset, id: string, text: unknown): boolean {
  const resource = resourceOf(text);
  return resource
    ? concerns(person, { ...resource, resourceType: RESOURCE[dataset], id })
    : isOf(person, RESOURCE[dataset] ?? null, id);
}
