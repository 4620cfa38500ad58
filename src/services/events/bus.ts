/** The bus of a rule stands before its name, as in the rule's ARN: `orders/nightly`. On the default bus there is the name alone. */

export const DEFAULT_BUS = "default";

/** Name of a bus from its name or ARN. */
export const busName = (bus: string): string =>
  bus.startsWith("arn:") ? bus.slice(bus.indexOf("event-bus/") + 10) : bus;

/** A rule's address name. A bus of another place keeps its ARN, so that it is not taken for one of ours by that name. */
export function ruleKey(
  scope: { readonly account: string; readonly region: string },
  name: string,
  bus: string = DEFAULT_BUS,
): string {
  const [, , , region, account] = bus.startsWith("arn:") ? bus.split(":") : [];
  if (account !== undefined && (account !== scope.account || region !== scope.region)) return `${bus}/${name}`;
  return busName(bus) === DEFAULT_BUS ? name : `${busName(bus)}/${name}`;
}

interface OnBus {
  readonly name: string;
  /** What every call says of the bus. */
  readonly bus: { readonly EventBusName?: string };
}

/** Name and bus of a rule, from its address. Partners' buses have a `/` in their names, rules never. */
export function onBus(key: string): OnBus {
  const at = key.lastIndexOf("/");
  return at < 0 ? { name: key, bus: {} } : { name: key.slice(at + 1), bus: { EventBusName: key.slice(0, at) } };
}
