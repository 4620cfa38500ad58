/** As much XML as tag answers need: flat elements with text. */
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

export const unescapeXml = (text: string): string =>
  text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex?: string, dec?: string, name?: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (dec) return String.fromCodePoint(Number(dec));
    return ENTITIES[name ?? ""] ?? all;
  });

export const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** The texts of all elements of that name. */
export function texts(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map((match) =>
    unescapeXml(match[1] ?? ""),
  );
}

/** The tags in `<Tag|member><Key>…</Key><Value>…</Value></…>`. */
export function xmlTags(xml: string): Record<string, string> {
  const pairs = xml.matchAll(/<Key>([^<]*)<\/Key>\s*<Value(?:>([^<]*)<\/Value>|\s*\/>)/g);
  return Object.fromEntries([...pairs].map((match) => [unescapeXml(match[1] ?? ""), unescapeXml(match[2] ?? "")]));
}
