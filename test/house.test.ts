import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it, test } from "vitest";
import { services } from "../src/services/index.ts";

const src = resolve(import.meta.dirname, "../src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => relative(src, join(src, file)))
  .toSorted();
const read = (file: string): string => readFileSync(join(src, file), "utf8");
const code = (file: string): string =>
  read(file)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(?<!:)\/\/.*/g, "");

/** English words too: known as a service by the kinds' names and the folder alone. */
const PLAIN_WORDS = new Set(["logs", "events"]);

/** Whether code names a service: its name as a word (`s3://`, `glue-scripts` and `iam-policy` are other words), a kind, its folder. */
function names(text: string, service: string): boolean {
  const word = new RegExp(`(?<![\\w-])${service}(?!\\w|-scripts|-policy|://)`, "i");
  const kind = new RegExp(`["'\`]${service}\\.\\w|services/${service}/`);
  return kind.test(text) || (!PLAIN_WORDS.has(service) && word.test(text));
}
const named = (file: string): string[] =>
  services.map(({ name }) => name).filter((service) => names(code(file), service));

/** What is said to people about this pipeline has names in it, and is no knowledge that a new service would add to. */
const SAID: Readonly<Record<string, readonly [readonly string[], reason: string]>> = {
  "cli/commands/iam-policy.ts": [["iam", "dynamodb"], "the command's subject is a policy; --import-from names a table"],
  "cli/commands/ledger-stats.ts": [["dynamodb"], "says whose count of the ledger's items is shown"],
  "cli/commands/runs-show.ts": [["glue"], "tells our verdict beside the one that AWS shows of the run"],
  "cli/declared/build.ts": [["iam", "glue"], "examples of addresses, and what a deployer's policy leaves out"],
  "cli/declared/ledger.ts": [["s3"], "help: what the ledger is held against"],
  "cli/declared/pipeline.ts": [["s3"], "help: where a file went"],
  "cli/declared/project.ts": [["lambda", "glue"], "help: what lies in a new project folder"],
  "cli/pipeline-picture.ts": [["lambda", "dynamodb", "glue", "sqs"], "labels of the picture of this pipeline"],
  "cli/plan-inputs.ts": [["glue"], "an example of an address"],
  "cli/reconcile.ts": [["s3"], "the lease is an object in a bucket: it is handed the client"],
  "ui/ledger.ts": [["s3"], "label of the row that shows a file's object"],
};

