import type { Why } from "../../operate/measures/story.ts";
import { keys } from "./json.ts";

/** What a line of `measures --why --json` holds. */
export const WHY_KEYS = keys<Why>({
  encounter: "",
  patient: "",
  stay: ": {id, admission, discharge, planned, disposition, facility, los_days, midnights, death, age65plus} or null",
  encounters: `: [{id, part: "made|continues|segment" or null, patient, classes, status, start, end, start_date, end_date, disposition, facility, part_of, newer}]`,
  fired: ": [{rule, what, of}]",
  figures: `: [{measure, rule: "used", the rule that left it out or null, what, numerator, denominator, by}]`,
  conditions: ": [{id, category, onset, outcome, detail}]",
  decides: ": [{measure, stay}]",
  inpatient_classes: "",
  planned_priorities: "",
  elsewhere: ": [Gold tables that stand on something else]",
  as_of: "",
  time_zone: "",
  computed_at: "",
  rules: "",
  value_set: "",
  run_id: "",
  stale: "",
  stale_because: "?",
});
