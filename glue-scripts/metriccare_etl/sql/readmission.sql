-- M1: the earliest admission on days 1 to 30 after the discharge decides; a planned one is no readmission.
WITH admission AS (
  SELECT patient_id, stay_id AS id, admit_ts, admit_date, planned FROM {stays}
  UNION ALL
  SELECT e.patient_id, e.id, e.start_ts, e.start_date, e.planned
  FROM {encounters} e LEFT ANTI JOIN (SELECT explode(held_ids) AS id FROM {stays}) held ON held.id = e.id
  WHERE e.reason IS NULL AND NOT e.closed),
index_stay AS (
  SELECT * FROM {stays}
  WHERE NOT continued AND NOT conflict AND NOT died AND coalesce(disp, '') NOT IN ('ama', 'transfer_acute')
    AND date_add(discharge_date, 30) <= CAST(:as_of AS date)),
judged AS (
  SELECT s.stay_id, s.patient_id, s.age65plus, s.facility, s.discharge_date,
    min(CASE WHEN a.id IS NOT NULL THEN struct(a.admit_ts, a.id, a.planned) END) AS next
  FROM index_stay s LEFT JOIN admission a ON a.patient_id = s.patient_id AND a.admit_ts > s.end_ts
    AND datediff(a.admit_date, s.discharge_date) BETWEEN 1 AND 30
    AND (s.death_date IS NULL OR s.death_date >= a.admit_date)
  GROUP BY s.stay_id, s.patient_id, s.age65plus, s.facility, s.discharge_date)
SELECT 'readmission_30d' AS measure, patient_id, age65plus, facility, discharge_date,
  int(coalesce(NOT next.planned, false)) AS hits, 1 AS at_risk
FROM judged
