import { afterEach, expect, test } from "vitest";
import { placesOf } from "../../src/lakehouse/access/places.ts";
import { sections } from "../../src/services/index.ts";
import { load, project, scopeOf } from "../services/compile/project.ts";

let remove = (): void => undefined;
afterEach(() => remove());

const places = (env = "dev") => {
  const made = project();
  remove = made.remove;
  return placesOf(load({ dir: made.dir, env }), scopeOf(env));
};

test("how far Silver has read is in the timelines of its tables, and no row is", () => {
  expect(places()["silverCommits"]).toEqual([
    "arn:aws:s3:::metriccare-silver-dev-111122223333-eu-central-1/*/.hoodie/*",
  ]);
});

test("every section is a place", () => {
  expect(Object.keys(places())).toEqual(expect.arrayContaining(Object.keys(sections)));
});
