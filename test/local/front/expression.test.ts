import { describe, expect, it } from "vitest";
import { partitionFilter } from "../../../src/local/front/glue/expression.ts";

describe("partition expressions", () => {
  const keys = [
    { Name: "year", Type: "string" },
    { Name: "month", Type: "int" },
    { Name: "day", Type: "date" },
  ];
  const rows = ["2023,9,2023-09-30", "2023,10,2023-10-01", "2024,1,2024-01-01", "it's,2,__HIVE_DEFAULT_PARTITION__"];
  const found = (expression: string): string[] =>
    rows
      .filter((row) => partitionFilter(expression, keys)(row.split(",")))
      .map((row) => row.slice(0, row.lastIndexOf(",")));

  it.each([
    ["", ["2023,9", "2023,10", "2024,1", "it's,2"]],
    ["month > 9", ["2023,10"]],
    ["MONTH >= 9 and Year = '2023'", ["2023,9", "2023,10"]],
    ["month = '10'", ["2023,10"]],
    ["year <> '2023'", ["2024,1", "it's,2"]],
    ["year in ('2024', 'it''s')", ["2024,1", "it's,2"]],
    ["year not in ('2023')", ["2024,1", "it's,2"]],
    ["month between 2 and 9", ["2023,9", "it's,2"]],
    ["month not between 2 and 9", ["2023,10", "2024,1"]],
    ["year like '202_' and not (month = 1 or month = 9)", ["2023,10"]],
    ["year like '%3'", ["2023,9", "2023,10"]],
    ["day is null", ["it's,2"]],
    ["day is not null and day < date '2024-01-01'", ["2023,9", "2023,10"]],
    ["\"year\" = '2024' or `month` = 2", ["2024,1", "it's,2"]],
  ])("%s", (expression, expected) => expect(found(expression)).toEqual(expected));

  it.each([
    "year",
    "year =",
    "nothing = 1",
    "year = '2023' AND",
    "(year = '1'",
    "year = '1')",
    "year ~ '1'",
    "year = 'open",
    "year in ()",
  ])("refuses %s", (expression) => {
    expect(() => found(expression)).toThrow("Unsupported expression");
  });
});
