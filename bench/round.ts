import { systemClock } from "../src/clock/index.ts";
import { fileBody, type Template } from "./files.ts";
import { callCounts, callsBetween, type Place } from "./place.ts";

/** What one run of new files took, in seconds, and the calls that it made. */
export interface Round {
  /** The function's own: one call with all events. */
  readonly receiving: number;
  readonly planning: number;
  readonly claiming: number;
  /** From the first start of a job of the layer to the last end. */
  readonly bronze: number;
  readonly silver: number;
  readonly gold: number;
  /** Of Gold's span, the job that brings the stays up to Silver. */
  readonly stays: number;
  /** Planning to the end of Silver. */
  readonly total: number;
  /** The whole run, to the end of Gold. */
  readonly run: number;
  readonly calls: Record<string, number>;
  readonly jobs: Record<string, number>;
}

let sequence = Date.now();

/** Puts new files; answers the event that S3 would have sent for each. */
async function put(place: Place, template: Template, first: number, count: number): Promise<object[]> {
  const bucket = place.outputs.buckets.raw.name;
  const events: object[] = [];
  for (let number = first; number < first + count; number++) {
    const key = `fhir/new/${place.env}-${number}.ndjson`;
    const body = fileBody(template, number);
    const answer = await place.s3.putObject({ Bucket: bucket, Key: key, Body: body });
    sequence += 1;
    const object = {
      key,
      size: Buffer.byteLength(body),
      eTag: answer.ETag?.replaceAll('"', ""),
      versionId: answer.VersionId,
      sequencer: sequence.toString(16).toUpperCase().padStart(16, "0"),
    };
    events.push({
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: "us-east-1",
      eventName: "ObjectCreated:Put",
      eventTime: new Date().toISOString(),
      s3: {
        bucket: { name: bucket },
        object,
      },
    });
  }
  return events;
}

/** `count` new files through the function and the workflow, to the end of Gold. */
export async function round(place: Place, template: Template, first: number, count: number): Promise<Round> {
  const events = await put(place, template, first, count);
  const before = await callCounts(place);
  const called = performance.now();
  const answer = await place.lambda.invoke({
    FunctionName: place.outputs.function.name,
    Payload: Buffer.from(JSON.stringify({ Records: events })),
  });
  const receiving = (performance.now() - called) / 1000;
  const said = JSON.parse(Buffer.from(answer.Payload ?? []).toString("utf8")) as { new?: number; run?: string };
  if (said.new !== count || !said.run?.startsWith("wr_"))
    throw new Error(`the function answered ${JSON.stringify(said)}`);
  const graph = await runEnded(place, said.run);
  const calls = callsBetween(before, await callCounts(place));
  return { receiving, ...(await timesOf(place, graph)), calls };
}

interface JobTimes {
  readonly id: string;
  readonly name: string;
  /** What its log groups' names begin with. */
  readonly logs: string;
  readonly from: number;
  readonly to: number;
}

async function runEnded(place: Place, run: string): Promise<JobTimes[]> {
  for (;;) {
    const { Run } = await place.glue.getWorkflowRun({
      Name: place.outputs.workflow.name,
      RunId: run,
      IncludeGraph: true,
    });
    if (Run?.Status === "RUNNING") {
      await systemClock.sleep(500);
      continue;
    }
    const jobs = (Run?.Graph?.Nodes ?? []).flatMap((node) => node.JobDetails?.JobRuns ?? []);
    if (jobs.length !== 10 || jobs.some((job) => job.JobRunState !== "SUCCEEDED"))
      throw new Error(
        `run ${run} in ${place.env}: ${jobs.map((job) => [job.JobName, job.JobRunState, job.ErrorMessage].filter(Boolean).join(" ")).join(", ")}`,
      );
    return jobs.map((job) => ({
      id: job.Id ?? "",
      name: job.JobName ?? "",
      logs: job.LogGroupName ?? "/aws-glue/jobs",
      from: job.StartedOn?.getTime() ?? 0,
      to: job.CompletedOn?.getTime() ?? 0,
    }));
  }
}

async function timesOf(place: Place, jobs: readonly JobTimes[]): Promise<Omit<Round, "receiving" | "calls">> {
  const span = (layer: string): number => {
    const own = jobs.filter(({ name }) => name.includes(`_${layer}_`));
    return (Math.max(...own.map(({ to }) => to)) - Math.min(...own.map(({ from }) => from))) / 1000;
  };
  const bronze = jobs.filter(({ name }) => name.includes("_bronze_"));
  const said = await Promise.all(bronze.map((job) => secondsSaid(place, job)));
  const worst = (part: string): number => Math.max(...said.map((seconds) => seconds[part] ?? 0));
  const begun = Math.min(...bronze.map(({ from }) => from));
  const silverEnd = Math.max(...jobs.filter(({ name }) => name.includes("_silver_")).map(({ to }) => to));
  return {
    planning: worst("planning"),
    claiming: worst("claiming"),
    bronze: span("bronze"),
    silver: span("silver"),
    gold: span("gold"),
    stays:
      Math.max(...jobs.filter(({ name }) => name.includes("_gold_length_of_stay")).map(({ from, to }) => to - from)) /
      1e3,
    total: (silverEnd - begun) / 1e3,
    run: (Math.max(...jobs.map(({ to }) => to)) - begun) / 1e3,
    jobs: Object.fromEntries(jobs.map(({ name, from, to }) => [name, (to - from) / 1e3])),
  };
}

/** The seconds in the line that a Bronze job prints at its end. */
async function secondsSaid(place: Place, { id, logs }: JobTimes): Promise<Record<string, number>> {
  for (let tries = 0; tries < 20; tries++) {
    const page = await place.logs
      .getLogEvents({ logGroupName: `${logs}/output`, logStreamName: id, startFromHead: true })
      .catch(() => ({ events: [] }));
    for (const { message } of page.events ?? [])
      if (message?.startsWith('{"')) {
        const line = JSON.parse(message) as { event?: string; seconds?: Record<string, number> };
        if (line.event === "bronze") return line.seconds ?? {};
      }
    await systemClock.sleep(250);
  }
  throw new Error(`job run ${id} has said nothing`);
}
