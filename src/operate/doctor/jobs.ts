import type { Trigger } from "@aws-sdk/client-glue";
import type { WorkflowOutput } from "../../lakehouse/outputs.ts";
import { triggerId } from "../../services/glue/workflow-triggers.ts";
import type { AwsContext } from "../../aws/context.ts";
import { graphsOf, jobsOfGraph } from "../../lakehouse/check/workflow.ts";
import { isAbsent } from "../problem.ts";
import { applyFix, bad, type Check, good, looked, type Wiring } from "./check.ts";
import { s3Client } from "../../services/s3/client.ts";
import { glueClient } from "../../services/glue/client.ts";

/** The workflow: its triggers on, each job reachable from its start, one run at a time. */
export async function workflowChecks(ctx: AwsContext, wiring: Wiring): Promise<readonly Check[]> {
  const { config, outputs } = wiring;
  return looked(ctx, `workflow ${outputs.workflow.name}`, "glue", async () => {
    const glue = await ctx.clients.of(glueClient);
    const { Workflow: live } = await glue.getWorkflow({ Name: outputs.workflow.name, IncludeGraph: false });
    const own = graphsOf(config).flatMap((graph) => (graph.main ? jobsOfGraph(graph) : []));
    const [reached, ...triggers] = await graphChecks(ctx, wiring, outputs.workflow, own);
    const limit = live?.MaxConcurrentRuns;
    return [
      ...(reached ? [reached] : []),
      ...(limit === 1
        ? []
        : [
            bad(
              "one run at a time",
              limit === undefined ? "no limit is set" : `the limit is ${limit}`,
              "workflow.maxConcurrentRuns: 1; Hudi tables here take one writer each",
              "warning",
            ),
          ]),
      ...triggers,
    ];
  });
}

/** Further workflows: there, their triggers on, each of their jobs reachable. */
export async function furtherWorkflowChecks(ctx: AwsContext, wiring: Wiring): Promise<readonly Check[]> {
  const { config, outputs } = wiring;
  const all = await Promise.all(
    Object.entries(outputs.workflows ?? {}).map(([id, workflow]) =>
      looked(ctx, `workflow ${workflow.name}`, `glue.workflow/${id}`, async () => {
        const glue = await ctx.clients.of(glueClient);
        await glue.getWorkflow({ Name: workflow.name, IncludeGraph: false });
        const triggers = config.workflows[id]?.triggers ?? {};
        return graphChecks(ctx, wiring, workflow, jobsOfGraph({ triggers }), id);
      }),
    ),
  );
  return all.flat();
}

/** Whether each job of a workflow is reached, and then each of its triggers. `id` is that of a further one. */
async function graphChecks(
  ctx: AwsContext,
  { outputs }: Wiring,
  { name, triggers: declared }: WorkflowOutput,
  keys: readonly string[],
  id?: string,
): Promise<Check[]> {
  const glue = await ctx.clients.of(glueClient);
  const triggers = await Promise.all(
    Object.entries(declared).map(async ([key, trigger]) => ({
      key: id === undefined ? key : triggerId(id, key),
      name: trigger.name,
      live: await glue.getTrigger({ Name: trigger.name }).then(
        (answer) => answer.Trigger,
        (error: unknown) => {
          if (isAbsent(error)) return undefined;
          throw error;
        },
      ),
    })),
  );
  const reached = reachable(triggers.flatMap((trigger) => trigger.live ?? []));
  const own = new Set(keys);
  const jobs = Object.entries(outputs.jobs).filter(([key]) => own.has(key));
  const dead = jobs.filter(([, job]) => !reached.has(job.name));
  const label = `workflow ${name}`;
  return [
    dead.length > 0
      ? bad(
          label,
          `jobs that its start does not lead to: ${dead.map(([key]) => key).join(", ")}`,
          applyFix(ctx, "glue"),
        )
      : good(label, `${jobs.length} jobs follow from its start`),
    ...triggers.map((trigger) => triggerCheck(ctx, name, trigger)),
  ];
}

/** ON_DEMAND and EVENT triggers rest in CREATED; others work only when they are ACTIVATED. */
function triggerCheck(
  ctx: AwsContext,
  workflow: string,
  { key, name, live }: { readonly key: string; readonly name: string; readonly live: Trigger | undefined },
): Check {
  const check = `trigger ${name}`;
  const fix = applyFix(ctx, `glue.trigger/${key}`);
  if (!live) return bad(check, "it does not exist", fix);
  if (live.WorkflowName !== workflow) return bad(check, `it belongs to ${live.WorkflowName ?? "no workflow"}`, fix);
  const fine =
    live.Type === "ON_DEMAND" || live.Type === "EVENT" ? ["CREATED", "ACTIVATED"] : ["ACTIVATED", "ACTIVATING"];
  return fine.includes(live.State ?? "")
    ? good(check, live.State ?? "")
    : bad(check, `it is ${live.State ?? "in no state"}: it never fires`, fix);
}

