// A lake's records come in, what CQL says of each stay goes out: scripts/cql.mjs.
import { text } from "node:stream/consumers";
import { z } from "zod";
import { answersOf } from "./answers.ts";

const resource = z.looseObject({ resourceType: z.string(), id: z.string() });
const given = z.object({
  asOf: z.iso.date(),
  parameters: z.record(z.string(), z.array(z.string())).optional(),
  records: z.array(z.array(resource)),
});

const { asOf, parameters, records } = given.parse(JSON.parse(await text(process.stdin)));
export const answers = JSON.stringify(await answersOf(records, asOf, parameters));
