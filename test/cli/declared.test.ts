import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { declared } from "../../src/cli/declared/index.ts";
import { keys } from "../../src/cli/declared/json.ts";
import { allOptions, type Bound, type Group, isGroup, type Parsed, type Run } from "../../src/cli/declared/kit.ts";
import type { ledgerSkip } from "../../src/cli/declared/ledger.ts";
import { acting, program } from "../../src/cli/program.ts";
import type { Cli } from "../../src/cli/cli.ts";
import { inProcess } from "../harness/in-process.ts";
import { repository } from "../harness/project.ts";

const here = join(repository, "src/cli/commands");

/** Every command with the words that call it. */
const all = declared.flatMap((one) =>
  isGroup(one)
    ? one.commands.map((bound) => ({ path: `${one.name} ${bound.declared.name}`, declared: bound.declared }))
    : [{ path: one.declared.name, declared: one.declared }],
);

interface Got {
  readonly path: string;
  readonly options: Parsed;
  readonly args: Parsed;
}

/** What a command line comes to, without running it. */
async function parsed(argv: readonly string[], env: Cli["env"] = {}): Promise<Got> {
  const cli = { env } as Cli;
  const got: Got[] = [];
  const fake = (one: Bound, before = ""): Bound => ({
    ...one,
    run: async (_cli, options, args) => {
      got.push({ path: `${before}${one.declared.name}`, options, args });
      return 0;
    },
  });
  const faked = declared.map((one): Bound | Group =>
    isGroup(one) ? { ...one, commands: one.commands.map((bound) => fake(bound, `${one.name} `)) } : fake(one),
  );
  await program(acting(cli, { code: 0 }), faked).parseAsync([...argv], { from: "user" });
  const [first] = got;
  if (!first) throw new Error(`${argv.join(" ")} ran nothing`);
  return first;
}

