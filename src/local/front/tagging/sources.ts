import { AwsError } from "../errors.ts";
import {
  fromPairs,
  listOf,
  pages,
  partsOf,
  textOf,
  toPairs,
  withTags,
  type Place,
  type Tags,
  type TagSource,
} from "./source.ts";
import { escapeXml, texts, xmlTags } from "./xml.ts";

type Reply = Record<string, unknown>;

const typed = (service: string, type: string): Pick<TagSource, "service" | "types" | "typeOf"> => ({
  service,
  types: [`${service}:${type}`],
  typeOf: (arn) => (partsOf(arn).service === service ? `${service}:${type}` : undefined),
});

/** Every service of the emulator in which this project's resources can carry tags. IAM is not among them, as on AWS. */
export const emulatorSources = (place: Place): TagSource[] => [
  buckets(place),
  functions(place),
  tables(place),
  topics(place),
  rules(place),
  logGroups(place),
  queues(place),
  keys(place),
];

function buckets({ emulator, partition }: Place): TagSource {
  const nameOf = (arn: string): string => partsOf(arn).resource;
  const call = async (method: string, name: string, body = ""): Promise<string> => {
    const answer = await emulator.call("s3", {
      method,
      path: name === "" ? "/" : `/${encodeURIComponent(name)}?tagging`,
      body,
    });
    if (answer.status < 300) return answer.body;
    throw new AwsError(
      texts(answer.body, "Code")[0] ?? "InternalError",
      texts(answer.body, "Message")[0] ?? answer.body,
      answer.status,
    );
  };
  const read = async (arn: string): Promise<Tags> =>
    call("GET", nameOf(arn)).then(xmlTags, (error: unknown) => {
      if (error instanceof AwsError && error.code === "NoSuchTagSet") return {};
      throw error;
    });
  const write = async (arn: string, tags: Tags): Promise<void> => {
    const set = Object.entries(tags).map(
      ([k, v]) => `<Tag><Key>${escapeXml(k)}</Key><Value>${escapeXml(v)}</Value></Tag>`,
    );
    if (set.length === 0) await call("DELETE", nameOf(arn));
    else
      await call(
        "PUT",
        nameOf(arn),
        `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>${set.join("")}</TagSet></Tagging>`,
      );
  };
  return {
    ...typed("s3", "bucket"),
    list: async () => {
      const names = [...(await call("GET", "")).matchAll(/<Bucket>.*?<Name>([^<]*)<\/Name>/gs)].map(
        (match) => match[1] ?? "",
      );
      return withTags(
        names.map((name) => `arn:${partition}:s3:::${name}`),
        read,
      );
    },
    // S3 only knows the whole set.
    tag: async (arn, tags) => write(arn, { ...(await read(arn)), ...tags }),
    untag: async (arn, keys) =>
      write(arn, Object.fromEntries(Object.entries(await read(arn)).filter(([key]) => !keys.includes(key)))),
  };
}

function functions({ emulator }: Place): TagSource {
  const call = async (method: string, path: string, body?: object): Promise<Reply> => {
    const answer = await emulator.call("lambda", {
      method,
      path,
      headers: { "content-type": "application/json" },
      body: body ? JSON.stringify(body) : "",
    });
    const reply = JSON.parse(answer.body || "{}") as Reply;
    if (answer.status < 300) return reply;
    const code = textOf(reply["__type"]) || (answer.status === 404 ? "ResourceNotFoundException" : "ServiceException");
    throw new AwsError(code, textOf(reply["message"] ?? reply["Message"]), answer.status);
  };
  const path = (arn: string): string => `/2017-03-31/tags/${encodeURIComponent(arn)}`;
  return {
    ...typed("lambda", "function"),
    list: async () => {
      const arns = await pages(async (marker) => {
        const reply = await call(
          "GET",
          `/2015-03-31/functions/${marker ? `?Marker=${encodeURIComponent(marker)}` : ""}`,
        );
        return {
          items: (listOf(reply["Functions"]) as Reply[]).map((fn) => textOf(fn["FunctionArn"])),
          next: textOf(reply["NextMarker"]),
        };
      });
      return withTags(arns, async (arn) => ((await call("GET", path(arn)))["Tags"] ?? {}) as Tags);
    },
    tag: async (arn, tags) => void (await call("POST", path(arn), { Tags: tags })),
    untag: async (arn, keys) => {
      const query = keys.map((key) => `tagKeys=${encodeURIComponent(key)}`).join("&");
      await call("DELETE", `${path(arn)}?${query}`);
    },
  };
}

function tables({ emulator, account, region, partition }: Place): TagSource {
  const call = (operation: string, input: object): Promise<Reply> =>
    emulator.json("dynamodb", `DynamoDB_20120810.${operation}`, input);
  return {
    ...typed("dynamodb", "table"),
    list: async () => {
      const names = await pages(async (ExclusiveStartTableName) => {
        const reply = await call("ListTables", { ExclusiveStartTableName });
        return { items: listOf(reply["TableNames"]).map(textOf), next: textOf(reply["LastEvaluatedTableName"]) };
      });
      const arns = names.map((name) => `arn:${partition}:dynamodb:${region}:${account}:table/${name}`);
      return withTags(arns, async (ResourceArn) =>
        fromPairs((await call("ListTagsOfResource", { ResourceArn }))["Tags"]),
      );
    },
    tag: async (ResourceArn, tags) => void (await call("TagResource", { ResourceArn, Tags: toPairs(tags) })),
    untag: async (ResourceArn, TagKeys) => void (await call("UntagResource", { ResourceArn, TagKeys })),
  };
}

