import type { RoutingRule as AwsRoutingRule, WebsiteConfiguration } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { Coverage } from "../../coverage.ts";
import { given } from "../../kit.ts";
import { whole } from "./setting.ts";

const protocol = z.enum(["http", "https"]).optional().describe("Protocol. Default: that of the request.");

const routingRule = z
  .strictObject({
    condition: z
      .strictObject({
        httpErrorCodeReturnedEquals: z
          .string()
          .regex(/^[45]\d\d$/, "a status of 400 to 599, in quotes")
          .optional(),
        keyPrefixEquals: z.string().min(1).optional(),
      })
      .optional()
      .describe("Condition: when the rule is for a request. Default: every one."),
    redirect: z.strictObject({
      hostName: z.string().min(1).optional(),
      httpRedirectCode: z
        .string()
        .regex(/^3\d\d$/, "a status of 300 to 399, in quotes")
        .optional(),
      protocol,
      replaceKeyPrefixWith: z.string().optional(),
      replaceKeyWith: z.string().min(1).optional(),
    }),
  })
  .refine(
    ({ redirect }) => redirect.replaceKeyWith === undefined || redirect.replaceKeyPrefixWith === undefined,
    "says either `replaceKeyWith` or `replaceKeyPrefixWith`",
  );

/** A bucket as a web site. */
export const websiteSchema = z
  .strictObject({
    indexDocument: z
      .string()
      .min(1)
      .regex(/^[^/]+$/, "a file name without a slash")
      .optional()
      .describe("IndexDocument.Suffix: what is answered for a folder, such as index.html."),
    errorDocument: z.string().min(1).optional().describe("ErrorDocument.Key: what is answered for an error."),
    redirectAllRequestsTo: z
      .strictObject({ hostName: z.string().min(1), protocol })
      .optional()
      .describe("RedirectAllRequestsTo: another host that answers everything."),
    routingRules: z.array(routingRule).min(1).max(50).optional().describe("RoutingRules, the first that matches."),
  })
  .refine(
    (site) =>
      site.redirectAllRequestsTo === undefined
        ? site.indexDocument !== undefined
        : site.indexDocument === undefined && site.errorDocument === undefined && site.routingRules === undefined,
    "says either `redirectAllRequestsTo` alone, or `indexDocument` and what goes with it",
  );
export type Website = z.output<typeof websiteSchema>;
type Rule = NonNullable<Website["routingRules"]>[number];

export const coverage = {
  ErrorDocument: "managed",
  IndexDocument: "managed",
  RedirectAllRequestsTo: "managed",
  RoutingRules: "managed",
} satisfies Coverage<WebsiteConfiguration>;

type Protocol = z.output<typeof protocol>;

const ruleFrom = ({ Condition, Redirect }: AwsRoutingRule): Rule => ({
  ...(Condition
    ? {
        condition: {
          ...given("httpErrorCodeReturnedEquals", Condition.HttpErrorCodeReturnedEquals),
          ...given("keyPrefixEquals", Condition.KeyPrefixEquals),
        },
      }
    : {}),
  redirect: {
    ...given("hostName", Redirect?.HostName),
    ...given("httpRedirectCode", Redirect?.HttpRedirectCode),
    ...given<"protocol", Protocol>("protocol", Redirect?.Protocol),
    ...given("replaceKeyPrefixWith", Redirect?.ReplaceKeyPrefixWith),
    ...given("replaceKeyWith", Redirect?.ReplaceKeyWith),
  },
});

const ruleTo = ({ condition, redirect }: Rule): AwsRoutingRule => ({
  ...(condition
    ? {
        Condition: {
          HttpErrorCodeReturnedEquals: condition.httpErrorCodeReturnedEquals,
          KeyPrefixEquals: condition.keyPrefixEquals,
        },
      }
    : {}),
  Redirect: {
    HostName: redirect.hostName,
    HttpRedirectCode: redirect.httpRedirectCode,
    Protocol: redirect.protocol,
    ReplaceKeyPrefixWith: redirect.replaceKeyPrefixWith,
    ReplaceKeyWith: redirect.replaceKeyWith,
  },
});

function fromAws(site: WebsiteConfiguration): Website {
  const all = site.RedirectAllRequestsTo;
  return {
    ...given("indexDocument", site.IndexDocument?.Suffix),
    ...given("errorDocument", site.ErrorDocument?.Key),
    ...(all ? { redirectAllRequestsTo: { hostName: all.HostName ?? "", ...given("protocol", all.Protocol) } } : {}),
    ...(site.RoutingRules?.length ? { routingRules: site.RoutingRules.map(ruleFrom) } : {}),
  };
}

const toAws = ({
  indexDocument,
  errorDocument,
  redirectAllRequestsTo: all,
  routingRules,
}: Website): WebsiteConfiguration => ({
  ...(indexDocument === undefined ? {} : { IndexDocument: { Suffix: indexDocument } }),
  ...(errorDocument === undefined ? {} : { ErrorDocument: { Key: errorDocument } }),
  ...(all ? { RedirectAllRequestsTo: { HostName: all.hostName, Protocol: all.protocol } } : {}),
  ...(routingRules ? { RoutingRules: routingRules.map(ruleTo) } : {}),
});

export const website = whole<Website>({
  actions: ["s3:GetBucketWebsite", "s3:PutBucketWebsite"],
  removing: "s3:DeleteBucketWebsite",
  absent: ["NoSuchWebsiteConfiguration"],
  get: async (s3, at) => fromAws(await s3.getBucketWebsite(at)),
  put: (s3, at, wanted) => s3.putBucketWebsite({ ...at, WebsiteConfiguration: toAws(wanted) }),
  remove: (s3, at) => s3.deleteBucketWebsite(at),
});
