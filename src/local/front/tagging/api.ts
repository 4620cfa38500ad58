import { AwsError } from "../errors.ts";
import type { OwnService } from "../router.ts";
import { isObject, type Json } from "../wire.ts";
import type { TagCache } from "./cache.ts";
import type { Tagged, Tags, TagSource } from "./source.ts";

const badParameter = (text: string): AwsError => new AwsError("InvalidParameterException", text);

/** Resource Groups Tagging over the sources' own reads. A source that cannot be read fails the search: denied is never absent. */
export function taggingService(sources: TagSource[], cache: TagCache): OwnService {
  const all = async (filters: string[]): Promise<Tagged[]> => {
    const wanted = sources.filter(
      (source) =>
        filters.length === 0 || filters.some((wanted) => source.service === wanted || source.types.includes(wanted)),
    );
    const lists = await Promise.all(wanted.map(async (source) => ({ source, found: await cache.read(source) })));
    return lists.flatMap(({ source, found }) =>
      found.filter(({ arn, tags }) => Object.keys(tags).length > 0 && typeFits(source, arn, filters)),
    );
  };

  const getResources = async (input: Json): Promise<object> => {
    const arns = strings(input, "ResourceARNList");
    const filters = tagFilters(input["TagFilters"]);
    if (
      arns.length > 0 &&
      (filters.length > 0 || input["ResourceTypeFilters"] !== undefined || input["PaginationToken"])
    ) {
      throw badParameter("ResourceARNList cannot be specified with filters or pagination parameters");
    }
    const found = (await all(strings(input, "ResourceTypeFilters"))).filter(
      ({ arn, tags }) => (arns.length === 0 || arns.includes(arn)) && filters.every((filter) => fits(filter, tags)),
    );
    const page = pageBy(found, (one) => one.arn, input["PaginationToken"], sizeOf(input));
    const shown = page.items.map(({ arn, tags }) => ({
      ResourceARN: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }));
    return { PaginationToken: page.next, ResourceTagMappingList: shown };
  };

  const names = async (input: Json, member: string, of: (tags: Tags) => string[]): Promise<object> => {
    const unique = new Set((await all([])).flatMap(({ tags }) => of(tags)));
    const page = pageBy([...unique], (name) => name, input["PaginationToken"], 100);
    return { PaginationToken: page.next, [member]: page.items };
  };

  /** Each ARN for itself: what fails is told by ARN. */
  const change = async (input: Json, run: (source: TagSource, arn: string) => Promise<void>): Promise<object> => {
    const arns = strings(input, "ResourceARNList");
    if (arns.length === 0 || arns.length > 20) throw badParameter("ResourceARNList must have 1 to 20 ARNs");
    const failed: Record<string, object> = {};
    await Promise.all(
      arns.map(async (arn) => {
        try {
          const source = sources.find((each) => each.typeOf(arn) !== undefined);
          if (!source) throw badParameter(`The embedded AWS cannot tag ${arn}`);
          await run(source, arn);
          cache.touch(source.service);
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          failed[arn] = { StatusCode: error.status, ErrorCode: error.code, ErrorMessage: error.message };
        }
      }),
    );
    return { FailedResourcesMap: failed };
  };

  const operations: Record<string, (input: Json) => Promise<object>> = {
    GetResources: getResources,
    GetTagKeys: (input) => names(input, "TagKeys", Object.keys),
    GetTagValues: (input) => {
      const key = input["Key"];
      if (typeof key !== "string" || key === "") throw badParameter("Key must not be null");
      return names(input, "TagValues", (tags) => (tags[key] === undefined ? [] : [tags[key]]));
    },
    TagResources: (input) => {
      const tags = input["Tags"];
      if (!isObject(tags) || Object.keys(tags).length === 0) throw badParameter("Tags must not be null or empty");
      return change(input, (source, arn) => source.tag(arn, tags as Tags));
    },
    UntagResources: (input) => {
      const keys = strings(input, "TagKeys");
      if (keys.length === 0) throw badParameter("TagKeys must not be null or empty");
      return change(input, (source, arn) => source.untag(arn, keys));
    },
  };

  return {
    scope: "tagging",
    target: "ResourceGroupsTaggingAPI_20170126",
    needs: (name) => ({ action: `tag:${name}`, resources: ["*"] }),
    answer(name, input) {
      const run = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (!run)
        throw new AwsError(
          "UnknownOperationException",
          `The embedded AWS does not have tag search's ${name}: nothing was done.`,
        );
      return run(input);
    },
  };
}

interface TagFilter {
  readonly key: string;
  readonly values: string[];
}

/** All filters must hold; of one filter's values any may; without values the key is enough. */
const fits = ({ key, values }: TagFilter, tags: Tags): boolean => {
  const value = tags[key];
  return value !== undefined && (values.length === 0 || values.includes(value));
};

function typeFits(source: TagSource, arn: string, filters: string[]): boolean {
  return filters.length === 0 || filters.some((filter) => filter === source.service || filter === source.typeOf(arn));
}

function tagFilters(value: unknown): TagFilter[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > 50) throw badParameter("TagFilters must be a list of at most 50 filters");
  return value.map((filter: unknown) => {
    if (!isObject(filter) || typeof filter["Key"] !== "string" || filter["Key"] === "")
      throw badParameter("A tag filter needs a Key");
    const values = strings(filter, "Values");
    if (values.length > 20) throw badParameter("A tag filter has at most 20 values");
    return { key: filter["Key"], values };
  });
}

function strings(input: Json, member: string): string[] {
  const value = input[member];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((each) => typeof each === "string"))
    throw badParameter(`${member} must be a list of strings`);
  return value;
}

function sizeOf(input: Json): number {
  const size = input["ResourcesPerPage"] ?? 100;
  if (typeof size !== "number" || size < 1 || size > 100)
    throw badParameter("ResourcesPerPage must be between 1 and 100");
  return size;
}

/** Pages in the order of ARNs; the token names the last one given. The last page's token is empty, as on AWS. */
function pageBy<T>(items: T[], keyOf: (item: T) => string, token: unknown, size: number): { items: T[]; next: string } {
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const after =
    typeof token === "string" && token !== "" ? Buffer.from(token, "base64url").toString("utf8") : undefined;
  if (after !== undefined && !after.startsWith("after:"))
    throw new AwsError("PaginationTokenExpiredException", "The token is not valid");
  const rest = after === undefined ? sorted : sorted.filter((item) => keyOf(item) > after.slice("after:".length));
  const shown = rest.slice(0, size);
  const last = shown.at(-1);
  const more = rest.length > shown.length && last !== undefined;
  return { items: shown, next: more ? Buffer.from(`after:${keyOf(last)}`).toString("base64url") : "" };
}
