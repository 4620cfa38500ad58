/** What resources say of a person. Pure. */

export type Resource = Readonly<Record<string, unknown>>;

/** Ids of what is a person's: the patients that are the person, and what is told of them. */
export interface Person {
  readonly patients: Set<string>;
  readonly encounters: Set<string>;
  readonly conditions: Set<string>;
  /** Values of the patients' identifiers: `Patient?identifier=system|value` names them too. */
  readonly identifiers: Set<string>;
  /** Encounters and conditions (`Encounter/<id>`) of which some version names somebody else: each version is judged by itself. */
  readonly shared: Set<string>;
}

export const unknownPerson = (): Person => ({
  patients: new Set(),
  encounters: new Set(),
  conditions: new Set(),
  identifiers: new Set(),
  shared: new Set(),
});

const isRecord = (value: unknown): value is Resource =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
const textOf = (value: unknown): string =>
  typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";

/** Whom a reference names: type (null where it says none), id, and whether it is a search. */
interface Named {
  readonly kind: string | null;
  readonly id: string;
  readonly search: boolean;
}

/** A reference in any of its spellings (docs/measures.md K2); undefined for one that names unknownPerson outside of its resource. */
export function namedBy(reference: string): Named | undefined {
  const text = reference.trim();
  if (text === "" || text.startsWith("#")) return undefined;
  const uuid = /^urn:uuid:\s*(.*)$/is.exec(text)?.[1];
  if (uuid !== undefined) return { kind: null, id: uuid.trim(), search: false };
  const [base = "", query] = text.split("?", 2);
  let parts = (base.split("#", 1)[0] ?? "").split("/").filter((part) => part.trim() !== "");
  if (parts.length >= 4 && parts.at(-2) === "_history") parts = parts.slice(0, -2);
  const value = /(?:^|&)identifier=([^&]*)/.exec(query ?? "")?.[1];
  if (value !== undefined) {
    const plain = value.includes("|") ? value : decoded(value);
    return { kind: parts.at(-1) ?? null, id: (plain.split("|").at(-1) ?? "").trim(), search: true };
  }
  const [kind, id] = parts.slice(-2);
  return kind !== undefined && id !== undefined ? { kind, id: id.trim(), search: false } : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** All references in a value, wherever they stand. */
export function* referencesIn(value: unknown): Generator<Named> {
  if (Array.isArray(value)) for (const one of value) yield* referencesIn(one);
  else if (isRecord(value))
    for (const [name, one] of Object.entries(value)) {
      const named = name === "reference" && typeof one === "string" ? namedBy(one) : undefined;
      if (named) yield named;
      else yield* referencesIn(one);
    }
}

export const typeOf = (resource: Resource): string => textOf(resource["resourceType"]);

/** A resource's id; in a transaction Bundle without one, that of its fullUrl. */
export const idOf = (resource: Resource, fullUrl?: unknown): string =>
  textOf(resource["id"]) || (typeof fullUrl === "string" ? (/^urn:uuid:(.*)$/s.exec(fullUrl)?.[1] ?? "").trim() : "");

/** Whether an id is theirs alone. */
export function isOf(person: Person, kind: string | null, id: string): boolean {
  const alone = (type: string, ids: ReadonlySet<string>): boolean => ids.has(id) && !person.shared.has(`${type}/${id}`);
  if (kind === "Patient") return person.patients.has(id);
  if (kind === "Encounter") return alone(kind, person.encounters);
  if (kind === "Condition") return alone(kind, person.conditions);
  return kind === null && (person.patients.has(id) || isOf(person, "Encounter", id) || isOf(person, "Condition", id));
}

const isThem = (person: Person, { kind, id, search }: Named): boolean =>
  (kind === "Patient" || kind === null) && (person.patients.has(id) || (search && person.identifiers.has(id)));

/** Whether a resource names a patient that is somebody else. */
const namesOther = (person: Person, resource: Resource, all: readonly Named[]): boolean =>
  all.some((one) => one.kind === "Patient" && !isThem(person, one)) ||
  [...referencesIn(resource["subject"])].some((one) => !isThem(person, one));

/**
 * Whether a resource is of a person: it names them, or it is one of theirs or refers to one, and names nobody else. What
 * names another patient and only an encounter of theirs is the other patient's.
 */
export function concerns(person: Person, resource: Resource, fullUrl?: unknown): boolean {
  const type = typeOf(resource);
  const id = idOf(resource, fullUrl);
  if (type === "Patient" && isOf(person, type, id)) return true;
  const all = [...referencesIn(resource)];
  if (all.some((one) => isThem(person, one))) return true;
  const theirs = isOf(person, type, id) || all.some(({ kind, id: other }) => isOf(person, kind, other));
  return theirs && !namesOther(person, resource, all);
}

/** The same of a request to delete: it names what was theirs. */
export const deletes = (person: Person, url: unknown): boolean => {
  const named =
    typeof url === "string"
      ? namedBy(url.includes("?") && !url.includes("identifier=") ? (url.split("?")[0] ?? "") : url)
      : undefined;
  return (
    named !== undefined && (isOf(person, named.kind, named.id) || (named.search && person.identifiers.has(named.id)))
  );
};

/** Notes what a resource adds to what is known of a person; true when something was new. */
export function learn(person: Person, resource: Resource, fullUrl?: unknown): boolean {
  const id = idOf(resource, fullUrl);
  switch (typeOf(resource)) {
    case "Patient":
      return learnPatient(person, resource, id);
    case "Encounter":
      return learnOf(person, person.encounters, resource, id);
    case "Condition":
      return learnOf(person, person.conditions, resource, id);
    default:
      return false;
  }
}

/** Patients that are linked, in whatever direction, are one person. */
function learnPatient(person: Person, resource: Resource, id: string): boolean {
  const linked = listOf(resource["link"]).flatMap((link) =>
    [...referencesIn(link)].flatMap(({ kind, id: other }) => (kind === "Patient" || kind === null ? [other] : [])),
  );
  if (!person.patients.has(id) && !linked.some((other) => person.patients.has(other))) return false;
  const before = person.patients.size + person.identifiers.size;
  for (const one of [id, ...linked]) if (one) person.patients.add(one);
  for (const one of listOf(resource["identifier"])) {
    const value = isRecord(one) ? textOf(one["value"]) : "";
    if (value) person.identifiers.add(value);
  }
  return person.patients.size + person.identifiers.size > before;
}

/** What has the person as its subject. */
function learnOf(person: Person, ids: Set<string>, resource: Resource, id: string): boolean {
  const subject = [...referencesIn(resource["subject"])][0];
  if (!id || !subject) return false;
  if (!isThem(person, subject)) {
    person.shared.add(`${typeOf(resource)}/${id}`);
    return false;
  }
  const known = ids.has(id);
  ids.add(id);
  return !known;
}