function topics({ emulator }: Place): TagSource {
  const numbered = (name: string, values: string[]): Tags =>
    Object.fromEntries(values.map((value, i) => [`${name}.member.${i + 1}`, value]));
  return {
    ...typed("sns", "topic"),
    list: async () => {
      const arns = await pages(async (token) => {
        const xml = await emulator.query("sns", { Action: "ListTopics", ...(token ? { NextToken: token } : {}) });
        return { items: texts(xml, "TopicArn"), next: texts(xml, "NextToken")[0] };
      });
      return withTags(arns, async (ResourceArn) =>
        xmlTags(await emulator.query("sns", { Action: "ListTagsForResource", ResourceArn })),
      );
    },
    tag: async (ResourceArn, tags) => {
      const pairs = Object.entries(tags).flatMap(([name, value], i) => [
        [`Tags.member.${i + 1}.Key`, name],
        [`Tags.member.${i + 1}.Value`, value],
      ]);
      await emulator.query("sns", { Action: "TagResource", ResourceArn, ...Object.fromEntries(pairs) });
    },
    untag: async (ResourceArn, keys) =>
      void (await emulator.query("sns", { Action: "UntagResource", ResourceArn, ...numbered("TagKeys", keys) })),
  };
}

function rules({ emulator }: Place): TagSource {
  const call = (operation: string, input: object): Promise<Reply> =>
    emulator.json("events", `AWSEvents.${operation}`, input);
  return {
    ...typed("events", "rule"),
    list: async () => {
      const arns = await pages(async (NextToken) => {
        const reply = await call("ListRules", { NextToken });
        return {
          items: (listOf(reply["Rules"]) as Reply[]).map((rule) => textOf(rule["Arn"])),
          next: textOf(reply["NextToken"]),
        };
      });
      return withTags(arns, async (ResourceARN) =>
        fromPairs((await call("ListTagsForResource", { ResourceARN }))["Tags"]),
      );
    },
    tag: async (ResourceARN, tags) => void (await call("TagResource", { ResourceARN, Tags: toPairs(tags) })),
    untag: async (ResourceARN, TagKeys) => void (await call("UntagResource", { ResourceARN, TagKeys })),
  };
}

function logGroups({ emulator }: Place): TagSource {
  const call = (operation: string, input: object): Promise<Reply> =>
    emulator.json("logs", `Logs_20140328.${operation}`, input);
  return {
    ...typed("logs", "log-group"),
    list: async () => {
      const arns = await pages(async (nextToken) => {
        const reply = await call("DescribeLogGroups", { nextToken });
        // Tags hang on the ARN without `:*`.
        const items = (listOf(reply["logGroups"]) as Reply[]).map((group) => textOf(group["arn"]).replace(/:\*$/, ""));
        return { items, next: textOf(reply["nextToken"]) };
      });
      return withTags(
        arns,
        async (resourceArn) => ((await call("ListTagsForResource", { resourceArn }))["tags"] ?? {}) as Tags,
      );
    },
    tag: async (resourceArn, tags) => void (await call("TagResource", { resourceArn, tags })),
    untag: async (resourceArn, tagKeys) => void (await call("UntagResource", { resourceArn, tagKeys })),
  };
}

function queues({ emulator, account, region, partition }: Place): TagSource {
  const call = (operation: string, input: object): Promise<Reply> =>
    emulator.json("sqs", `AmazonSQS.${operation}`, input);
  const urlOf = async (arn: string): Promise<string> =>
    textOf((await call("GetQueueUrl", { QueueName: partsOf(arn).resource }))["QueueUrl"]);
  return {
    ...typed("sqs", "queue"),
    list: async () => {
      const urls = await pages(async (NextToken) => {
        const reply = await call("ListQueues", { NextToken });
        return { items: listOf(reply["QueueUrls"]).map(textOf), next: textOf(reply["NextToken"]) };
      });
      const byArn = new Map(
        urls.map((url) => [`arn:${partition}:sqs:${region}:${account}:${url.slice(url.lastIndexOf("/") + 1)}`, url]),
      );
      return withTags(
        [...byArn.keys()],
        async (arn) => ((await call("ListQueueTags", { QueueUrl: byArn.get(arn) }))["Tags"] ?? {}) as Tags,
      );
    },
    tag: async (arn, tags) => void (await call("TagQueue", { QueueUrl: await urlOf(arn), Tags: tags })),
    untag: async (arn, TagKeys) => void (await call("UntagQueue", { QueueUrl: await urlOf(arn), TagKeys })),
  };
}

function keys({ emulator }: Place): TagSource {
  const call = (operation: string, input: object): Promise<Reply> =>
    emulator.json("kms", `TrentService.${operation}`, input);
  return {
    ...typed("kms", "key"),
    list: async () => {
      const arns = await pages(async (Marker) => {
        const reply = await call("ListKeys", { Marker });
        return {
          items: (listOf(reply["Keys"]) as Reply[]).map((key) => textOf(key["KeyArn"])),
          next: textOf(reply["NextMarker"]),
        };
      });
      return withTags(arns, async (KeyId) =>
        fromPairs((await call("ListResourceTags", { KeyId }))["Tags"], "TagKey", "TagValue"),
      );
    },
    tag: async (KeyId, tags) => void (await call("TagResource", { KeyId, Tags: toPairs(tags, "TagKey", "TagValue") })),
    untag: async (KeyId, TagKeys) => void (await call("UntagResource", { KeyId, TagKeys })),
  };
}
