// What of the dependencies nobody here uses, and what they would have every start load all the same. Plugins for esbuild.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Every word of the sources: a method of a client that is called stands among them. */
function wordsOf(root) {
  const src = join(root, "src");
  const words = new Set();
  for (const file of readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts")))
    for (const [word] of readFileSync(join(src, file), "utf8").matchAll(/\b[A-Za-z]\w*\b/g)) words.add(word);
  return words;
}

const methodOf = (command) => `${command[0].toLowerCase()}${command.slice(1).replace(/Command$/, "")}`;

/** The lists of a client: all its calls, and helpers that go through pages and wait. */
const LISTS = /const (commands|paginators|waiters) = \{([^}]*)\};/g;

/**
 * Clients of the SDK without the calls that no source names. A client's own file lists them all, hundreds in Glue's case; what is
 * taken off that list falls away with its schemas. No name of a method may be put together here: it would not be found.
 */
export const calledOnly = (root) => ({
  name: "calls that are made",
  setup(build) {
    const words = wordsOf(root);
    const listed = (name) => (name.endsWith("Command") ? words.has(methodOf(name)) : words.has(name));
    build.onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/][A-Z]\w+\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("createAggregatedClient(")) return undefined;
      let lists = 0;
      const contents = text.replace(LISTS, (_, list, names) => {
        lists += 1;
        return `const ${list} = {${names.match(/\w+/g).filter(listed).join(", ")}};`;
      });
      if (lists === 0) throw new Error(`${path} does not list its calls as it used to`);
      return { contents, loader: "js" };
    });
    // import("@aws-sdk/client-glue") would take in the whole package: what stands beside the client is of no use.
    build.onResolve(
      { filter: /^@aws-sdk\/client-[\w-]+$/ },
      async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind !== "dynamic-import" || pluginData === "whole" || /node_modules/.test(importer)) return undefined;
        const whole = await build.resolve(path, { kind, importer, resolveDir, pluginData: "whole" });
        return { path: whole.path, namespace: "client" };
      },
    );
    build.onLoad({ filter: /.*/, namespace: "client" }, ({ path }) => {
      const dir = join(path, "..");
      const own = readdirSync(dir).find((file) => existsAsClient(dir, file));
      if (own === undefined) throw new Error(`no client in ${dir}`);
      const commands = readdirSync(join(dir, "commands"))
        .map((file) => file.replace(/\.js$/, ""))
        .filter((name) => name !== "index" && words.has(name))
        .map((name) => `export { ${name} } from "./commands/${name}.js";`);
      return { contents: [`export * from "./${own}";`, ...commands].join("\n"), resolveDir: dir, loader: "js" };
    });
  },
});

const existsAsClient = (dir, file) =>
  /^[A-Z]\w+\.js$/.test(file) && readFileSync(join(dir, file), "utf8").includes("createAggregatedClient(");

/** zod's messages in fifty languages: ours are our own, and what is left is English. */
export const englishOnly = {
  name: "English only",
  setup(build) {
    build.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};

/**
 * zod writes and compiles code for each object that it parses, which pays for those that are parsed often: a config is parsed once. And it
 * looks through all of a schema for places where a value that holds itself could come back: texts that we parse are trees.
 */
const NO_MEMORY = "memoizer: { alloc: (_schema, _payload, empty) => empty, guard() {}, attach() {} }";
export const parsedOnce = {
  name: "parsed once",
  setup(build) {
    build.onLoad({ filter: /zod[\\/]v4[\\/]core[\\/]core\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const contents = text.replace("__zod_globalConfig = {}", `__zod_globalConfig = { jitless: true, ${NO_MEMORY} }`);
      if (contents === text) throw new Error(`${path} is not set up as it used to`);
      return { contents, loader: "js" };
    });
  },
};

/** commander can start commands that are programs of their own. Ours are none, and Node's own module for it takes a third of the time of help. */
export const noChildren = {
  name: "no children",
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, () => ({ path: "child_process", namespace: "none" }));
    build.onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};

/**
 * What every start of a client would load of Node for nobody: HTTP/2, which no service of ours speaks, and the browser's
 * cryptography, which Node has as well and loads at the first look at it.
 */
export const notAsked = {
  name: "not asked for",
  setup(build) {
    build.onResolve({ filter: /^node:http2$/ }, () => ({ path: "http2", namespace: "not-asked" }));
    build.onLoad({ filter: /.*/, namespace: "not-asked" }, () => ({
      contents: "export default { constants: {} };",
      loader: "js",
    }));
    build.onLoad({ filter: /checksum[\\/]sha256[\\/]Sha256WebCrypto\.js$/ }, () => ({
      contents: 'export class Sha256WebCrypto { constructor() { throw new Error("Node hashes by itself"); } }',
      loader: "js",
    }));
    build.onLoad({ filter: /serde[\\/]uuid[\\/]v4\.js$/ }, () => ({
      contents: 'import { randomUUID } from "node:crypto"; export const bindV4 = () => () => randomUUID();',
      loader: "js",
    }));
  },
};
