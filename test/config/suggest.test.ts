import { expect, it } from "vitest";
import { nearest, slipOf } from "../../src/config/index.ts";

it("takes letters in the wrong order before one too many", () => {
  expect(nearest("workflosw", ["workflow", "workflows"])).toBe("workflows");
  expect(nearest("hash_key", ["hashKey"])).toBe("hashKey");
});

it("suggests what is a third off, and takes for a slip what is two letters off, one of a short word", () => {
  expect(nearest("hospital_archive_2020", ["hospital_archive"])).toBe("hospital_archive");
  expect(slipOf("hospital_archive_2020", ["hospital_archive"])).toBeUndefined();
  expect(slipOf("hospitl_archiv", ["hospital_archive"])).toBe("hospital_archive");
  expect(slipOf("rwa", ["raw"])).toBe("raw");
  expect(slipOf("rows", ["raw"])).toBeUndefined();
});
