import { systemClock } from "../../../src/clock/index.ts";
import type { Lake, S3Record } from "./lake.ts";
import { type Trouble, TROUBLES } from "./troubles.ts";
import { pick, shuffled, type Upload } from "./uploads.ts";

type Random = () => number;

export interface Day {
  /** Events that were made and, perhaps, delivered. */
  readonly records: readonly S3Record[];
  /** What happened, in order. */
  readonly story: readonly string[];
}

/** How S3's events of this day come: told by the embedded S3 itself, or by this test, which may lose, double and mix them. */
type Hearing = "S3 tells" | "we tell";

/**
 * Puts the uploads one after the other, while events are lost, doubled, late and out of order, and things break. Ends with
 * everything up again, and nobody working on it any more.
 */
export async function badDay(lake: Lake, random: Random, uploads: readonly Upload[]): Promise<Day> {
  const story: string[] = [];
  const records: S3Record[] = [];
  const hearing: Hearing = random() < 0.3 ? "S3 tells" : "we tell";
  story.push(hearing);
  if (hearing === "we tell") await lake.deafen();
  const troubles = shuffled(random, TROUBLES).slice(0, 2 + Math.floor(random() * 3));
  const when = new Map<number, Trouble[]>();
  for (const trouble of troubles) {
    const at = Math.floor((0.2 + random() * 0.8) * uploads.length);
    when.set(at, [...(when.get(at) ?? []), trouble]);
  }
  let late: S3Record[] = [];
  let told = 0;
  const tell = async (some: readonly S3Record[]): Promise<void> => {
    if (hearing === "we tell" && some.length > 0 && (await lake.deliver(some))) told += some.length;
  };
  for (const [at, upload] of uploads.entries()) {
    const record = await lake.put(upload);
    records.push(record);
    const dice = random();
    if (dice < 0.5) await tell([record]);
    else if (dice < 0.65) await tell([record, record]);
    else if (dice < 0.85) late.push(record);
    // … and the rest is lost.
    if (random() < 0.4) {
      await tell(shuffled(random, late));
      late = [];
    }
    if (random() < 0.25) await systemClock.sleep(Math.floor(random() * 4000));
    for (const trouble of when.get(at) ?? [])
      story.push(`after upload ${at + 1}: ${trouble.name}: ${await trouble.make(lake, random)}`);
  }
  await tell([...late, pick(random, records)]);
  // One more blow while the last run is on.
  await systemClock.sleep(Math.floor(random() * 6000));
  const last = pick(random, TROUBLES);
  story.push(`at the end: ${last.name}: ${await last.make(lake, random)}`);
  story.push(`${uploads.length} uploads, ${told} events told`);
  const up = await lake.project.run(["local", "up"]);
  if (up.code !== 0) throw new Error(`the embedded AWS did not come back: ${up.err}`);
  if (hearing === "we tell") await lake.listen();
  return { records, story };
}
