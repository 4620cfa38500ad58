import { afterAll, beforeAll, expect, test } from "vitest";
import type { PolicyDocument } from "../../src/services/iam/props.ts";
import { inProcess } from "../harness/in-process.ts";
import { project } from "../services/compile/project.ts";

/** `forget` on the command line, without AWS. */
let folder: ReturnType<typeof project>;
beforeAll(() => {
  folder = project();
});
afterAll(() => folder.remove());

const place = ["--env", "dev", "--account", "123456789012", "--region", "eu-central-1"];
const run = (...words: string[]): ReturnType<typeof inProcess> => inProcess(folder.dir, words);

const actionsOn = async (layer: string, ...words: string[]): Promise<string[]> => {
  const document = JSON.parse(
    (await run("iam-policy", "operator", ...place, "--json", ...words)).out,
  ) as PolicyDocument;
  return document.Statement.filter(
    ({ Effect, Resource }) => Effect === "Allow" && JSON.stringify(Resource).includes(layer),
  ).flatMap(({ Action = [] }) => Action);
};

test("rights to erase are in the operator's policy where they are asked for, and in no other", async () => {
  const erasing = ["s3:DeleteObject", "s3:DeleteObjectVersion"];
  expect(await actionsOn("silver")).not.toEqual(expect.arrayContaining([erasing[0]]));
  expect(await actionsOn("silver", "--forget")).toEqual(expect.arrayContaining(erasing));
  expect(await actionsOn("/tmp/*", "--forget")).toEqual(expect.arrayContaining(["s3:PutObject", ...erasing]));
  expect(await actionsOn("gold", "--forget")).not.toEqual(expect.arrayContaining(erasing));
  const reader = await run("iam-policy", "reader", ...place, "--forget");
  expect([reader.code, reader.err]).toEqual([64, expect.stringContaining("for the operator")]);
});
