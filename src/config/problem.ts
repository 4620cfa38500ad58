/** One mistake in the config, with where it stands and what to do. */
export interface ConfigProblem {
  /** Relative to the project folder: `config/lakehouse.yaml`. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** `jobs.bronze_patient.timeout`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string;
}

/** Every mistake at once. */
export class ConfigInvalid extends Error {
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(problemText).join("\n"));
    this.name = "ConfigInvalid";
  }
}

/** The config cannot even be looked for: no project folder, no such environment. */
export class ConfigNotFound extends Error {
  constructor(
    readonly code: "no_project" | "no_environment" | "unreadable",
    message: string,
    readonly fix: string,
  ) {
    super(message);
    this.name = "ConfigNotFound";
  }
}

/** `config/lakehouse.yaml:12:5 jobs.x.timeout: expected a number, got text. Did you mean …?` */
export function problemText(problem: ConfigProblem): string {
  const where = `${problem.file}:${problem.line}:${problem.column}`;
  const path = problem.path ? ` ${problem.path}:` : "";
  const hint = problem.suggestion ? ` ${problem.suggestion}` : "";
  return `${where}${path} ${problem.message}.${hint}`;
}

export type Path = readonly (string | number)[];

/** `jobs.bronze_patient.actions[0]` */
export function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");
}

/** What undoes a mistake for as long as others are looked for: a key of another name, or another text. */
export type Meant = { readonly key: string } | { readonly value: string; readonly instead: string };

/** A mistake, with the path in the config that it concerns. */
export interface Draft {
  readonly path: Path;
  readonly on?: "key" | "value";
  readonly message: string;
  readonly suggestion?: string;
  readonly meant?: Meant;
  /** What it names and what stands nowhere: `["jobs", "bronze_patient"]`. */
  readonly lacks?: Path;
  /** It is one because of what stands below these paths: while there is a mistake, nobody knows. */
  readonly because?: readonly Path[];
  /** Where something that has been taken out could make it right: what names another one than the default, or has one of that id. */
  readonly otherwise?: readonly Path[];
  /** Where to point when nothing stands at the path. */
  readonly seenAt?: Path;
}
