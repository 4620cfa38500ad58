export { BASE, environments, findProject, type Loaded, loadConfig, type Project } from "./load.ts";
export { ConfigInvalid, ConfigNotFound, type ConfigProblem, problemText } from "./problem.ts";
export { literal, literalTexts, type NamedSection, type TextNames, tellTexts } from "./texts.ts";
export { nearest } from "./suggest.ts";
