import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { Glue } from "@aws-sdk/client-glue";
import { IAM } from "@aws-sdk/client-iam";
import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import { STS } from "@aws-sdk/client-sts";
import { expect } from "vitest";
import type { Ran, TestProject } from "./project.ts";
import { ACCOUNT } from "./world.ts";

/** A caller as the standard variables name him. */
export type Caller = Record<string, string>;

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
export interface Where extends Keys {
  readonly endpoint: string;
  readonly region: string;
}

export const iamArn = (what: string): string => `arn:aws:iam::${ACCOUNT}:${what}`;
export const keysOf = (who: Caller): Keys => ({
  accessKeyId: who["AWS_ACCESS_KEY_ID"] ?? "",
  secretAccessKey: who["AWS_SECRET_ACCESS_KEY"] ?? "",
});

/** The project's embedded AWS, started. */
export async function startedAws(project: TestProject): Promise<Where> {
  const up = await project.run(["local", "up", "--env", "local", "--json"]);
  expect(up.code, up.err).toBe(0);
  return JSON.parse(up.out) as Where;
}

/** The SDK as whoever holds these keys; without any, as the account's root. */
export function sdkOf(where: Where, credentials: Keys = where) {
  const config = { endpoint: where.endpoint, region: where.region, credentials, maxAttempts: 1 };
  return {
    s3: new S3({ ...config, forcePathStyle: true }),
    iam: new IAM(config),
    glue: new Glue(config),
    lambda: new Lambda(config),
    dynamodb: new DynamoDB(config),
    sts: new STS(config),
  };
}

/** One environment of a project on an AWS that enforces IAM, like any on AWS: only the standard variables say where it is. */
export class Enforced {
  readonly #project: TestProject;
  readonly #where: Where;
  readonly #env: string;

  constructor(project: TestProject, where: Where, env: string) {
    this.#project = project;
    this.#where = where;
    this.#env = env;
  }

  /** A command as that caller. */
  as = (who: Caller, ...args: string[]): Promise<Ran> =>
    this.#project.run([...args, "--env", this.#env, "--json"], who);

  /** What `iam-policy` prints for the environment. */
  async printed<T>(...words: string[]): Promise<T> {
    const place = ["--account", ACCOUNT, "--region", this.#where.region];
    const ran = await this.#project.run(["iam-policy", ...words, "--env", this.#env, "--json", ...place]);
    expect(ran.code, ran.err).toBe(0);
    return JSON.parse(ran.out) as T;
  }

  /** A user with these managed policies and nothing else. */
  async user(name: string, documents: readonly object[]): Promise<Caller> {
    const { iam } = sdkOf(this.#where);
    await iam.createUser({ UserName: name });
    for (const [i, document] of documents.entries()) {
      const made = await iam.createPolicy({ PolicyName: `${name}-${i}`, PolicyDocument: JSON.stringify(document) });
      await iam.attachUserPolicy({ UserName: name, PolicyArn: made.Policy?.Arn });
    }
    const { AccessKey } = await iam.createAccessKey({ UserName: name });
    return {
      AWS_ENDPOINT_URL: this.#where.endpoint,
      AWS_REGION: this.#where.region,
      AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? "",
      AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? "",
    };
  }

  /** A user with the policies that are printed for `deployer`, `operator` or `reader`. */
  async holder(word: string, name = word): Promise<Caller> {
    return this.user(name, await this.printed<object[]>(word, "--split"));
  }
}
