import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { literal, type TextNames, tellTexts } from "../../src/config/index.ts";
import { parseYaml } from "../../src/config/source.ts";

const NAMES: TextNames = {
  words: {
    env: () => "dev",
    project: (read) => read(["project"]),
    account: (read) => read(["aws", "account"]) ?? "123456789012",
  },
  sections: {
    buckets: { attributes: ["name", "arn", "url"] },
    workflows: {
      attributes: ["name"],
      places: () => new Map([["etl", ["workflow"]]]),
    },
    workflow: { attributes: ["name"], only: "etl", places: () => new Map([["etl", ["workflow"]]]) },
  },
  lookup: (section, id, attribute, entry, read) => {
    const name = entry.name ?? `${read(["project"])}-${id}-dev`;
    if (attribute === "arn") return id === "nameless" ? undefined : `arn:aws:s3:::${name}`;
    return attribute === "url" ? `s3://${name}/` : `${section === "buckets" ? "" : "w:"}${name}`;
  },
};

const tell = (yaml: string, names = NAMES) => tellTexts(parseYaml("config/lakehouse.yaml", yaml).root, names);

/** What the text under `x` comes to. */
function told(text: string, more = ""): unknown {
  const { root, problems } = tell(`project: care\n${more}\nx: ${JSON.stringify(text)}\n`);
  expect(problems).toEqual([]);
  return (root.value as { x: unknown }).x;
}

/** What is wrong: paths, messages and suggestions. */
const wrong = (yaml: string): string[] =>
  tell(`project: care\n${yaml}`).problems.map(
    ({ path, message, suggestion }) => `${path.join("/")}: ${message}. ${suggestion ?? ""}`,
  );

const BUCKETS = "buckets:\n  raw: {}\n  silver: {name: 'own-${env}'}\n  empty:\n";

describe("texts", () => {
  test("words stand for what they say, anywhere in a text, any number of times", () => {
    expect(told("${env}")).toBe("dev");
    expect(told("a-${env}/${ project }-${env}")).toBe("a-dev/care-dev");
    expect(told("${account}")).toBe("123456789012");
    // An unquoted account is a number to YAML.
    expect(told("${account}", "aws: {account: 210987654321}")).toBe("210987654321");
  });

  test("names are those of the entries, with names of their own, without, and empty", () => {
    expect(told("${buckets.raw.arn}/*", BUCKETS)).toBe("arn:aws:s3:::care-raw-dev/*");
    expect(told("${buckets.silver.url}x", BUCKETS)).toBe("s3://own-dev/x");
    expect(told("${buckets.empty.name}", BUCKETS)).toBe("care-empty-dev");
    expect(told("${workflow.name} ${workflows.etl.name} ${workflow.etl.name}")).toBe(
      "w:care-etl-dev w:care-etl-dev w:care-etl-dev",
    );
    expect(told("${workflow.name}", "workflow: {name: other}")).toBe("w:other");
  });

  test("`$${` is a literal `${`, and a dollar alone is a dollar", () => {
    expect(told("$${env} $$${env} $ $$ {env} $env $}")).toBe("${env} $${env} $ $$ {env} $env $}");
    expect(told("home/$${aws:username}/*")).toBe("home/${aws:username}/*");
  });

  test("maps, lists and keys are told too; what is no text stays as it is", () => {
    const { root } = tell('project: care\nx: {list: ["${env}", 1, null, true], "k-${env}": {deep: "${env}"}}\n');
    expect(root.value).toEqual({ project: "care", x: { list: ["dev", 1, null, true], "k-dev": { deep: "dev" } } });
  });

  test("every value keeps its place", () => {
    const { root } = tell('project: care\nx:\n  y: "${env}"\n');
    const y = root.entries?.get("x")?.entries?.get("y");
    expect([y?.value, y?.at, y?.keyAt.column]).toEqual([
      "dev",
      { file: "config/lakehouse.yaml", line: 3, column: 6 },
      3,
    ]);
  });

  test("a part of an entry that has nothing to do with its name may name it", () => {
    expect(wrong("buckets: {raw: {policy: '${buckets.raw.arn}', name: 'a-${env}'}}\n")).toEqual([]);
  });

  test("says what was used", () => {
    expect([...tell("project: care\nx: '${env} $${account} ${buckets.raw.arn}'\nbuckets: {raw: }\n").used]).toEqual([
      "env",
      "buckets.raw.arn",
    ]);
  });
});

