import type * as Sdk from "@aws-sdk/client-glue";
import { invalidInput, notFound } from "../errors.ts";
import type { Wire } from "../wire.ts";
import { operation, type Operations, type Strings } from "./operation.ts";
import { glueArn, type GlueState } from "./state.ts";

const MOST_TAGS = 50;

/** Tags of Glue resources by ARN; the same store answers Resource Groups Tagging. */
export function tagOperations(state: GlueState): Operations {
  return {
    TagResource: operation(({ ResourceArn = "", TagsToAdd = {} }: Wire<Sdk.TagResourceRequest>) => {
      addTags(state, ResourceArn, TagsToAdd);
      return {};
    }),
    UntagResource: operation(({ ResourceArn = "", TagsToRemove = [] }: Wire<Sdk.UntagResourceRequest>) => {
      removeTags(state, ResourceArn, TagsToRemove);
      return {};
    }),
    GetTags: operation(({ ResourceArn = "" }: Wire<Sdk.GetTagsRequest>) => {
      mustExist(state, ResourceArn);
      return { Tags: state.tags.get(ResourceArn) ?? {} };
    }),
  };
}

/** Throws EntityNotFoundException for what is not there, InvalidInputException for another account or region. */
export function addTags(state: GlueState, arn: string, tags: Strings): void {
  mustExist(state, arn);
  if (Object.keys(tags).some((key) => key.startsWith("aws:")))
    throw invalidInput("Tag keys that start with aws: are reserved for system use.");
  const merged = { ...state.tags.get(arn), ...tags };
  if (Object.keys(merged).length > MOST_TAGS) throw invalidInput(`A resource can have at most ${MOST_TAGS} tags.`);
  state.tags.set(arn, merged);
}

export function removeTags(state: GlueState, arn: string, keys: string[]): void {
  mustExist(state, arn);
  const left = Object.entries(state.tags.get(arn) ?? {}).filter(([key]) => !keys.includes(key));
  if (left.length > 0) state.tags.set(arn, Object.fromEntries(left));
  else state.tags.delete(arn);
}

function mustExist(state: GlueState, arn: string): void {
  const prefix = glueArn(state, "");
  if (!arn.startsWith(prefix)) throw invalidInput(`Resource ARN ${arn} is not of this account and region.`);
  const [type = "", ...rest] = arn.slice(prefix.length).split("/");
  const name = rest.join("/");
  const found: Record<string, () => boolean> = {
    job: () => state.jobs.has(name),
    trigger: () => state.triggers.has(name),
    workflow: () => state.workflows.has(name),
    database: () => state.databases.has(name),
    table: () => state.tables.has(name),
    userDefinedFunction: () => state.store.collection("functions").has(name),
    connection: () => state.connections.has(name),
    crawler: () => state.crawlers.has(name),
    catalog: () => true,
  };
  const exists = Object.hasOwn(found, type) ? found[type] : undefined;
  if (!exists) throw invalidInput(`Unsupported resource type: ${type}`);
  if (!exists()) throw notFound(`Resource ${arn} not found.`);
}
