import prices from "./prices.json" with { type: "json" };

export interface Cost {
  readonly dpuSeconds: number;
  /** List price, estimated: `asOf` and `region` say whose. */
  readonly usd: number;
  readonly asOf: string;
  readonly region: string;
}

/** What Glue bills for so many DPU-seconds; `dpuHour` overrides the price of the table. */
export function costOf(dpuSeconds: number, dpuHour = prices.glue_dpu_hour): Cost {
  const usd = Math.round((dpuSeconds / 3600) * dpuHour * 10_000) / 10_000;
  return { dpuSeconds: Math.round(dpuSeconds), usd, asOf: prices.as_of, region: prices.region };
}
