import { Classes } from "./classes.ts";
import type { Piece } from "./documents.ts";
import {
  codings,
  dispositionKind,
  type Json,
  list,
  type Moment,
  writtenTime,
  objectOf,
  referenceOf,
  text,
  textsOf,
} from "./fhir.ts";
import { Icd } from "./icd.ts";
import { hashOf, Ids, References } from "./seen.ts";
import { Counter, isPublic } from "./values.ts";
import { Offsets } from "./zones.ts";

/** Months (`2024-05`) of one kind of date. */
export class Months {
  count = 0;
  missing = 0;
  first = "";
  last = "";

  add(moment: Moment | undefined): void {
    const usable = moment !== undefined && moment.precision !== "partial" && moment.precision !== "malformed";
    if (!usable) {
      this.missing++;
      return;
    }
    this.count++;
    const month = moment.date.slice(0, 7);
    if (this.first === "" || month < this.first) this.first = month;
    if (month > this.last) this.last = month;
  }
}

/** The latest moments of encounters, those up to now and all: dates that were shifted lie in the future. */
interface Latest {
  at: number;
  date: string;
}

const FINISHED = new Set(["finished", "completed", "discharged"]);
const ACTIVE = new Set(["in-progress", "onleave", "on-hold"]);
const MOST_PROFILES = 100;
const TYPE = /^[A-Z][A-Za-z]{2,40}$/;
const ONSETS = ["onsetDateTime", "onsetPeriod", "recordedDate"] as const;

interface OfType {
  count: number;
  readonly ids: Ids;
  /** Resources whose id had been seen before. */
  versions: number;
  withoutId: number;
}

/** Takes resources one by one and keeps counts of what they are like: no content, no id. */
export class Gathered {
  readonly types = new Map<string, OfType>();
  readonly #contents = new Ids();
  /** Further resources of an id that say exactly the same. */
  identical = 0;
  broken = 0;
  deletions = 0;

  readonly shapes = { r4: 0, r5: 0 };
  readonly profiles = new Map<string, number>();
  readonly dates = {
    "encounter start": new Months(),
    "encounter end": new Months(),
    "condition onset": new Months(),
    "last updated": new Months(),
  };
  readonly precisions = new Map<string, number>();
  readonly offsets = new Offsets();
  readonly values = {
    class: new Counter(),
    status: new Counter(),
    priority: new Counter(),
    disposition: new Counter(),
    "condition status": new Counter(),
  };
  readonly systems = new Icd();
  readonly references = {
    "Encounter.subject": new References(),
    "Encounter.partOf": new References(),
    "Encounter.serviceProvider": new References(),
    "Condition.subject": new References(),
    "Condition.encounter": new References(),
  };
  readonly classes = new Classes();
  readonly onsets = new Map<string, number>();
  readonly dispositions = new Map<string, number>();
  readonly latest = { known: { at: 0, date: "" }, all: { at: 0, date: "" } };
  /** Starts of encounters after now, of all. */
  readonly starts = { future: 0, all: 0 };

  constructor(readonly now: number) {}

  add(piece: Piece): void {
    if (piece.kind === "broken") this.broken++;
    else if (piece.kind === "deletion") this.deletions++;
    else this.#resource(piece.value, piece.id);
  }