describe("a service's name", () => {
  const upper = files.filter((file) => /^(engine|config|cli|ui)\//.test(file));

  it("stands nowhere in engine and config, and in cli and ui only in what is said to people", () => {
    const found = Object.fromEntries(
      upper.map((file) => [file, named(file)] as const).filter(([, services]) => services.length > 0),
    );
    const allowed = Object.fromEntries(Object.entries(SAID).map(([file, [services]]) => [file, services]));
    const sorted = (all: Readonly<Record<string, readonly string[]>>) =>
      Object.fromEntries(Object.entries(all).map(([file, services]) => [file, services.toSorted()]));
    expect(sorted(found)).toEqual(sorted(allowed));
  });

  it("is found where it stands", () => {
    for (const [text, service] of [
      ['import { bucket } from "../services/s3/bucket.ts";', "s3"],
      ['const kind = "events.rule";', "events"],
      ["`DynamoDB, key ${key}`", "dynamodb"],
    ] as const)
      expect(names(text, service)).toBe(true);
    for (const [text, service] of [
      ["`s3://${bucket}/`", "s3"],
      ['join(root, "glue-scripts")', "glue"],
      ['name: "logs"', "logs"],
    ] as const)
      expect(names(text, service)).toBe(false);
  });
});

describe("a new service is a folder and a line", () => {
  /** Files outside of the folders that know every service: what a new one adds to, as far as it needs it. */
  const LINES: Readonly<Record<string, string>> = {
    "services/list.ts": "the list; every table is a fold over it",
    "lakehouse/rights.ts":
      "what the pipeline's own function and jobs need: no service adds to it that they do not call",
  };

  it("only these know all of them, or all but one", () => {
    const most = services.filter(({ name }) => !PLAIN_WORDS.has(name)).length;
    const all = files.filter((file) => named(file).filter((service) => !PLAIN_WORDS.has(service)).length >= most - 1);
    expect(all.filter((file) => !Object.hasOwn(LINES, file))).toEqual([]);
    expect(all).toContain("services/list.ts");
  });

  /**
   * Services whose sections mean nothing to the pipeline, or next to nothing, and who beside their folder and the list names them.
   * Folders of other services may refer to their sections (`reference("queues")`), and the front of the embedded AWS speaks of
   * AWS's protocols and tags, whichever services these are of.
   */
  const ALONE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    scheduler: {},
    sqs: {
      "aws/fault-row.ts": "what AWS may find missing though it was made a moment ago: targets of others",
      "cli/pipeline-picture.ts": "draws the pipeline's queue of undelivered events",
      "cli/targets.ts": "that queue, for commands",
      "lakehouse/access/keys.ts": "keys that whoever plans may know",
      "lakehouse/advice.ts": "advice on that queue",
      "lakehouse/check/event-sources.ts": "a queue's time, beside that of the function that reads it",
      "lakehouse/check/queues.ts": "that queue's time must be longer than the function's",
      "lakehouse/check/rules.ts": "targets of rules, which have words of the pipeline",
      "lakehouse/check/subscriptions.ts": "subscriptions name queues by protocol",
      "lakehouse/expand.ts": "the pipeline brings that queue along",
      "lakehouse/glue-rights.ts": "crawlers hear of new objects by a queue",
      "lakehouse/maps.ts": "the pipeline brings that queue along",
      "lakehouse/naming.ts": "names of what the pipeline brings along",
      "lakehouse/outputs.ts": "shown though nothing stands in it",
      "lakehouse/queues.ts": "the queue itself",
      "lakehouse/rights.ts": "rights of the pipeline's function on it",
      "lakehouse/texts.ts": "texts that the config may refer to",
      "lakehouse/written.ts": "place of the section among the pipeline's",
      "operate/doctor/files.ts": "looks after that queue",
      "operate/doctor/queue.ts": "looks after that queue",
      "operate/undelivered.ts": "reads that queue",
    },
  };

  it.each(Object.entries(ALONE))("%s is named by its folder, the list and, for a reason, these", (service, reasons) => {
    const keys = Object.keys(services.find(({ name }) => name === service)?.sections ?? {});
    const section = new RegExp(`[."'\`[](${keys.join("|")})\\b`);
    const told = files
      .filter((file) => !/^(local|services\/(?!list|index|service))/.test(file))
      .filter((file) => names(code(file), service) || section.test(code(file)));
    // What codes mean is said to people.
    expect(told.filter((file) => !file.startsWith("codes/"))).toEqual(
      [...Object.keys(reasons), "services/list.ts"].toSorted(),
    );
  });

  it("its value has all that is told of it", () => {
    for (const { name, kinds, sections, coverage, declare } of services) {
      expect(kinds.length, name).toBeGreaterThan(0);
      expect(kinds.filter((kind) => !kind.name.startsWith(`${name}.`)).map((kind) => kind.name)).toEqual([]);
      expect(Object.values(sections).filter((one) => !one.kind.startsWith(`${name}.`))).toEqual([]);
      expect(Object.keys(coverage.fields).length, name).toBeGreaterThan(0);
      expect(declare, name).toBeTypeOf("function");
    }
  });

  it("no service's folder is loaded by layers that only need the fold", () => {
    const wrong = files
      .filter((file) => /^(engine|config|ui|aws|clock|codes|local)\//.test(file))
      .filter((file) => /from "(\.\.\/)+services\//.test(read(file)));
    expect(wrong).toEqual([]);
  });
});

test("no source file, of TypeScript or Python, is over 300 lines", () => {
  const sources = ["src", "glue-scripts"].flatMap((folder) =>
    readdirSync(join(src, "..", folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(ts|py)$/.test(file))
      .map((file) => join(folder, file)),
  );
  const lines = (file: string): number => readFileSync(join(src, "..", file), "utf8").split("\n").length - 1;
  expect(sources).toEqual(expect.arrayContaining(["src/config/load.ts", "glue-scripts/metriccare_etl/jobs.py"]));
  expect(sources.filter((file) => lines(file) > 300)).toEqual([]);
});

describe("the dialect", () => {
  /** Lines of the embedded AWS's front that another dialect would write. */
  const foreign = (pattern: RegExp): string[] =>
    files
      .filter((file) => file.startsWith("local/front/"))
      .flatMap((file) =>
        code(file)
          .split("\n")
          .filter((line) => pattern.test(line))
          .map((line) => `${file}: ${line.trim()}`),
      );

  it("has members that nobody else can reach by #, not by a word for the compiler", () => {
    expect(foreign(/^\s+(private|protected|public) /)).toEqual([]);
  });

  it("has values that nobody changes: members of interfaces are readonly", () => {
    const members = files
      .filter((file) => file.startsWith("local/front/"))
      .flatMap((file) =>
        [...code(file).matchAll(/^(?:export )?interface \w[^{]*\{\n([\s\S]*?)\n\}/gm)].flatMap(([, body = ""]) =>
          body
            .split("\n")
            .filter((line) => /^ {2}(?!readonly )["\w]+\??: /.test(line))
            .map((line) => `${file}: ${line.trim()}`),
        ),
      );
    expect(members).toEqual([]);
  });

  it("has names that say something: one letter only for the sides of a comparison and places in a list", () => {
    expect(foreign(/(?<![\w.])(?![abi]\b)[a-z]: [A-Z]|\((?![abi]\b)[a-z]\) =>|(const|let) (?!i\b)[a-z] =/)).toEqual([]);
  });
});
