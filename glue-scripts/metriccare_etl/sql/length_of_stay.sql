-- M4: days of care, and midnights, over discharges.
SELECT measure, patient_id, stay_id, age65plus, facility, discharge_date, if(continued, 0, days) AS hits,
  int(NOT continued) AS at_risk, if(continued, 'continued', NULL) AS rule, CAST(NULL AS string) AS what
FROM {stays} LATERAL VIEW stack(2,
  'length_of_stay', los_days, 'length_of_stay_midnights', midnights) AS measure, days
