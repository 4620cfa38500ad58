import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { findProject } from "../../config/index.ts";
import type { LakehouseConfig } from "../../lakehouse/index.ts";
import {
  type Picture,
  type PictureNode,
  pictureDot,
  pictureMermaid,
  pictureText,
  visiblePicture,
} from "../../ui/picture.ts";
import { pictureHtml } from "../../ui/picture-html.ts";
import type { graph } from "../declared/project.ts";
import type { OptionsOf, Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { environmentOf, loadLakehouse } from "../lakehouse.ts";
import { pipelinePicture } from "../pipeline-picture.ts";

const DRAW: Record<OptionsOf<typeof graph>["format"], (picture: Picture) => string[]> = {
  text: pictureText,
  mermaid: pictureMermaid,
  dot: pictureDot,
  html: pictureHtml,
};

/** What depends on what, in the order that apply goes: needs no AWS, names are computed with a placeholder account. */
async function resources(config: LakehouseConfig, env: string, projectDir: string): Promise<Picture> {
  const { compile, dependencies } = await import("../plan-inputs.ts");
  const { desired, edges } = dependencies(await compile(config, env, projectDir));
  const depth = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    depth.set(id, 0);
    const found = Math.max(0, ...edges.filter((edge) => edge.to === id).map((edge) => depthOf(edge.from) + 1));
    depth.set(id, found);
    return found;
  };
  const nodes = desired.map(({ id, name }): PictureNode => ({
    id,
    label: id,
    detail: name,
    column: depthOf(id),
    group: `step ${depthOf(id) + 1}`,
  }));
  return { title: `${config.project} / ${env}: what needs what`, nodes, edges };
}

export const run: Run<typeof graph> = async (cli, options) => {
  const draw = DRAW[options.format];
  const project = findProject(cli.cwd, options.config);
  const env = environmentOf(project, options.env);
  const { value } = await loadLakehouse(project, env);
  const picture = options.resources ? await resources(value, env, project.dir) : pipelinePicture(value, env);
  const text = draw(visiblePicture(picture)).join("\n");
  if (options.out) {
    writeFileSync(resolve(cli.cwd, options.out), `${text}\n`);
    cli.term.note(`Written to ${options.out}.`);
  } else if (!cli.term.json) cli.term.block(text);
  cli.term.emit({ title: picture.title, nodes: picture.nodes, edges: picture.edges });
  return EXIT.ok;
};