/** A line as a shell would cut it, up to where it goes on elsewhere. */
function words(line: string): string[] {
  const [own = ""] = line.replace(/\s+#.*$/, "").split(/ > | && | \| |\)"/);
  return [...own.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}

const lines = (text: string): string[] =>
  [...text.matchAll(/(?:^|\$\(|&& |\s)metriccare ((?:[a-z][a-z-]*)(?: [^\n`]*)?)/gm)].map((match) => match[1] ?? "");

describe("commands", () => {
  test("each has one file of its own, and each file is one command", () => {
    const files = readdirSync(here).map((file) => basename(file, ".ts"));
    expect(files.toSorted()).toEqual(all.map(({ path }) => path.replace(" ", "-")).toSorted());
  });

  test("each runs its own file", () => {
    const text = readdirSync(join(repository, "src/cli/declared"))
      .map((file) => readFileSync(join(repository, "src/cli/declared", file), "utf8"))
      .join("\n");
    // `on(ledgerSkip, () => import("../commands/ledger-skip.ts"))`: the declaration and the file have one name.
    const bound = [...text.matchAll(/on\((\w+), \(\) => import\("\.\.\/commands\/([\w-]+)\.ts"\)\)/g)];
    expect(bound.length).toBe(all.length);
    for (const [, name = "", file] of bound)
      expect(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).toBe(file);
  });

  test.each(all)("$path says everything about itself", ({ path, declared }) => {
    expect(declared.summary).not.toBe("");
    expect(declared.json).not.toBe("");
    expect(declared.examples.length).toBeGreaterThan(0);
    expect(declared.examples.some((line) => line.includes(`metriccare ${path}`))).toBe(true);
    const short = Object.values(allOptions(declared)).flatMap(({ short = [] }) => short);
    expect(new Set(short).size).toBe(short.length);
    for (const option of [...Object.values(declared.options), ...Object.values(declared.arguments)])
      expect(option.summary).not.toBe("");
  });

  test.each(
    declared.flatMap((one) => (isGroup(one) ? one.examples : [])).concat(all.flatMap((one) => one.declared.examples)),
  )("the example parses: %s", async (line) => {
    const [own = ""] = lines(line);
    const got = await parsed(words(own));
    expect(own.startsWith(got.path)).toBe(true);
  });

  test.each(lines(readFileSync(join(repository, "README.md"), "utf8")).filter((line) => /^[a-z-]+( |$)/.test(line)))(
    "the README's line parses: %s",
    async (line) => {
      if (words(line)[0] !== "help") await parsed(words(line));
    },
  );
});

describe("a command line becomes typed values", () => {
  test("names, numbers, durations, repeated and negated options, and defaults", async () => {
    const ingest = await parsed("ingest --env dev --neutral-names --timeout 2m a b".split(" "));
    expect(ingest.options).toEqual({ env: "dev", neutralNames: true, timeout: 120_000 });
    expect(ingest.args).toEqual({ paths: ["a", "b"] });
    const run = await parsed("run-workflow --no-wait --property a=1 --property b=2=3 --resume".split(" "));
    expect(run.options).toMatchObject({ wait: false, property: { a: "1", b: "2=3" }, resume: true });
    expect((await parsed(["run-workflow"])).options).toMatchObject({ wait: true });
    expect((await parsed("diff --only glue --only s3".split(" "))).options).toMatchObject({ only: ["glue", "s3"] });
    expect((await parsed(["runs", "list"])).options).toMatchObject({ limit: 20 });
    expect((await parsed(["init"])).args).toEqual({ dir: "." });
    expect((await parsed(["apply"])).args).toEqual({ plan: undefined });
    expect((await parsed(["ledger", "retry"])).args).toEqual({ files: [] });
    const list = await parsed("ledger list --since 2024-05-01 --status failed".split(" "));
    expect(list.options).toMatchObject({ since: "2024-05-01T00:00:00.000Z", status: "failed" });
  });

  test("the environment's name comes from METRICCARE_ENV when no option says it", async () => {
    const env = { METRICCARE_ENV: "prod" };
    expect((await parsed(["diff"], env)).options).toMatchObject({ env: "prod" });
    expect((await parsed(["diff", "--env", "dev"], env)).options).toMatchObject({ env: "dev" });
    expect((await parsed(["local", "status"], env)).options).not.toHaveProperty("env");
  });
});

describe("what is mistyped", () => {
  const said = async (line: string): Promise<{ code: number; error: Record<string, string> }> => {
    const { code, out } = await inProcess(repository, [...line.split(" ").filter(Boolean), "--json"]);
    return { code, error: (JSON.parse(out) as { error: Record<string, string> }).error };
  };

  test.each([
    ["ledger skipp x --env local", "unknown command `ledger skipp`", "Did you mean `metriccare ledger skip`?"],
    ["ledger wat --env local", "unknown command `ledger wat`", "See `metriccare ledger --help`."],
    ["ledgr list --env local", "unknown command `ledgr`", "Did you mean `metriccare ledger`?"],
    ["runs lst --limit 3", "unknown command `runs lst`", "Did you mean `metriccare runs list`?"],
  ])("a command: %s", async (line, text, fix) => {
    const { code, error } = await said(line);
    expect(code).toBe(64);
    expect(error).toMatchObject({ code: "unknown_command", fault: "user", text });
    expect(error["fix"]).toContain(fix);
  });

  test.each([
    ["ledger --env local skip x", "unknown option '--env'", "Options stand after the command: `metriccare ledger skip"],
    ["--env dev diff", "unknown option '--env'", "Options stand after the command: `metriccare diff --env …`."],
    ["ledger", "`metriccare ledger` needs one of: list, show", "See `metriccare ledger --help`."],
    ["ledger list --limt 3", "unknown option '--limt' (Did you mean --limit?)", "See `metriccare ledger list --help`."],
    ["ledger list --limit x", "Expected a whole number.", "See `metriccare ledger list --help`."],
    ["ledger list --status faild", "unknown status `faild`", "Did you mean `failed`?"],
    ["ledger list --since x", "--since wants a time", "ISO-8601"],
    ["iam-policy reder", "unknown policy `reder`", "Did you mean `reader`?"],
    ["run-workflow --property x", "Expected key=value.", "--help"],
    ["ingest x --timeout soon", "Expected a duration", "--help"],
    ["ledger show", "missing required argument 'file'", "See `metriccare ledger show --help`."],
  ])("an option or an argument: %s", async (line, text, fix) => {
    const { code, error } = await said(line);
    expect(code).toBe(64);
    expect(error["text"]).toContain(text);
    expect(error["fix"]).toContain(fix);
  });
});

describe("what does not compile", () => {
  test("a handler that reads an option or an argument that is not declared, or takes it for another type", () => {
    const run: Run<typeof ledgerSkip> = async (_cli, options, args) => {
      const why: string | undefined = options.why;
      const files: readonly string[] = args.files;
      // @ts-expect-error: the option is `why`.
      const misspelt: unknown = options.because;
      // @ts-expect-error: it is a text.
      const number: number | undefined = options.why;
      // @ts-expect-error: there may be many.
      const file: string = args.files;
      return [why, files, misspelt, number, file].length;
    };
    expect(run).toBeTypeOf("function");
  });

  test("keys of a JSON line that its type has not, or that are left out, or that may be missing and do not say so", () => {
    interface Line {
      readonly a: string;
      readonly b?: string;
    }
    expect(keys<Line>({ a: "", b: "?" })).toBe("`{a, b?}`");
    // @ts-expect-error: b is missing.
    expect(keys<Line>({ a: "" })).toBe("`{a}`");
    // @ts-expect-error: b may be missing.
    expect(keys<Line>({ a: "", b: "" })).toBe("`{a, b}`");
    // @ts-expect-error: there is no c.
    expect(keys<Line>({ a: "", b: "?", c: "" })).toBe("`{a, b?, c}`");
  });
});

/** The keys of the outermost braces of a documented shape; with `?` what is not always there. */
function outermost(text: string): string[] {
  const start = text.indexOf("{");
  let depth = 0;
  let flat = "";
  for (const char of text.slice(start)) {
    if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") depth -= 1;
    else if (depth === 1) flat += char;
    if (depth === 0) break;
  }
  return flat.split(",").map((one) => one.replace(/:.*/s, "").trim());
}

describe("what is documented of --json is what is written", () => {
  test.each([
    "validate --env dev",
    "config diff dev prod",
    "outputs --env local",
    "graph --env dev",
    "iam-policy reader --env local",
    "local status",
  ])("%s", async (line) => {
    const { code, out } = await inProcess(repository, [...line.split(" "), "--json"]);
    expect(code).toBe(0);
    const { json = "" } = all.find(({ path }) => line.startsWith(path))?.declared ?? {};
    // Of shapes that depend on what is there, the shorter one.
    const written = Object.keys(JSON.parse(out) as object);
    const documented = outermost(json);
    expect(documented.map((key) => key.replace("?", ""))).toEqual(expect.arrayContaining(written));
    if (line === "local status") return;
    expect(written).toEqual(expect.arrayContaining(documented.filter((key) => !key.endsWith("?"))));
  });
});
