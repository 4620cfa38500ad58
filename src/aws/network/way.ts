import { type Env, proxyFor, shownProxy } from "./proxy-rules.ts";

/** Variants of AWS's endpoints, as the SDK found them in the environment or the profile. */
export interface Variants {
  readonly fips: boolean;
  readonly dual: boolean;
}

/** How calls get to AWS, in words: proxy and authorities in one line, the kind of endpoints in another. */
export function wayOut(env: Env, region: string, { fips, dual }: Variants): readonly string[] {
  const endpoint = env.AWS_ENDPOINT_URL || `https://sts.${region}.amazonaws.com`;
  const proxy = URL.canParse(endpoint) ? proxyFor(new URL(endpoint), env) : undefined;
  const line = [
    proxy === undefined ? "" : `through the proxy ${shownProxy(proxy)}`,
    env.AWS_CA_BUNDLE ? `trusting ${env.AWS_CA_BUNDLE}` : "",
  ].filter((text) => text !== "");
  const kinds = [fips ? "FIPS" : "", dual ? "dual-stack" : ""].filter((text) => text !== "");
  return [
    ...(line.length > 0 ? [line.join(", ")] : []),
    ...(kinds.length > 0 ? [`${kinds.join(" and ")} endpoints of AWS`] : []),
  ];
}
