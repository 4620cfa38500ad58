-- M4: days of care, and midnights, over discharges.
SELECT measure, patient_id, age65plus, facility, discharge_date, hits, 1 AS at_risk
FROM {stays} LATERAL VIEW stack(2,
  'length_of_stay', los_days, 'length_of_stay_midnights', midnights) AS measure, hits
WHERE NOT continued
