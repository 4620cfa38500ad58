import { expect, test } from "vitest";
import { confSettings, scriptArguments } from "../../../src/local/spark/script-environment.ts";
import { Slots } from "../../../src/local/spark/slots.ts";

test("a script gets its arguments as Glue passes them; what Glue uses itself it does not get", () => {
  const given = {
    "--JOB_NAME": "a",
    "--conf": "x=1",
    "--extra-py-files": "s3://b/a.zip",
    "--empty": "",
    "--as_of": "2023-06-30",
  };
  expect(scriptArguments(given)).toEqual(["--JOB_NAME", "a", "--empty", "", "--as_of", "2023-06-30"]);
});

test("the job argument --conf holds any number of settings", () => {
  expect(confSettings(undefined)).toEqual({});
  expect(confSettings("spark.a=1")).toEqual({ "spark.a": "1" });
  expect(confSettings("spark.a=1 --conf spark.b=x=y  --conf spark.c=")).toEqual({
    "spark.a": "1",
    "spark.b": "x=y",
    "spark.c": "",
  });
});

test("places are given in order, and an aborted wait takes none", async () => {
  const slots = new Slots(1);
  const never = new AbortController().signal;
  await slots.take(never);
  const order: string[] = [];
  const quit = new AbortController();
  const first = slots.take(quit.signal).then(() => order.push("first"));
  const second = slots.take(never).then(() => order.push("second"));
  const third = slots.take(never).then(() => order.push("third"));
  quit.abort(new Error("quit"));
  await expect(first).rejects.toThrow("quit");
  slots.give();
  await second;
  slots.give();
  await third;
  slots.give();
  await slots.take(never);
  expect(order).toEqual(["second", "third"]);
});
