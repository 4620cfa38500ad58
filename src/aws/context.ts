import type { Clock } from "../clock/index.ts";
import type { Scope } from "./arn.ts";
import type { CallLog } from "./call-log.ts";
import type { AwsTarget, Clients } from "./clients.ts";
import { OWNER_TAG, tagMap } from "./marks.ts";
import { taggingClient } from "./clients.ts";

/** What every resource kind and every operation gets: who and where we are, lazy clients, the call log. */
export interface AwsContext extends Scope {
  readonly target: AwsTarget;
  readonly clients: Clients;
  readonly calls: CallLog;
  readonly clock: Clock;
  /** Value of the ownership mark: `<project>/<env>`. */
  readonly owner: string;
  /** Folder that relative paths of the config start from. */
  readonly projectDir: string;
  /** ARNs that carry our mark, one paged GetResources for all kinds of a plan. Late and over-complete by nature: read before believing. */
  tagged(): Promise<readonly string[]>;
  /** Tags of one of them, from the same answer; undefined where the search does not name it (yet). */
  tagsOf(arn: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Values that a tag has on what `tagged()` names: the same answer, no further call. */
  tagValues(key: string): Promise<readonly string[]>;
  /** Asks once for what several kinds want to know in one reading; a failure is not remembered. */
  once<T>(question: string, ask: () => Promise<T>): Promise<T>;
  /** Forgets `tagged()` and what was asked for once: the next call asks AWS again. */
  refresh(): void;
}

export const ownerOf = (scope: Pick<Scope, "project" | "env">): string => `${scope.project}/${scope.env}`;

export function awsContext(
  scope: Scope & { target: AwsTarget; clients: Clients; calls: CallLog; clock: Clock; projectDir: string },
): AwsContext {
  const owner = ownerOf(scope);
  scope.clients.expectOwner(scope.account);
  let found: Promise<readonly Tagged[]> | undefined;
  const answers = new Map<string, Promise<unknown>>();
  /** By ARN; that of a log group may come with `:*` behind it. */
  let index: Promise<ReadonlyMap<string, Tagged["tags"]>> | undefined;
  const all = (): Promise<readonly Tagged[]> => {
    if (found) return found;
    const asked = taggedThings(scope.clients, owner);
    found = asked;
    // A failure is not remembered: whoever reads again asks again.
    asked.catch(() => {
      if (found === asked) found = undefined;
    });
    return asked;
  };
  return {
    ...scope,
    owner,
    tagged: async () => (await all()).map(({ arn }) => arn),
    tagsOf: async (arn) => {
      index ??= all().then((things) => new Map(things.map((one) => [one.arn.replace(/:\*$/, ""), one.tags])));
      index.catch(() => (index = undefined));
      return (await index).get(arn);
    },
    tagValues: async (key) => (await all()).flatMap(({ tags }) => tags[key] ?? []),
    refresh: () => {
      found = undefined;
      index = undefined;
      answers.clear();
    },
    once: <T>(question: string, ask: () => Promise<T>): Promise<T> => {
      // What stands under a question is what its own asker put there.
      const known = answers.get(question) as Promise<T> | undefined;
      const answer = known ?? ask();
      answers.set(question, answer);
      answer.catch(() => answers.delete(question));
      return answer;
    },
  };
}

interface Tagged {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
}

async function taggedThings(clients: Clients, owner: string): Promise<readonly Tagged[]> {
  const tagging = await clients.of(taggingClient);
  const things: Tagged[] = [];
  let token: string | undefined;
  do {
    const page = await tagging.getResources({
      TagFilters: [{ Key: OWNER_TAG, Values: [owner] }],
      ResourcesPerPage: 100,
      ...(token ? { PaginationToken: token } : {}),
    });
    for (const { ResourceARN: arn, Tags = [] } of page.ResourceTagMappingList ?? [])
      if (arn) things.push({ arn, tags: tagMap(Tags) });
    // AWS ends the paging with an empty token, not with an absent one.
    token = page.PaginationToken || undefined;
  } while (token);
  return things;
}
