import { IAM } from "@aws-sdk/client-iam";
import { S3 } from "@aws-sdk/client-s3";
import { SQS } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emulatorPython, startEmulator, type RunningEmulator } from "./emulator-harness.ts";

/** Keys of S3 as the emulator's IAM takes them: whatever is in a key, a policy's pattern says what it says on AWS. */

const ACCOUNT = "123456789012";
const DENIED = { name: "AccessDenied" };
const AWKWARD = ["a\nb", "a\n", "\nb", "a\r\nb", "a?b*c", "a%2Fb%", "[a]", "a//b", "/a", "a/", "", "a b+c", "ä漢😀"];
const policy = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements.map((one) => ({ Effect: "Allow", ...one })) });

describe.skipIf(!emulatorPython)("keys of S3 and the emulator's IAM", () => {
  let emulator: RunningEmulator;
  let users = 0;
  const at = (credentials = { accessKeyId: "test", secretAccessKey: "test" }) => ({
    endpoint: "http://127.0.0.1",
    region: "us-east-1",
    maxAttempts: 1,
    requestHandler: { httpAgent: emulator.agent },
    credentials,
  });

  /** S3 as a new user with this policy. */
  const user = async (PolicyDocument: string): Promise<S3> => {
    const iam = new IAM(at());
    const UserName = `user-${(users += 1)}`;
    await iam.createUser({ UserName });
    await iam.putUserPolicy({ UserName, PolicyName: "p", PolicyDocument });
    const { AccessKey } = await iam.createAccessKey({ UserName });
    return new S3(at({ accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" }));
  };

  beforeAll(async () => {
    emulator = await startEmulator("http://127.0.0.1:9", { AUTH: "true" });
  });
  afterAll(() => emulator?.close());

  it("holds keys of every spelling to the patterns of a policy, and lists and tells of them", async () => {
    const [own, sqs] = [new S3(at()), new SQS(at())];
    const Bucket = "awkward";
    await own.createBucket({ Bucket });
    const QueueArn = `arn:aws:sqs:us-east-1:${ACCOUNT}:awkward`;
    const send = { Principal: { Service: "s3.amazonaws.com" }, Action: "sqs:SendMessage", Resource: QueueArn };
    const { QueueUrl } = await sqs.createQueue({ QueueName: "awkward", Attributes: { Policy: policy(send) } });
    const FilterRules = [{ Name: "prefix" as const, Value: "open/" }];
    const QueueConfigurations = [
      { QueueArn, Events: ["s3:ObjectCreated:*" as const], Filter: { Key: { FilterRules } } },
    ];
    await own.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration: { QueueConfigurations } });
    const keys = (folder: string): string[] => AWKWARD.map((end) => `${folder}/${end}`);
    for (const Key of [...keys("open"), ...keys("secret"), "/", "open*"])
      await own.putObject({ Bucket, Key, Body: "x" });
    const within = (what: string): string => `arn:aws:s3:::${Bucket}${what}`;
    const denied = await user(
      policy(
        { Action: "s3:*", Resource: [within(""), within("/*")] },
        { Effect: "Deny", Action: "s3:*", Resource: within("/secret/*") },
      ),
    );
    const allowed = await user(policy({ Action: ["s3:GetObject", "s3:PutObject"], Resource: within("/open/*") }));
    for (const Key of keys("open"))
      for (const one of [denied, allowed]) {
        const { Body } = await one.getObject({ Bucket, Key });
        expect(await Body?.transformToString(), JSON.stringify(Key)).toBe("x");
        await one.putObject({ Bucket, Key, Body: "x" });
      }
    const source = (Key: string): string => `${Bucket}/${encodeURIComponent(Key)}`;
    for (const Key of keys("secret")) {
      const calls = [
        () => denied.getObject({ Bucket, Key }),
        () => denied.putObject({ Bucket, Key, Body: "y" }),
        () => denied.copyObject({ Bucket, Key: "open/copy", CopySource: source(Key) }),
        () => denied.deleteObjects({ Bucket, Delete: { Objects: [{ Key: "none" }, { Key }] } }),
        () => allowed.getObject({ Bucket, Key }),
      ];
      for (const call of calls) await expect(call(), JSON.stringify(Key)).rejects.toMatchObject(DENIED);
    }
    // A wild card in a key stands for itself, and no bucket's right is one on the key "/".
    await expect(allowed.getObject({ Bucket, Key: "open*" })).rejects.toMatchObject(DENIED);
    const lists = await user(policy({ Action: "s3:ListBucket", Resource: within("") }));
    await expect(lists.getObject({ Bucket, Key: "/" })).rejects.toMatchObject(DENIED);
    const listed = await lists.listObjectsV2({ Bucket, Prefix: "open/", EncodingType: "url" });
    const plain = listed.Contents?.map((one) => decodeURIComponent((one.Key ?? "").replaceAll("+", "%20")));
    expect(plain?.toSorted()).toEqual(keys("open").toSorted());
    const told = new Set<string>();
    const wanted = new Set(keys("open"));
    for (let tries = 0; tries < 40 && told.size < wanted.size; tries += 1) {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
      for (const { Body = "{}" } of Messages)
        for (const [, key = ""] of Body.matchAll(/"key": ?"([^"]*)"/g))
          told.add(decodeURIComponent(key.replaceAll("+", "%20")));
    }
    expect(told).toEqual(wanted);
  });

  it("a right on one key is none on a key that goes on after a line", async () => {
    const s3 = await user(policy({ Action: "s3:GetObject", Resource: "arn:aws:s3:::ends/a" }));
    const own = new S3(at());
    await own.createBucket({ Bucket: "ends" });
    for (const Key of ["a", "a\n"]) await own.putObject({ Bucket: "ends", Key, Body: "x" });
    await s3.getObject({ Bucket: "ends", Key: "a" });
    await expect(s3.getObject({ Bucket: "ends", Key: "a\n" })).rejects.toMatchObject(DENIED);
  });

  it("`${*}` in a policy is the character, in resources and in conditions", async () => {
    const Bucket = "literal";
    const s3 = await user(
      policy(
        { Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/\${*}/*` },
        {
          Action: "s3:ListBucket",
          Resource: `arn:aws:s3:::${Bucket}`,
          Condition: { StringLike: { "s3:prefix": "${*}/*" } },
        },
      ),
    );
    const own = new S3(at());
    await own.createBucket({ Bucket });
    for (const Key of ["*/a", "b/a"]) await own.putObject({ Bucket, Key, Body: "x" });
    await s3.getObject({ Bucket, Key: "*/a" });
    await expect(s3.getObject({ Bucket, Key: "b/a" })).rejects.toMatchObject(DENIED);
    await s3.listObjectsV2({ Bucket, Prefix: "*/" });
    await expect(s3.listObjectsV2({ Bucket, Prefix: "b/" })).rejects.toMatchObject(DENIED);
  });

  it("an object of a batch that has two keys is held to both", async () => {
    const within = "arn:aws:s3:::batch";
    const Resource = `${within}/open/*`;
    const s3 = await user(policy({ Action: "s3:DeleteObject", Resource }));
    const own = new S3(at());
    await own.createBucket({ Bucket: "batch" });
    await own.putObject({ Bucket: "batch", Key: "secret/a", Body: "x" });
    s3.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: string; headers: Record<string, string> };
        request.body = request.body.replace("<Key>open/a</Key>", "<Key>secret/a</Key><Key>open/a</Key>");
        request.headers["content-length"] = String(Buffer.byteLength(request.body));
        return next(args);
      },
      { step: "build", priority: "low" },
    );
    const call = s3.deleteObjects({ Bucket: "batch", Delete: { Objects: [{ Key: "open/a" }] } });
    await expect(call).rejects.toMatchObject(DENIED);
    await own.headObject({ Bucket: "batch", Key: "secret/a" });
  });
});
