/** One figure of one group. */
export interface MeasureRow {
  readonly measure: string;
  readonly cohort: string;
  readonly facility: string;
  readonly period: string;
  /** What divides the group besides, `sex=female`; absent on rows of all stays. */
  readonly stratum?: string;
  readonly numerator: number;
  readonly denominator: number;
  readonly rate: number | null;
  /** On rows that must not be published: numerator or denominator is 1 to 10. */
  readonly suppressed?: true;
}
