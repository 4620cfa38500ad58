-- M2a: died in hospital. M2b: died within 30 days of admission, where that can be known.
SELECT measure, patient_id, age65plus, facility, discharge_date, hits, at_risk
FROM {stays} LATERAL VIEW stack(2,
  'mortality_in_hospital', int(died), 1,
  'mortality_30d', int(coalesce(eff_death BETWEEN admit_date AND date_add(admit_date, 30), false)),
    int(coalesce(disp, '') <> 'ama' AND NOT vital_unknown
      AND date_add(admit_date, 30) <= CAST(:as_of AS date))) AS measure, hits, at_risk
WHERE NOT continued AND NOT conflict AND at_risk = 1