  #resource(resource: Json, id: string | undefined): void {
    const named = text(resource["resourceType"]) ?? "";
    const type = TYPE.test(named) ? named : "(no FHIR type)";
    this.#count(type, id, resource);
    const meta = objectOf(resource["meta"]);
    for (const one of list(meta["profile"])) this.#profile(text(one)?.split("|")[0]);
    if (["Patient", "Encounter", "Condition"].includes(type))
      this.dates["last updated"].add(writtenTime(meta["lastUpdated"]));
    if (type === "Encounter") this.#encounter(resource);
    if (type === "Condition") this.#condition(resource);
  }

  #profile(url: string | undefined): void {
    if (url === undefined || !isPublic(url) || (this.profiles.size >= MOST_PROFILES && !this.profiles.has(url))) return;
    this.profiles.set(url, (this.profiles.get(url) ?? 0) + 1);
  }

  #count(type: string, id: string | undefined, resource: Json): void {
    const one = this.types.get(type) ?? { count: 0, ids: new Ids(), versions: 0, withoutId: 0 };
    this.types.set(type, one);
    one.count++;
    if (id === undefined) one.withoutId++;
    else if (!one.ids.add(hashOf(id))) {
      one.versions++;
      if (!this.#contents.add(hashOf(JSON.stringify(resource)))) this.identical++;
      return;
    }
    if (["Patient", "Encounter", "Condition"].includes(type)) this.#contents.add(hashOf(JSON.stringify(resource)));
  }

  #moment(moment: Moment | undefined): void {
    if (!moment) return;
    this.precisions.set(moment.precision, (this.precisions.get(moment.precision) ?? 0) + 1);
    if (moment.offset !== undefined && moment.at !== undefined) this.offsets.add(moment.offset, moment.at);
  }

  #late(moment: Moment | undefined): void {
    if (!moment || moment.date === "" || moment.precision === "partial" || moment.date >= "2900") return;
    const at = moment.at ?? Date.parse(`${moment.date}T00:00:00Z`);
    const places: Latest[] = at <= this.now ? [this.latest.known, this.latest.all] : [this.latest.all];
    for (const place of places) {
      if (moment.at !== undefined && moment.at > place.at) place.at = moment.at;
      if (moment.at === undefined && moment.date > place.date) place.date = moment.date;
    }
  }

  #reference(name: keyof Gathered["references"], value: unknown, kind: string): string | undefined {
    const found = referenceOf(value, kind);
    if (found) this.references[name].add(found.form, found.id);
    else this.references[name].missing++;
    return found?.id;
  }

  #encounter(resource: Json): void {
    const r5 = ["actualPeriod", "admission"].some((key) => key in resource) || Array.isArray(resource["class"]);
    const r4 = ["period", "hospitalization"].some((key) => key in resource) || "code" in objectOf(resource["class"]);
    if (r5) this.shapes.r5++;
    else if (r4) this.shapes.r4++;
    const patient = this.#reference("Encounter.subject", resource["subject"], "Patient");
    const partOf = this.#reference("Encounter.partOf", resource["partOf"], "Encounter");
    this.#reference("Encounter.serviceProvider", resource["serviceProvider"], "Organization");
    const period = objectOf(resource["actualPeriod"] ?? resource["period"]);
    const [start, end] = [writtenTime(period["start"]), writtenTime(period["end"])];
    this.dates["encounter start"].add(start);
    this.dates["encounter end"].add(end);
    [start, end].forEach((moment) => this.#moment(moment));

    const status = text(resource["status"]) ?? "(none)";
    const finished = FINISHED.has(status);
    this.values.status.add({ system: undefined, code: status }, patient);
    if (finished || ACTIVE.has(status)) [start, finished ? end : undefined].forEach((moment) => this.#late(moment));
    if (start && start.date !== "") {
      this.starts.all++;
      if (Date.parse(start.date) > this.now) this.starts.future++;
    }
    const classes = codings(resource["class"]);
    for (const one of classes) this.values.class.add(one, patient);
    if (classes.length === 0) this.values.class.add({ system: undefined, code: "(none)" }, patient);
    for (const one of codings(resource["priority"])) this.values.priority.add(one, patient);
    const disposed = this.#disposition(resource, patient);
    const dated = (moment: Moment | undefined): string | undefined =>
      moment && moment.precision !== "partial" && moment.date !== "" ? moment.date : undefined;
    const facts = { classes, finished, start: dated(start), end: dated(end), partOf: partOf !== undefined, patient };
    this.classes.add({ ...facts, withDisposition: disposed });
  }

  #disposition(resource: Json, patient: string | undefined): boolean {
    const value = objectOf(resource["admission"] ?? resource["hospitalization"])["dischargeDisposition"];
    const found = [...codings(value), ...textsOf(value)];
    for (const one of found) {
      this.values.disposition.add(one, patient);
      const kind = dispositionKind(one.code);
      this.dispositions.set(kind, (this.dispositions.get(kind) ?? 0) + 1);
    }
    return found.length > 0;
  }

  #condition(resource: Json): void {
    const patient = this.#reference("Condition.subject", resource["subject"], "Patient");
    this.#reference("Condition.encounter", resource["encounter"], "Encounter");
    for (const one of codings(resource["code"])) this.systems.add(one);
    const verification = codings(resource["verificationStatus"]);
    for (const one of verification) this.values["condition status"].add(one, patient);
    const dates = {
      onsetDateTime: writtenTime(resource["onsetDateTime"]),
      onsetPeriod: writtenTime(objectOf(resource["onsetPeriod"])["start"]),
      recordedDate: writtenTime(resource["recordedDate"]),
    };
    const usable = ONSETS.find((name) => dates[name] && !["partial", "malformed"].includes(dates[name].precision));
    this.onsets.set(usable ?? "none", (this.onsets.get(usable ?? "none") ?? 0) + 1);
    const moment = usable === undefined ? undefined : dates[usable];
    this.dates["condition onset"].add(moment);
    this.#moment(moment);
  }
}