/** A job by its name, a crawler by its name behind a word that no job of ours begins with. */
const nodeOf = (one: { JobName?: string | undefined; CrawlerName?: string | undefined }): string =>
  one.JobName ?? `crawler:${one.CrawlerName ?? ""}`;

/** Jobs that can come to run: those of triggers that wait for no job, and of those whose jobs can all (or any) come to run. */
function reachable(triggers: readonly Trigger[]): ReadonlySet<string> {
  const jobs = new Set<string>();
  const open = new Set(triggers);
  for (let more = true; more;) {
    more = false;
    for (const trigger of open) {
      const waitsFor = (trigger.Predicate?.Conditions ?? []).map((condition) => jobs.has(nodeOf(condition)));
      const fires = trigger.Predicate?.Logical === "ANY" ? waitsFor.includes(true) : waitsFor.every((holds) => holds);
      if (!fires && waitsFor.length > 0) continue;
      open.delete(trigger);
      more = true;
      for (const action of trigger.Actions ?? []) jobs.add(nodeOf(action));
    }
  }
  return jobs;
}

/** The jobs and their scripts. */
export async function jobChecks(ctx: AwsContext, { config, outputs }: Wiring): Promise<readonly Check[]> {
  return looked(ctx, "jobs", "glue", async () => {
    const glue = await ctx.clients.of(glueClient);
    const names = Object.values(outputs.jobs).map((job) => job.name);
    const jobs = (await Promise.all(batches(names, 100).map((JobNames) => glue.batchGetJobs({ JobNames })))).flatMap(
      (answer) => answer.Jobs ?? [],
    );
    const found = new Set(jobs.map((job) => job.Name));
    const missing = names.filter((name) => !found.has(name));
    const jobsCheck =
      missing.length === 0
        ? good("jobs", `all ${names.length} are there`)
        : bad("jobs", `not there: ${missing.join(", ")}`, applyFix(ctx, "glue"));
    const scripts = jobs.flatMap((job) => {
      const place = /^s3:\/\/([^/]+)\/(.+)$/.exec(job.Command?.ScriptLocation ?? "");
      return place?.[1] && place[2] ? [{ bucket: place[1], key: place[2] }] : [];
    });
    const packages = Object.values(config.uploads).length > 0 ? packagesOf(jobs) : [];
    return [jobsCheck, await scriptCheck(ctx, [...scripts, ...packages])];
  });
}

interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** What `--extra-py-files` names. */
const packagesOf = (jobs: readonly { readonly DefaultArguments?: Record<string, string> | undefined }[]): Place[] =>
  jobs.flatMap((job) =>
    (job.DefaultArguments?.["--extra-py-files"] ?? "").split(",").flatMap((url) => {
      const place = /^s3:\/\/([^/]+)\/(.+)$/.exec(url.trim());
      return place?.[1] && place[2] ? [{ bucket: place[1], key: place[2] }] : [];
    }),
  );

/** One listing per folder of scripts instead of one HEAD a job. */
async function scriptCheck(ctx: AwsContext, places: readonly Place[]): Promise<Check> {
  const s3 = await ctx.clients.of(s3Client);
  const wanted = [...new Map(places.map((place) => [`s3://${place.bucket}/${place.key}`, place])).entries()];
  const folders = new Map(
    wanted.map(([, { bucket, key }]) => {
      const Prefix = key.slice(0, key.lastIndexOf("/") + 1);
      return [`s3://${bucket}/${Prefix}`, { Bucket: bucket, Prefix }] as const;
    }),
  );
  const there = new Set<string>();
  for (const folder of folders.values()) {
    let token: string | undefined;
    do {
      const page = await s3.listObjectsV2({
        ...folder,
        Delimiter: "/",
        ...(token ? { ContinuationToken: token } : {}),
      });
      for (const object of page.Contents ?? []) there.add(`s3://${folder.Bucket}/${object.Key ?? ""}`);
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token);
  }
  const missing = wanted.map(([url]) => url).filter((url) => !there.has(url));
  return missing.length === 0
    ? good("scripts", `${wanted.length} files are where the jobs look for them`)
    : bad("scripts", `not there: ${missing.join(", ")}`, applyFix(ctx, "s3"));
}

const batches = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
