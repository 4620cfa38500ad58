import type { Scope } from "../../aws/arn.ts";
import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { glueClient } from "./client.ts";
import { errors, findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { glueTerraform } from "./terraform.ts";
import { classifier, classifierCoverage } from "./classifier.ts";
import { classifierSection } from "./classifier-section.ts";
import { connection, connectionCoverage } from "./connection.ts";
import { connectionSection } from "./connection-section.ts";
import { crawler, crawlerCoverage } from "./crawler.ts";
import { crawlerSection } from "./crawler-section.ts";
import { database, databaseCoverage } from "./database.ts";
import { declareGlue } from "./declare.ts";
import { job, jobCoverage } from "./job.ts";
import { securityConfiguration, encryptionCoverage, securityConfigurationCoverage } from "./security-configuration.ts";
import { securityConfigurationSection } from "./security-configuration-section.ts";
import { databaseSection, jobSection, triggerSection, workflowSection } from "./section.ts";
import { trigger, triggerCoverage } from "./trigger.ts";
import { triggersOf } from "./workflow-triggers.ts";
import { workflow, workflowCoverage } from "./workflow.ts";
import { glueArn } from "./arn.ts";

/** Glue itself takes any printable text; names go into ARNs and log streams, so not here. */
const limit = { max: 255, form: /^[A-Za-z0-9_-]+$/, words: "letters, digits, _ and -" };
const arnOf =
  (type: Parameters<typeof glueArn.of>[1]) =>
  (scope: Scope, name: string): string =>
    glueArn.of(scope, type, name);

const always = { always: true } as const;

/** Glue asks for the right at the catalog, the database and everything inside it. */
const inCatalog = (databases: readonly string[], scope: Scope): readonly string[] => [
  glueArn.catalog(scope),
  ...databases,
  ...databases.map((one) => `${one.replace(":database/", ":table/")}/*`),
  ...databases.map((one) => `${one.replace(":database/", ":userDefinedFunction/")}/*`),
];

/** Whose tags one right asks for; those of crawlers and connections where the config has any. */
const TAGGED = ["jobs", "workflows", "triggers", "databases", "crawlers", "connections"] as const;

/** AWS Glue. */
export const glue = service({
  name: "glue",
  client: glueClient,
  coverage: {
    fields: {
      Job: jobCoverage,
      Workflow: workflowCoverage,
      Trigger: triggerCoverage,
      Database: databaseCoverage,
      Crawler: crawlerCoverage,
      Connection: connectionCoverage,
      SecurityConfiguration: securityConfigurationCoverage,
      EncryptionConfiguration: encryptionCoverage,
      Classifier: classifierCoverage,
    },
    terraform: glueTerraform,
  },
  faults,
  said: {
    operations: `
      BatchCreatePartition BatchDeletePartition BatchDeleteTable BatchGetPartition BatchUpdatePartition CreateDatabase
      CreatePartition CreateTable DeletePartition DeleteTable GetConnection GetDatabase GetDatabases GetJob GetJobRun
      GetPartition GetPartitions GetTable GetTableVersions GetTables GetUserDefinedFunctions GetWorkflow
      GetWorkflowRun PutWorkflowRunProperties StartJobRun StartWorkflowRun UpdatePartition UpdateTable
    `,
    codes: `
      ConcurrentRunsExceededException EntityNotFoundException GlueEncryptionException InternalServiceException
      OperationTimeoutException ResourceNumberLimitExceededException VersionMismatchException
    `,
  },
  codes: { errors, findings },
  kinds: [
    anyKind(database),
    anyKind(job),
    anyKind(workflow),
    anyKind(trigger),
    anyKind(crawler),
    anyKind(connection),
    anyKind(securityConfiguration),
    anyKind(classifier),
  ],
  sections: {
    databases: {
      kind: "glue.database",
      one: "database",
      about: "Databases of the Glue catalog, one a layer.",
      schema: databaseSection,
      mayExist: true,
      named: {
        limit: { max: 255, form: /^[a-z0-9_-]+$/, words: "lower case letters, digits, _ and -" },
        arn: arnOf("database"),
        kept: (name: string) => name.toLowerCase(),
        inPolicies: { always: true, with: inCatalog },
      },
    },
    jobs: {
      kind: "glue.job",
      one: "job",
      about: "Glue jobs.",
      schema: jobSection,
      named: { limit, arn: arnOf("job"), inPolicies: always },
    },
    workflows: {
      kind: "glue.workflow",
      one: "workflow",
      about: "Further workflows.",
      schema: workflowSection,
      named: { limit, arn: arnOf("workflow"), inPolicies: always },
    },
    crawlers: {
      kind: "glue.crawler",
      one: "crawler",
      about: "Glue crawlers.",
      schema: crawlerSection,
      named: { limit, arn: arnOf("crawler") },
    },
    connections: {
      kind: "glue.connection",
      one: "connection",
      about: "Glue connections, for jobs and crawlers.",
      schema: connectionSection,
      named: {
        limit,
        arn: arnOf("connection"),
        inPolicies: { with: (own: readonly string[], scope: Scope) => [glueArn.catalog(scope), ...own] },
      },
    },
    securityConfigurations: {
      kind: "glue.securityConfiguration",
      one: "security configuration",
      about: "How jobs and crawlers encrypt what they write.",
      schema: securityConfigurationSection,
      // IAM has no ARN of it: the name is all that there is.
      named: { limit, arn: (_scope: Scope, name: string) => name, inPolicies: { with: () => ["*"] } },
    },
    classifiers: {
      kind: "glue.classifier",
      one: "classifier",
      about: "How crawlers tell what a file is.",
      example: `
classifiers:
  ward_lists:
    csv: { delimiter: ";", containsHeader: PRESENT }`,
      schema: classifierSection,
      // IAM has no ARN of it: the name is all that there is.
      named: { limit, arn: (_scope: Scope, name: string) => name, inPolicies: { with: () => ["*"] } },
    },
    triggers: {
      kind: "glue.trigger",
      one: "trigger",
      about: "Triggers that belong to no workflow.",
      schema: triggerSection,
      named: { limit, arn: arnOf("trigger"), inPolicies: always },
      within: triggersOf,
    },
  },
  where: [
    // The catalog's own, where the rest of Glue knows jobs, triggers and workflows.
    [/^glue:GetTables$/, "databases"],
    [/^glue:(GetTags|TagResource|UntagResource)$/, "glue"],
    // A connection that jobs use is read; the rest is done to those that are ours.
    [/^glue:GetConnection$/, "glueConnections"],
    [/^glue:.*SecurityConfigurations?$/, "securityConfigurations"],
    [/^glue:.*Classifiers?$/, "classifiers"],
    [/^glue:.*Connection$/, "connections"],
    [/^glue:.*Crawlers?$/, "crawlers"],
    [/^glue:.*Database$/, "databases"],
    // Each of these knows one type of resource alone: in one statement they allow no more, and it is shorter.
    [/^glue:.*(Jobs?|JobRuns?|Triggers?|Workflow(s|Run|Runs)?)$/, "glue"],
  ],
  places: (arns: (section: string) => readonly string[]) => ({ glue: TAGGED.flatMap(arns) }),
  reach: {
    "glue.connection": (scope: Scope, name: string) => [glueArn.catalog(scope), glueArn.of(scope, "connection", name)],
    "glue.database": (scope: Scope, name: string) => [glueArn.catalog(scope), glueArn.of(scope, "database", name)],
    "glue.securityConfiguration": () => ["*"],
    "glue.classifier": () => ["*"],
  },
  declare: declareGlue,
});