describe("what names nothing is a mistake", () => {
  test.each([
    ["${enviroment}", "x: ${enviroment} names nothing. Did you mean `${env}`?"],
    ["${ENV}", "x: ${ENV} names nothing. Did you mean `${env}`?"],
    ["${bucket.raw.arn}", "x: ${bucket.raw.arn} names nothing. Did you mean `${buckets.raw.arn}`?"],
    ["${bucket.rwa.anr}", "x: ${bucket.rwa.anr} names nothing. Did you mean `${buckets.raw.arn}`?"],
    ["${worflow.nam}", "x: ${worflow.nam} names nothing. Did you mean `${workflow.name}`?"],
    [
      "${bucket.nowhere.arn}",
      "x: ${bucket.nowhere.arn} names nothing. Known: env, project, account, and names such as `${buckets.raw.name}`. A literal `${` is `$${`.",
    ],
    [
      "${buckets.rwa.nam}",
      "x: ${buckets.rwa.nam} names nothing: buckets has no `rwa`. Did you mean `${buckets.raw.name}`?",
    ],
    [
      "${buckets.rwa.arn}",
      "x: ${buckets.rwa.arn} names nothing: buckets has no `rwa`. Did you mean `${buckets.raw.arn}`?",
    ],
    [
      "${buckets.nowhere.arn}",
      "x: ${buckets.nowhere.arn} names nothing: buckets has no `nowhere`. Known there: raw, nameless.",
    ],
    [
      "${buckets.raw.nam}",
      "x: ${buckets.raw.nam} names nothing: `nam` is not known of buckets. Did you mean `${buckets.raw.name}`?",
    ],
    [
      "${buckets.raw.colour}",
      "x: ${buckets.raw.colour} names nothing: `colour` is not known of buckets. Known: name, arn, url.",
    ],
    ["${buckets.nameless.arn}", "x: ${buckets.nameless.arn} names nothing: buckets.nameless has no arn. "],
    ["${buckets.raw}", "x: ${buckets.raw} names nothing. Write `${buckets.raw.name}`."],
    ["${buckets.raw.name.x}", "x: ${buckets.raw.name.x} names nothing. Write `${buckets.raw.name}`."],
    ["${buckets}", "x: ${buckets} names a whole section. Name one of its entries: `${buckets.raw.name}`."],
    [
      "${aws:username}",
      "x: ${aws:username} names nothing. Known: env, project, account, and names such as `${buckets.raw.name}`. A literal `${` is `$${`.",
    ],
    [
      "${}",
      "x: `${}` names nothing. Known: env, project, account, and names such as `${buckets.raw.name}`. A literal `${` is `$${`.",
    ],
    ["${constructor}${buckets.__proto__.name}", undefined],
    ["${env", "x: `${` is not closed by `}`. A literal `${` is written `$${`."],
    ["${a${env}}", "x: `${` is not closed by `}`. A literal `${` is written `$${`."],
  ])("%s", (text, said) => {
    const found = wrong(`buckets: {raw: {}, nameless: {}}\nx: ${JSON.stringify(text)}\n`);
    if (said === undefined) expect(found).toHaveLength(2);
    else expect(found).toEqual([said]);
  });

  test("also in a key, and keys that come to the same", () => {
    expect(wrong("x: {'${evn}': 1}\n")).toEqual(["x/${evn}: ${evn} names nothing. Did you mean `${env}`?"]);
    expect(wrong("x: {dev: 1, '${env}': 2}\n")).toEqual(["x/${env}: `dev` stands twice in its section. "]);
  });

  test("and each is told once, not where it is used again", () => {
    const yaml = "buckets: {raw: {name: '${nothing}'}}\nx: '${buckets.raw.name}'\ny: '${buckets.raw.arn}'\n";
    expect(wrong(yaml).map((text) => text.split(":")[0])).toEqual(["buckets/raw/name"]);
  });

  test("a text that names itself, and a circle of them, once each", () => {
    expect(wrong("buckets: {raw: {name: 'a-${buckets.raw.name}'}}\n")).toEqual([
      "buckets/raw/name: this text names itself. Write out what it stands for.",
    ]);
    expect(tell("project: '${project}'\n").problems).toMatchObject([{ path: ["project"] }]);
    expect(wrong("aws: {account: '${account}'}\nx: '${account}'\n")).toEqual([
      "aws/account: this text names itself. Write out what it stands for.",
    ]);
    expect(
      wrong(
        "x: '${buckets.c.url}'\nbuckets: {c: {name: '${buckets.a.arn}'}, a: {name: '${buckets.b.name}'}, b: {name: '${buckets.a.name}'}}\n",
      ),
    ).toEqual([
      "buckets/a/name: these texts name each other in a circle: buckets.a.name -> buckets.b.name -> buckets.a.name. Write out one of them.",
    ]);
  });

  test("what grows and grows, and what is too deep, ends", () => {
    const doubling = Array.from(
      { length: 40 },
      (_, i) => `b${i}: {name: '\${buckets.b${i + 1}.name}\${buckets.b${i + 1}.name}'}`,
    );
    expect(wrong(`buckets: {${doubling.join(", ")}, b40: {name: x}}\n`)[0]).toContain("grows past 65,536 characters");
    const chain = Array.from({ length: 1000 }, (_, i) => `b${i}: {name: '\${buckets.b${i + 1}.name}'}`);
    expect(wrong(`buckets: {${chain.join(", ")}, b1000: {name: x}}\n`)[0]).toContain("more than 100 deep");
  });
});

describe("whatever the texts are", () => {
  const lines = fc.array(fc.constantFrom("$", "{", "}", "$${", "${", "a", ".", "env", "${env}", " "), {
    maxLength: 12,
  });

  test("a literal comes out as it was, and so does what holds no reference", () => {
    fc.assert(
      fc.property(lines, (parts) => {
        const text = parts.join("");
        expect(told(literal(text))).toBe(text);
        if (!text.includes("${")) expect(told(text)).toBe(text);
      }),
    );
  });

  test("each is told, or has a mistake, or names one that has", () => {
    const name = fc
      .tuple(fc.nat({ max: 5 }), fc.constantFrom("${buckets.b", "x"))
      .map(([i, start]) => (start === "x" ? `x${i}` : `${start}${i}.name}`));
    const names = fc.array(fc.array(name, { maxLength: 3 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(names, (all) => {
        const yaml = all.map((parts, i) => `  b${i}: {name: ${JSON.stringify(parts.join("-") || "y")}}`).join("\n");
        const { root, problems } = tell(`project: care\nbuckets:\n${yaml}\n`);
        const untold = JSON.stringify(root.value).includes("${");
        expect(problems.length > 0).toBe(untold);
        expect(new Set(problems.map(({ path, message }) => path.join(".") + message)).size).toBe(problems.length);
      }),
    );
  });
});
