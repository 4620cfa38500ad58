import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Live } from "../../../src/engine/types.ts";
import { addressText } from "../../../src/engine/types.ts";
import { compile } from "../../../src/lakehouse/compile.ts";
import { classifier, type ClassifierProps } from "../../../src/services/glue/classifier.ts";
import type { CrawlerProps } from "../../../src/services/glue/crawler-props.ts";
import { send } from "../../kind-suite/drive.ts";
import { stubContext } from "../../operate/support.ts";
import { load, project, scopeOf } from "../compile/project.ts";

// Neither moto nor MiniStack has classifiers.
let remove = (): void => undefined;
afterEach(() => remove());

const config = (classifiers: string, use = "[wards, AWS_OWN]") => {
  const folder = project();
  remove = folder.remove;
  const text = `
project: metriccare
pipeline: none
buckets: {lake: {}}
databases: {found: {}}
roles: {crawl: {}}
classifiers:
${classifiers}
crawlers: {all: {role: crawl, database: found, classifiers: ${use}, targets: {s3: [{path: "\${buckets.lake.url}"}]}}}
`;
  writeFileSync(join(folder.dir, "config/lakehouse.yaml"), text);
  writeFileSync(join(folder.dir, "config/dev.yaml"), "");
  return { dir: folder.dir, config: load({ dir: folder.dir, env: "dev" }) };
};
const address = { kind: "glue.classifier", id: "wards", name: "metriccare_wards_dev" };

function world() {
  const kept = new Map<string, object>();
  const sent: unknown[] = [];
  const put = (what: string) => (input: Record<string, { Name: string }>) => {
    sent.push([what, input]);
    for (const one of Object.values(input)) kept.set(one.Name, input);
    return {};
  };
  const ctx = stubContext({
    glue: {
      createClassifier: put("create"),
      updateClassifier: put("update"),
      deleteClassifier: ({ Name }: { Name: string }) => (sent.push(["delete", Name]), kept.delete(Name), {}),
      getClassifiers: () => ({ Classifiers: [...kept.values()] }),
      getClassifier: ({ Name }: { Name: string }) => {
        const found = kept.get(Name);
        if (!found) throw Object.assign(new Error("none"), { name: "EntityNotFoundException" });
        return { Classifier: found };
      },
    },
  });
  return { ctx: { ...ctx, project: "metriccare", env: "dev" } as typeof ctx, sent };
}

test("each sort is made, read as declared, changed, made anew as another sort, found and deleted", async () => {
  const all = [
    '{csv: {delimiter: ";", header: [a, b]}}',
    "{grok: {classification: log, pattern: '%{WORD:a}'}}",
    "{json: {path: $.a}}",
    "{xml: {classification: hl7, rowTag: PID}}",
  ];
  for (const text of all) {
    const { ctx, sent } = world();
    const made = config(`  wards: ${text}`);
    const { desired } = await compile(made.config, scopeOf("dev"), made.dir);
    const props = desired.find((one) => addressText(one.address) === "glue.classifier/wards")?.props as ClassifierProps;
    expect(await classifier.read(ctx, [address])).toEqual(new Map());
    await send(classifier.create(ctx, { address, props, tags: {} }));
    const live = (await classifier.read(ctx, [address])).get(address.name) as Live<ClassifierProps>;
    expect(live.props).toEqual(props);
    expect(live.owner).toBeDefined();
    expect((await classifier.owned(ctx, [address])).map(({ name }) => name)).toEqual([address.name]);
    expect(await send(classifier.update(ctx, { address, props, tags: {}, live, changed: new Set() }))).toEqual([]);
    sent.length = 0;
    await send(classifier.update(ctx, { address, props, tags: {}, live, changed: new Set(["csv"]) }));
    const other = { grok: null, csv: null, json: { path: "$.other" }, xml: null };
    const from = { ...live, props: { ...other, json: null, xml: { classification: "x", rowTag: "y" } } };
    await send(classifier.update(ctx, { address, props: other, tags: {}, live: from, changed: new Set(["json"]) }));
    expect(sent.map((one) => (one as [string])[0])).toEqual(["update", "delete", "create"]);
    await send(classifier.delete(ctx, address, live));
    expect(await classifier.read(ctx, [address])).toEqual(new Map());
    remove();
  }
  expect(await classifier.owned(world().ctx, [])).toEqual([]);
});

test("a crawler names it by id and waits for it; others go by their names", async () => {
  const { dir, config: made } = config("  wards: {json: {path: $.a}}");
  const { desired } = await compile(made, scopeOf("dev"), dir);
  const crawler = desired.find((one) => addressText(one.address) === "glue.crawler/all")?.props as CrawlerProps;
  expect(crawler.classifiers).toEqual(["metriccare_wards_dev", "AWS_OWN"]);
});

test.each([
  ["  wards: {}", /says one of grok, csv, json and xml/],
  ["  wards: {json: {path: $.a}, xml: {classification: a, rowTag: b}}", /says one of/],
  ["  wards: {json: {pth: $.a}}", /pth|path/],
])("%s is a mistake", (text, said) => expect(() => config(text)).toThrow(said));
