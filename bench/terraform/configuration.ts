import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { addressText, type Desired } from "../../src/engine/types.ts";
import type { Lakehouse } from "./lakehouse.ts";
import { storage } from "./storage.ts";
import { work } from "./work.ts";

const MAPPINGS = { ...storage, ...work };

/** A word of Terraform's. */
const word = (said: string): string => said.replace(/[^A-Za-z0-9_-]/g, "_");
const labelOf = ({ address }: Desired): string => word(address.id);

const PROVIDER = {
  region: "us-east-1",
  access_key: "test",
  secret_key: "test",
  s3_use_path_style: true,
  // Its own questions about the credentials: we ask one such.
  skip_credentials_validation: true,
  skip_metadata_api_check: "true",
  skip_region_validation: true,
};

interface Written {
  readonly type: string;
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What others wait for: all that a thing is made of. Of a bucket that is the bucket alone, as in ours. */
const waitedFor = ({ address }: Desired, blocks: readonly Written[]): string[] =>
  (address.kind === "s3.bucket" ? blocks.slice(0, 1) : blocks).map(({ type, name }) => `${type}.${name}`);

async function fileOf(dir: string, { content, address }: Desired): Promise<string | undefined> {
  if (!content) return undefined;
  const file = join(dir, word(`${address.kind}-${address.id}`));
  writeFileSync(file, await content.load());
  return file;
}

/** The same lakehouse as Terraform's configuration: `main.tf.json` in a folder, and the files that it uploads. */
export async function writeConfiguration(dir: string, { desired, before }: Lakehouse): Promise<void> {
  const all = new Map<string, { thing: Desired; blocks: readonly Written[] }>();
  for (const thing of desired) {
    const mapping = MAPPINGS[thing.address.kind];
    if (!mapping) throw new Error(`the benchmark does not know what ${thing.address.kind} is in Terraform`);
    const label = labelOf(thing);
    const blocks = mapping(thing, { label, file: await fileOf(dir, thing) });
    all.set(addressText(thing.address), {
      thing,
      blocks: blocks.map(({ type, part, body }) => ({ type, name: part ? `${label}-${word(part)}` : label, body })),
    });
  }
  const resource: Record<string, Record<string, object>> = {};
  for (const [address, { blocks }] of all) {
    const needs = (before.get(address) ?? []).flatMap((other) => {
      const found = all.get(other);
      return found ? waitedFor(found.thing, found.blocks) : [];
    });
    for (const { type, name, body } of blocks)
      (resource[type] ??= {})[name] = { ...body, ...(needs.length > 0 ? { depends_on: needs } : {}) };
  }
  const required = { required_providers: { aws: { source: "hashicorp/aws" } } };
  writeFileSync(
    join(dir, "main.tf.json"),
    JSON.stringify({ terraform: required, provider: { aws: PROVIDER }, resource }, null, 1),
  );
}
