-- M2a: died in hospital. M2b: died within 30 days of admission, where that can be known.
SELECT measure, patient_id, stay_id, age65plus, facility, discharge_date, int(rule IS NULL AND hit) AS hits,
  int(rule IS NULL) AS at_risk, rule, if(rule IS NULL, if(hit, 'died', 'survived'), NULL) AS what
FROM {stays} LATERAL VIEW stack(2,
  'mortality_in_hospital', died, CASE WHEN continued THEN 'continued' WHEN conflict THEN 'conflict' END,
  'mortality_30d', coalesce(eff_death BETWEEN admit_date AND date_add(admit_date, 30), false),
    CASE WHEN continued THEN 'continued' WHEN conflict THEN 'conflict' WHEN disp = 'ama' THEN 'ama'
      WHEN vital_unknown THEN 'vital_unknown'
      WHEN date_add(admit_date, 30) > CAST(:as_of AS date) THEN 'follow_up_after_as_of' END) AS measure, hit, rule
