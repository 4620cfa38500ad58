export { BASE, environments, findProject, type Loaded, loadConfig, type Project } from "./load.ts";
export { ConfigInvalid, ConfigNotFound, type ConfigProblem, type Draft, problemText } from "./problem.ts";
export type { NamedSection, TextNames } from "./text-names.ts";
export { literal, literalTexts, tellTexts } from "./texts.ts";
export { nearest, slipOf } from "./suggest.ts";
