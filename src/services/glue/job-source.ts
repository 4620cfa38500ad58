import type { SourceControlDetails, SourceControlProvider } from "@aws-sdk/client-glue";
import { z } from "zod";
import { orNull } from "../kit.ts";
import { given } from "./tags.ts";

/** Where a job is kept in step with a repository. The token lies in a secret. */
export interface SourceControl {
  readonly provider: SourceControlProvider | undefined;
  readonly repository: string;
  readonly owner: string;
  readonly branch: string;
  readonly folder: string;
  readonly secretArn: string | null;
}

export const sourceControl = z.strictObject({
  provider: z.enum(["GITHUB", "GITLAB", "BITBUCKET", "AWS_CODE_COMMIT"]),
  repository: z.string().min(1).max(512),
  owner: z.string().max(512).default(""),
  branch: z.string().max(512).default(""),
  folder: z.string().max(512).default(""),
  secretArn: z.string().min(1).optional().describe("ARN of the secret in Secrets Manager that holds the token."),
});

/** As AWS tells it. */
export const repositoryOf = (details: SourceControlDetails): SourceControl => ({
  provider: details.Provider,
  repository: details.Repository ?? "",
  owner: details.Owner ?? "",
  branch: details.Branch ?? "",
  folder: details.Folder ?? "",
  // A token in plain text is nobody's to read: it shows as none.
  secretArn: details.AuthStrategy === "AWS_SECRETS_MANAGER" ? orNull(details.AuthToken) : null,
});

/** As AWS takes it. */
export const detailsOf = ({
  provider,
  repository,
  owner,
  branch,
  folder,
  secretArn,
}: SourceControl): SourceControlDetails => ({
  Provider: provider,
  Repository: repository,
  Owner: given(owner),
  Branch: given(branch),
  Folder: given(folder),
  ...(secretArn === null ? {} : { AuthStrategy: "AWS_SECRETS_MANAGER", AuthToken: secretArn }),
});
