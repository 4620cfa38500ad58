-- M3: events over patient days, and stays with an event over stays of two midnights or more.
-- An event is an onset that opens a window on or after the category's first day. The fold is sequential: an onset on one
-- of the 14 days that begin with the last window-opening one is a repeat, and does not prolong the window.
WITH parents AS (
  SELECT patient_id, map_from_entries(collect_list(struct(id, part_of))) AS parent
  FROM {encounters} WHERE reason = 'part_of_inpatient' GROUP BY patient_id),
-- a segment leads to its parent's stay: as many steps as there are segments reach the end of any chain
placed AS (
  SELECT c.*, CASE WHEN parent IS NULL OR encounter_id IS NULL THEN encounter_id
    ELSE aggregate(sequence(1, size(parent)), encounter_id,
      (at, step) -> coalesce(element_at(parent, at), at)) END AS root_id
  FROM {infections} c LEFT JOIN parents ON parents.patient_id = c.patient_id
  WHERE onset IS NOT NULL),
linked AS (
  SELECT p.id, p.category, p.first_day, p.onset,
    max_by(struct(s.stay_id, s.admit_date), struct(s.admit_ts, s.stay_id)) AS stay
  FROM placed p JOIN {stays} s ON s.patient_id = p.patient_id
    AND p.onset BETWEEN date_sub(s.admit_date, 2) AND date_add(s.discharge_date, 1)
    AND CASE WHEN p.has_encounter THEN array_contains(s.encounter_ids, p.root_id)
             ELSE p.onset >= s.admit_date END
  WHERE NOT s.continued
  GROUP BY p.id, p.category, p.first_day, p.onset),
folded AS (
  SELECT stay.stay_id, aggregate(
    array_sort(collect_list(struct(onset, id))),
    named_struct('opened', CAST(NULL AS date), 'events', 0),
    (state, one) -> CASE WHEN datediff(one.onset, state.opened) < 14 THEN state
      ELSE named_struct('opened', one.onset, 'events', state.events
        + int(datediff(one.onset, stay.admit_date) + 1 >= first_day)) END,
    state -> state.events) AS events
  FROM linked GROUP BY stay, category, first_day),
events AS (
  SELECT stay_id, sum(events) AS events FROM folded GROUP BY stay_id)
SELECT measure, patient_id, age65plus, facility, discharge_date, hits, at_risk
FROM (SELECT s.*, coalesce(i.events, 0) AS events
      FROM {stays} s LEFT JOIN events i ON i.stay_id = s.stay_id
      WHERE NOT s.continued)
LATERAL VIEW stack(2,
  'hai', int(events), los_days, 'hai_stays', int(events > 0), int(midnights >= 2)) AS measure, hits, at_risk
