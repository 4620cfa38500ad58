/** One figure of one group. */
export interface MeasureRow {
  readonly measure: string;
  readonly cohort: string;
  readonly facility: string;
  readonly period: string;
  /** What divides the group besides, `sex=female` (`lakehouse/strata.ts`); absent on rows of all stays. */
  readonly stratum?: string;
  readonly numerator: number;
  readonly denominator: number;
  readonly rate: number | null;
  /** On rows that must not be published: numerator or denominator is 1 to 10. */
  readonly suppressed?: true;
}

/** What a figure stands on, as every row of `measures --json` says it. */
export interface RowBasis {
  readonly as_of: string | null;
  readonly time_zone: string | null;
  readonly computed_at: string | null;
  readonly rules: string | null;
  readonly value_set: string | null;
  readonly run_id: string | null;
  /** Null where it cannot be told. */
  readonly stale: boolean | null;
  /** Why, where it is stale or cannot be told. */
  readonly stale_because?: string;
}
