-- M3: events over patient days, and stays with an event over stays of two midnights or more.
WITH events AS (
  SELECT stay_id, count(*) AS events FROM {infections} WHERE outcome = 'event' GROUP BY stay_id),
judged AS (
  SELECT s.*, if(continued, 0, int(coalesce(i.events, 0))) AS events
  FROM {stays} s LEFT JOIN events i ON i.stay_id = s.stay_id)
SELECT measure, patient_id, stay_id, age65plus, facility, discharge_date, hits, if(continued, 0, days) AS at_risk, rule,
  if(rule IS NULL, if(events > 0, 'with_event', 'without_event'), NULL) AS what
FROM judged LATERAL VIEW stack(2,
  'hai', events, los_days, if(continued, 'continued', NULL),
  'hai_stays', int(events > 0), int(midnights >= 2),
    CASE WHEN continued THEN 'continued' WHEN midnights < 2 THEN 'not_at_risk' END) AS measure, hits, days, rule
