import type { Classifier, CreateClassifierRequest } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import type { Address, Desired, Kind, Live } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import type { Coverage } from "../coverage.ts";
import { call, forget, given, idOf, pages, readEach, unless } from "../kit.ts";
import type { ClassifierConfig } from "./classifier-section.ts";
import { glueClient } from "./client.ts";
import { bearsMark } from "./security-configuration.ts";
import { ABSENT } from "./tags.ts";

export const classifierCoverage = {
  GrokClassifier: "managed",
  XMLClassifier: "managed",
  JsonClassifier: "managed",
  CsvClassifier: "managed",
} as const satisfies Coverage<Classifier>;

/** Address: `name` is its name, which is also the mark. Handle: `glue.classifier:<name>`. One of the four stands in it. */
export interface ClassifierProps {
  readonly grok: ClassifierConfig["grok"] | null;
  readonly csv: ClassifierConfig["csv"] | null;
  readonly json: ClassifierConfig["json"] | null;
  readonly xml: ClassifierConfig["xml"] | null;
}

function propsOf({
  GrokClassifier: grok,
  CsvClassifier: csv,
  JsonClassifier: json,
  XMLClassifier: xml,
}: Classifier): ClassifierProps {
  return {
    grok: grok
      ? {
          classification: grok.Classification ?? "",
          pattern: grok.GrokPattern ?? "",
          customPatterns: grok.CustomPatterns ?? "",
        }
      : null,
    csv: csv
      ? {
          delimiter: csv.Delimiter ?? ",",
          quote: csv.QuoteSymbol ?? '"',
          containsHeader: csv.ContainsHeader ?? "UNKNOWN",
          header: csv.Header ?? [],
          disableValueTrimming: csv.DisableValueTrimming ?? false,
          allowSingleColumn: csv.AllowSingleColumn ?? false,
          datatypes: csv.CustomDatatypes ?? [],
          serde: csv.Serde ?? "None",
        }
      : null,
    json: json ? { path: json.JsonPath ?? "" } : null,
    xml: xml ? { classification: xml.Classification ?? "", rowTag: xml.RowTag ?? "" } : null,
  };
}

/** Create and update take the same. */
const definition = (Name: string, { grok, csv, json, xml }: ClassifierProps): CreateClassifierRequest => ({
  ...given(
    "GrokClassifier",
    grok
      ? {
          Name,
          Classification: grok.classification,
          GrokPattern: grok.pattern,
          CustomPatterns: grok.customPatterns,
        }
      : undefined,
  ),
  ...given(
    "CsvClassifier",
    csv
      ? {
          Name,
          Delimiter: csv.delimiter,
          QuoteSymbol: csv.quote,
          ContainsHeader: csv.containsHeader,
          Header: csv.header,
          DisableValueTrimming: csv.disableValueTrimming,
          AllowSingleColumn: csv.allowSingleColumn,
          CustomDatatypeConfigured: csv.datatypes.length > 0,
          CustomDatatypes: csv.datatypes,
          Serde: csv.serde,
        }
      : undefined,
  ),
  ...given("JsonClassifier", json ? { Name, JsonPath: json.path } : undefined),
  ...given("XMLClassifier", xml ? { Name, Classification: xml.classification, RowTag: xml.rowTag } : undefined),
});

async function readOne(ctx: AwsContext, { name }: Address): Promise<Live<ClassifierProps> | undefined> {
  const glue = await ctx.clients.of(glueClient);
  const answer = await unless(ABSENT, glue.getClassifier({ Name: name }));
  if (!answer?.Classifier) return undefined;
  return { name, props: propsOf(answer.Classifier), tags: {}, ...(bearsMark(ctx, name) ? { owner: ctx.owner } : {}) };
}

/** Undeclared ones of ours: there is no tag search for them, and a list is a call that only who declares one pays for. */
async function leftovers(ctx: AwsContext, declared: readonly Address[] = []): Promise<readonly Address[]> {
  if (declared.length === 0) return [];
  const glue = await ctx.clients.of(glueClient);
  const all = await pages(
    (NextToken?: string) => glue.getClassifiers(NextToken ? { NextToken } : {}),
    (page) => page.NextToken || undefined,
  );
  const names = all
    .flatMap((page) => page.Classifiers ?? [])
    .flatMap((one) => Object.values(one).flatMap((kind: { readonly Name?: string } | undefined) => kind?.Name ?? []));
  return names
    .filter((name) => bearsMark(ctx, name))
    .map((name) => ({ kind: "glue.classifier", id: idOf(ctx, name), name }));
}

/** How crawlers tell what a file is. Of another sort it is made anew: AWS changes within one. */
export const classifier: Kind<ClassifierProps, AwsContext> = {
  name: "glue.classifier",
  untaggable: true,
  handles: (_ctx, { name }) => [`glue.classifier:${name}`],
  needs: () => [],
  read: (ctx, wanted) => readEach(wanted, (one) => readOne(ctx, one)),
  owned: leftovers,
  *create(ctx, { address: { name }, props }) {
    yield call(
      "glue:CreateClassifier",
      async () => (await ctx.clients.of(glueClient)).createClassifier(definition(name, props)),
      { creates: true },
    );
  },
  *update(ctx, { address: { name }, props, live, changed }) {
    if (changed.size === 0) return;
    const sort = (one: ClassifierProps): string => Object.entries(one).find(([, value]) => value !== null)?.[0] ?? "";
    if (sort(props) === sort(live.props)) {
      yield call("glue:UpdateClassifier", async () =>
        (await ctx.clients.of(glueClient)).updateClassifier(definition(name, props)),
      );
      return;
    }
    yield forget("glue:DeleteClassifier", ABSENT, async () =>
      (await ctx.clients.of(glueClient)).deleteClassifier({ Name: name }),
    );
    yield call("glue:CreateClassifier", async () =>
      (await ctx.clients.of(glueClient)).createClassifier(definition(name, props)),
    );
  },
  *delete(ctx, { name }) {
    yield forget("glue:DeleteClassifier", ABSENT, async () =>
      (await ctx.clients.of(glueClient)).deleteClassifier({ Name: name }),
    );
  },
  lane: ({ name }) => `glue classifier ${name}`,
  permissions: {
    read: ["glue:GetClassifier", "glue:GetClassifiers"],
    create: ["glue:CreateClassifier"],
    update: ["glue:CreateClassifier", "glue:DeleteClassifier", "glue:UpdateClassifier"],
    delete: ["glue:DeleteClassifier"],
  },
};

/** Classifiers: they have no tags. */
export const declareClassifiers = (all: Readonly<Record<string, ClassifierConfig>>, build: Build): Desired[] =>
  Object.entries(all).map(([id, { grok = null, csv = null, json = null, xml = null }]) =>
    resource<ClassifierProps>(
      { kind: "glue.classifier", id, name: build.named("classifiers", id).name },
      { grok, csv, json, xml },
    ),
  );
