-- M1: the earliest admission on days 1 to 30 after the discharge decides; a planned one is no readmission.
WITH admission AS (
  SELECT patient_id, stay_id AS id, admit_ts, admit_date, planned FROM {stays}
  UNION ALL
  SELECT e.patient_id, e.id, e.start_ts, e.start_date, e.planned
  FROM {encounters} e LEFT ANTI JOIN (SELECT explode(held_ids) AS id FROM {stays}) held ON held.id = e.id
  WHERE e.reason IS NULL AND NOT e.closed),
judged AS (
  SELECT *, CASE
    WHEN continued THEN 'continued' WHEN conflict THEN 'conflict' WHEN died THEN 'died'
    WHEN disp IN ('ama', 'transfer_acute') THEN disp
    WHEN date_add(discharge_date, 30) > CAST(:as_of AS date) THEN 'follow_up_after_as_of' END AS rule
  FROM {stays}),
returns AS (
  SELECT s.stay_id, min(struct(a.admit_ts, a.id, a.planned)) AS next
  FROM judged s JOIN admission a ON a.patient_id = s.patient_id AND a.admit_ts > s.end_ts
    AND datediff(a.admit_date, s.discharge_date) BETWEEN 1 AND 30
    AND (s.death_date IS NULL OR s.death_date >= a.admit_date)
  WHERE s.rule IS NULL
  GROUP BY s.stay_id)
SELECT 'readmission_30d' AS measure, s.patient_id, s.stay_id, s.age65plus, s.facility, s.discharge_date,
  int(coalesce(NOT next.planned, false)) AS hits, int(rule IS NULL) AS at_risk, rule,
  CASE WHEN rule IS NOT NULL THEN NULL WHEN next IS NULL THEN 'not_readmitted'
    WHEN next.planned THEN 'planned' ELSE 'readmitted' END AS what, next.id AS by_id
FROM judged s LEFT JOIN returns r ON r.stay_id = s.stay_id
