import own from "../../glue-scripts/metriccare_etl/schemas/lakehouse.json" with { type: "json" };

/** What else may divide the figures. Source: the file that the jobs read. */
export type Stratum = keyof typeof own.strata;
export const isStratum = (word: string | undefined): word is Stratum =>
  word !== undefined && Object.hasOwn(own.strata, word);
export const STRATA: readonly Stratum[] = Object.keys(own.strata).filter(isStratum);

/** Its rows have a facility and a year, and no `stratum`. */
export const FACILITY_YEAR: Stratum = "facility_year";
/** Its values do not divide a denominator: of each category all days are at risk. */
export const CATEGORY: Stratum = "hai_category";

/** `sex` of the stratum `sex=female`. */
export const dimensionOf = (stratum: string): string => stratum.split("=", 1)[0] ?? "";
/** `female` of it. */
export const valueOf = (stratum: string): string => stratum.slice(stratum.indexOf("=") + 1);

/** Ages at which a band begins, but for the first band. */
export const AGE_BANDS: readonly number[] = [18, 45, 65, 75, 85];
