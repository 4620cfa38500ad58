/** What a crawler looks at, by kind of target, each list in one order. Absent and empty texts of AWS are `null`. */
export interface CrawlerTargetProps {
  readonly s3: readonly {
    readonly path: string;
    readonly exclusions: readonly string[];
    readonly connection: string | null;
    readonly sampleSize: number | null;
    readonly eventQueueArn: string | null;
    readonly deadLetterQueueArn: string | null;
  }[];
  readonly jdbc: readonly {
    readonly connection: string;
    readonly path: string;
    readonly exclusions: readonly string[];
    readonly additionalMetadata: readonly string[];
  }[];
  readonly mongodb: readonly { readonly connection: string; readonly path: string; readonly scanAll: boolean }[];
  readonly dynamodb: readonly {
    readonly table: string;
    readonly scanAll: boolean;
    readonly scanRate: number | null;
  }[];
  readonly catalog: readonly {
    readonly database: string;
    readonly tables: readonly string[];
    readonly connection: string | null;
    readonly eventQueueArn: string | null;
    readonly deadLetterQueueArn: string | null;
  }[];
  readonly delta: readonly {
    readonly tables: readonly string[];
    readonly connection: string | null;
    readonly writeManifest: boolean;
    readonly createNativeTable: boolean;
  }[];
  readonly iceberg: readonly LakeTarget[];
  readonly hudi: readonly LakeTarget[];
}

export interface LakeTarget {
  readonly paths: readonly string[];
  readonly connection: string | null;
  readonly exclusions: readonly string[];
  readonly maxDepth: number;
}

/** Address: `name` is the crawler's name. Handles: its ARN and `glue.crawler:<name>`. */
export interface CrawlerProps {
  readonly description: string;
  readonly roleArn: string;
  readonly database: string | null;
  readonly targets: CrawlerTargetProps;
  /** `cron(15 12 * * ? *)` */
  readonly schedule: string | null;
  readonly classifiers: readonly string[];
  readonly tablePrefix: string;
  readonly updateBehavior: string;
  readonly deleteBehavior: string;
  readonly recrawl: string;
  readonly lineage: boolean;
  readonly lakeFormation: { readonly useCredentials: boolean; readonly account: string | null };
  /** AWS's own document of settings, as JSON text. */
  readonly configuration: string | null;
  readonly securityConfiguration: string | null;
}
