import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { SystemModelInfoProvider } from "@cqframework/cql/cql";
import {
  CqlTranslator,
  createLibrarySourceProvider,
  createModelInfoProvider,
  createUcumService,
  LibraryManager,
  ModelManager,
  stringAsSource,
} from "@cqframework/cql/cql-to-elm";
import { Library, Repository } from "cql-execution";

const { resolve } = createRequire(import.meta.url);

/** The texts of all `.cql` files in these folders, by the name of the library, which is the file's. */
export function textsOf(folders: readonly string[]): ReadonlyMap<string, string> {
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return new Map(
    files
      .filter((file) => file.endsWith(".cql"))
      .map((file) => [file.slice(file.lastIndexOf("/") + 1, -".cql".length), readFileSync(file, "utf8")]),
  );
}

/** CQL to ELM, each library with those it includes; throws what the compiler finds wrong, with file and line. */
export function compiled(texts: ReadonlyMap<string, string>): Repository {
  const libraries = new LibraryManager(modelsOfFhir(), undefined, undefined, calendarUnits());
  const source = (name: string): unknown => {
    const text = texts.get(name);
    return text === undefined ? null : stringAsSource(text);
  };
  libraries.librarySourceLoader.registerProvider(createLibrarySourceProvider(source));
  // What includes nothing comes first: a mistake is told where it is, not where it is included.
  const including = ([, text]: readonly [string, string]): number => text.split("\ninclude ").length;
  const ordered = [...texts].toSorted((one, other) => including(one) - including(other));
  return new Repository(
    Object.fromEntries(ordered.map(([name, text]) => [name, elmOf(name, text, libraries)] as const)),
  );
}

export function libraryOf(repository: Repository, name: string): Library {
  const found = repository.resolve(name);
  if (found === undefined) throw new Error(`no library ${name}`);
  return found;
}

function elmOf(name: string, text: string, libraries: LibraryManager): unknown {
  const translator = CqlTranslator.fromText(text, libraries);
  const wrong = translator.errors.asJsReadonlyArrayView();
  if (wrong.length > 0)
    throw new Error(wrong.map((one) => `${name}.cql:${lineOf(String(one.locator))}: ${one.message}`).join("\n"));
  return JSON.parse(translator.toJson());
}

/** Units are days and minutes, which are the same to UCUM: nothing is to be converted. */
function calendarUnits(): unknown {
  const unknown = (): never => {
    throw new Error("a unit that is no calendar's");
  };
  return createUcumService(unknown, () => null, unknown, unknown);
}

/** Its fields have no names that last, but it tells them as text. */
const lineOf = (locator: string): string => /startLine=(\d+)/.exec(locator)?.[1] ?? "?";

/** The compiler asks for its own types first: whoever registers FHIR alone is told that it knows no `System`. */
function modelsOfFhir(): ModelManager {
  const models = new ModelManager();
  const folder = dirname(resolve("cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml"));
  const fhir = readFileSync(join(folder, "fhir-modelinfo-4.0.1.xml"), "utf8");
  models.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());
  models.modelInfoLoader.registerModelInfoProvider(
    createModelInfoProvider((id) => (id === "FHIR" ? stringAsSource(fhir) : null)),
  );
  return models;
}
