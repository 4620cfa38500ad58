import type { WorkflowGraph } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import { applyFix, bad, type Check, good, looked, type Wiring } from "./check.ts";

/** The workflow: its triggers on, each job reachable from its start, scripts where the jobs look for them. */
export async function workflowChecks(ctx: AwsContext, wiring: Wiring): Promise<readonly Check[]> {
  const { outputs } = wiring;
  const label = `workflow ${outputs.workflow.name}`;
  return looked(ctx, label, "glue", async () => {
    const glue = await ctx.clients.glue();
    const { Workflow: live } = await glue.getWorkflow({ Name: outputs.workflow.name, IncludeGraph: true });
    const graph = live?.Graph;
    const nodes = new Map((graph?.Nodes ?? []).map((node) => [`${node.Type ?? ""} ${node.Name ?? ""}`, node]));
    const unreached = Object.entries(outputs.jobs).filter(([, job]) => !nodes.has(`JOB ${job.name}`));
    const dead = unreachable(graph, new Set(Object.values(outputs.jobs).map((job) => job.name)));
    const checks = [
      unreached.length > 0
        ? bad(
            label,
            `jobs that no trigger of it starts: ${unreached.map(([key]) => key).join(", ")}`,
            applyFix(ctx, "glue"),
          )
        : dead.length > 0
          ? bad(label, `jobs that its start does not lead to: ${dead.join(", ")}`, applyFix(ctx, "glue"))
          : good(label, `${Object.keys(outputs.jobs).length} jobs follow from its start`),
    ];
    if (live?.MaxConcurrentRuns !== 1)
      checks.push(
        bad(
          "one run at a time",
          live?.MaxConcurrentRuns === undefined ? "no limit is set" : `the limit is ${live.MaxConcurrentRuns}`,
          "workflow.maxConcurrentRuns: 1; Hudi tables here take one writer each",
          "warning",
        ),
      );
    for (const [key, trigger] of Object.entries(outputs.workflow.triggers)) {
      const details = nodes.get(`TRIGGER ${trigger.name}`)?.TriggerDetails?.Trigger;
      checks.push(triggerCheck(ctx, key, trigger.name, details?.State, details?.Type));
    }
    return checks;
  });
}

/** ON_DEMAND triggers rest in CREATED; others work only when they are ACTIVATED. */
function triggerCheck(
  ctx: AwsContext,
  key: string,
  name: string,
  state: string | undefined,
  type: string | undefined,
): Check {
  const check = `trigger ${name}`;
  const fix = applyFix(ctx, `glue.trigger/${key}`);
  if (!state) return bad(check, "it is not part of the workflow", fix);
  const fine = type === "ON_DEMAND" ? ["CREATED", "ACTIVATED"] : ["ACTIVATED", "ACTIVATING"];
  return fine.includes(state) ? good(check, state) : bad(check, `it is ${state}: it never fires`, fix);
}

/** Jobs that cannot be walked to from a trigger that nothing comes before. */
function unreachable(graph: WorkflowGraph | undefined, ours: ReadonlySet<string>): string[] {
  const nodes = graph?.Nodes ?? [];
  const edges = graph?.Edges ?? [];
  const entered = new Set(edges.map((edge) => edge.DestinationId));
  const open = nodes
    .filter((node) => node.Type === "TRIGGER" && !entered.has(node.UniqueId))
    .map((node) => node.UniqueId);
  const seen = new Set(open);
  for (let id = open.pop(); id !== undefined; id = open.pop())
    for (const edge of edges)
      if (edge.SourceId === id && !seen.has(edge.DestinationId)) {
        seen.add(edge.DestinationId);
        open.push(edge.DestinationId);
      }
  // An emulator without edges tells nothing here.
  if (edges.length === 0) return [];
  return nodes
    .filter((node) => node.Type === "JOB" && ours.has(node.Name ?? "") && !seen.has(node.UniqueId))
    .map((node) => node.Name ?? "");
}

/** The jobs and their scripts. */
export async function jobChecks(ctx: AwsContext, { config, outputs }: Wiring): Promise<readonly Check[]> {
  return looked(ctx, "jobs", "glue", async () => {
    const glue = await ctx.clients.glue();
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
  const s3 = await ctx.clients.s3();
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
